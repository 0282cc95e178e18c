"""Why a rule of a deployed stack did, or did not, send something."""

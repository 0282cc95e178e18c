"""The command line: `poe-budget`."""

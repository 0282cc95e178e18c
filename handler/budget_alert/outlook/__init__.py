"""What the account's own past says: how a window will end, and what is usual."""

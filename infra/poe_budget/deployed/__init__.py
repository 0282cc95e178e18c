"""A deployed stack as the command line looks after it: what it holds, what it does, what it goes by."""

"""The config: TOML text -> budgets with their periods, or every mistake at once."""

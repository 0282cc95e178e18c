"""The config: TOML text -> rules with their periods and a digest, or every mistake at once."""

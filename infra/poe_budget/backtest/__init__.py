"""What a config would have told: a history replayed through the function's own policy, tick by tick."""

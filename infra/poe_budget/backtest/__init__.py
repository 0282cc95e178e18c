"""What a config would have sent: a history replayed through the function's own policy, tick by tick."""

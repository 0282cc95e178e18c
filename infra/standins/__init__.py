"""Poe, Slack and AWS in memory, for the demo, the tests and the laboratory."""

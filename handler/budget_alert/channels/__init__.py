"""The places an alert can be told: Slack and SNS."""

"""The places an alert can be sent to: Slack and SNS."""

"""What is done with an alert where it is read: a click in Slack snoozes it."""

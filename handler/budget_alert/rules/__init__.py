"""What is to be sent: rules evaluated by the usage, and troubles by what a tick has seen."""

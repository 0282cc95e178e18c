"""What an account used: read from Poe, from the table of a stack, or from a file saved earlier."""

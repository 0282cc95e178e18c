"""Making, changing and removing a stack, with AWS's own tools."""

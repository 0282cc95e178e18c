"""What a release ships, and that it is the same bytes whenever it is built."""

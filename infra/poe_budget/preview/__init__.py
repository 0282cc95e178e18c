"""Every kind of message from sample data: as a page, as a picture, and in the terminal."""

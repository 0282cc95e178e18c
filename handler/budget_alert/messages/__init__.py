"""Alerts -> one message in words, for channels to render."""

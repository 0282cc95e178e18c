"""Poe's HTTP API."""

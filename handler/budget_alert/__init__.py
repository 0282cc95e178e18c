"""Tells people who spend Poe points, in Slack and by mail, before the points are gone."""

__version__ = "0.2.0"

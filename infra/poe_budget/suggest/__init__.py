"""Thresholds and budgets for a wanted number of alerts, found in the history and tried on it."""

"""Severity by colour and word, the same in every channel that shows colours."""

from budget_alert.alerts import Severity

SIGNS = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🔵"}


def sign_and_word(severity: Severity) -> str:
    """Give a severity as its coloured sign and its word."""
    return f"{SIGNS[severity]} {severity.capitalize()}"

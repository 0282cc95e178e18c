"""Instants as the command line says them: in UTC, whatever zone they came in."""

from datetime import UTC, datetime


def day(instant: datetime) -> str:
    """Give the date of an instant, such as: 1 Oct 2026."""
    at = instant.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def minute(instant: datetime) -> str:
    """Give an instant to the minute, such as: 1 Oct 2026 07:05 UTC."""
    return f"{day(instant)} {instant.astimezone(UTC):%H:%M} UTC"

"""Instants as the command line says them: in UTC, whatever zone they came in."""

from datetime import UTC, datetime, timedelta

from budget_alert.messages.wording import counted

OFF = timedelta(hours=1)
"""By so much clocks may differ; what is off by more is wrong, and so would be all that goes by it."""


def day(instant: datetime) -> str:
    """Give the date of an instant, such as: 1 Oct 2026."""
    at = instant.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def minute(instant: datetime) -> str:
    """Give an instant to the minute, such as: 1 Oct 2026 07:05 UTC."""
    return f"{day(instant)} {instant.astimezone(UTC):%H:%M} UTC"


def off(ahead: timedelta) -> str:
    """Say how far a clock is off, such as: 3 days ahead of."""
    hours = round(abs(ahead) / timedelta(hours=1))
    length = counted(round(hours / 24), "day") if hours >= 48 else counted(hours, "hour")  # noqa: PLR2004 - two days
    return f"{length} {'ahead of' if ahead > timedelta(0) else 'behind'}"

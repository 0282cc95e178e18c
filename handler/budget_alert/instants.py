"""Instants, slots and days: the few conversions that everything else shares; all of it UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLOT = timedelta(minutes=15)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Turn Poe's microseconds since 1970 into an instant, exactly."""
    return EPOCH + timedelta(microseconds=micros)


def to_micros(instant: datetime) -> int:
    """Turn an instant into microseconds since 1970, exactly."""
    return (instant - EPOCH) // MICROSECOND


def slot_of(instant: datetime) -> datetime:
    """Return the start of the quarter hour that holds an instant."""
    return instant - (instant - EPOCH) % SLOT


def slot_end(instant: datetime) -> datetime:
    """Return the end of the quarter hour that holds an instant."""
    return slot_of(instant) + SLOT


def day_of(instant: datetime) -> datetime:
    """Return the start of the UTC day that holds an instant."""
    return instant - (instant - EPOCH) % DAY


def day_end(instant: datetime) -> datetime:
    """Return the first start of a UTC day that is not before an instant."""
    return -(-(instant - EPOCH) // DAY) * DAY + EPOCH

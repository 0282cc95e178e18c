"""The [digest] table -> DigestRule."""

from datetime import time

from budget_alert.config import values
from budget_alert.config.rules import DigestRule
from budget_alert.config.tables import Table

_USUAL_TIME = time(9)


def read_digest(table: Table, timezone: str) -> DigestRule | None:
    """Turn the [digest] table into a DigestRule of the zone `timezone`; None where `every` is wrong.

    Every mistake goes to the table.
    """
    every = table.required("every", values.every, 'every = "day"')
    at = table.read("at", values.clock, _USUAL_TIME)
    if every == "day" and table.get("starts_on") is not None:
        table.mistake("starts_on", 'only a digest of every "week" has one; remove it')
        return None
    starts_on = table.read("starts_on", values.weekday, 0)
    return DigestRule(every=every, at=at, starts_on=starts_on, timezone=timezone) if every else None

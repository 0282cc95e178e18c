"""The [digest] table -> DigestRule."""

from datetime import time

from budget_alert.config import values
from budget_alert.config.account_keys import read_accounts, read_all_together
from budget_alert.config.schema import DigestRule
from budget_alert.config.tables import Table

_USUAL_TIME = time(9)


def read_digest(table: Table, timezone: str) -> DigestRule | None:
    """Turn the [digest] table into a DigestRule of the zone `timezone`; None where `every` is wrong.

    Every mistake goes to the table.
    """
    every = table.required("every", values.every, 'every = "day"')
    at = table.read("at", values.clock, _USUAL_TIME)
    accounts, together = read_accounts(table), read_all_together(table)
    if every == "day" and table.get("starts_on") is not None:
        table.mistake("starts_on", 'only a digest of every "week" has one; remove it')
        return None
    starts_on = table.read("starts_on", values.weekday, 0)
    if every is None:
        return None
    return DigestRule(
        every=every, at=at, starts_on=starts_on, accounts=accounts, together=together, timezone=timezone
    )

"""One [[spike]], [[query]] or [[balance]] table -> its rule.

Each reader gives None where a main part is wrong or missing. Every mistake goes to the table; a value that
is wrong but not needed is as if absent, for the caller uses no rule of a config with a mistake.
"""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from budget_alert.config import values
from budget_alert.config.account_keys import read_accounts, read_all_together
from budget_alert.config.filters import read_filter
from budget_alert.config.schema import BalanceRule, QueryRule, SpikeRule
from budget_alert.config.tables import Table

_SPIKE_WINDOW = partial(values.length, most_days=7)
_USUAL_TIMES = Decimal(4)


def read_spike(table: Table) -> SpikeRule | None:
    """Turn a [[spike]] table into a SpikeRule."""
    name = table.required("name", values.name, 'name = "Sudden burst"')
    window = table.required("window", _SPIKE_WINDOW, 'window = "1h"')
    times = table.read("times", values.times, _USUAL_TIMES)
    at_least = table.required("at_least", values.points, "at_least = 20_000")
    accounts, together = read_accounts(table), read_all_together(table)
    if name is None or window is None or at_least is None:
        return None
    return SpikeRule(
        name=name,
        window=timedelta(hours=window),
        times=times,
        at_least=at_least,
        accounts=accounts,
        together=together,
    )


def read_query(table: Table) -> QueryRule | None:
    """Turn a [[query]] table into a QueryRule."""
    name = table.required("name", values.name, 'name = "Expensive query"')
    points = table.required("points", values.points, "points = 50_000")
    kept, accounts = read_filter(table), read_accounts(table)
    if name is None or points is None:
        return None
    return QueryRule(name=name, points=points, filter=kept, accounts=accounts)


def read_balance(table: Table) -> BalanceRule | None:
    """Turn a [[balance]] table into a BalanceRule, which has `below`, `runway` or both."""
    name = table.required("name", values.name, 'name = "Running dry"')
    if not (table.given("below") or table.given("runway")):
        right = "write one of them or both, for example `below = 100_000`"
        table.mistake("below", f"is missing, and so is `runway`; {right}")
    below = table.read("below", values.points, None)
    runway = table.read("runway", values.length, None)
    accounts = read_accounts(table)
    if name is None:
        return None
    lasting = timedelta(hours=runway) if runway else None
    return BalanceRule(name=name, below=below, runway=lasting, accounts=accounts)

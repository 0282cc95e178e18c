"""What was counted of several accounts, read from their parts of the table."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from budget_alert.instants import SLOT
from budget_alert.ledger.items import body_of, slot_key, slot_start
from budget_alert.ledger.ledger import CURSOR, Ledger
from budget_alert.ledger.table import Table
from budget_alert.usage.combined import States
from budget_alert.usage.slots import Span, steps
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals

MOST_KEYS = 8
"""So many quarter hours are asked for by their keys, a hundred a call whosever they are; more in one query
for each account."""


class TablePartitions:
    """The items of accounts; every method raises LedgerError when the table fails."""

    def __init__(self, table: Table, accounts: Sequence[str]) -> None:
        self._table = table
        self._accounts = accounts

    def states(self) -> States:
        """Tell how far each account is counted."""
        found = self._table.get_of_many(self._accounts, [CURSOR])
        return {**dict.fromkeys(self._accounts), **{_account(one): body_of(one, State) for one in found}}

    def slots(self, span: Span) -> Iterator[tuple[str, datetime, Totals]]:
        """Give every account's quarter hours of [start, end), with its name."""
        if span[1] - span[0] > MOST_KEYS * SLOT:
            for account in self._accounts:
                for slot, totals in Ledger(self._table.of(account)).slots(span).items():
                    yield account, slot, totals
            return
        keys = [slot_key(slot) for slot in steps(*span, SLOT)]
        for one in self._table.get_of_many(self._accounts, keys):
            yield _account(one), slot_start(one), body_of(one, Totals)


def _account(stored: dict[str, dict[str, str]]) -> str:
    return stored["pk"]["S"]

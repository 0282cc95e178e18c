"""What a tick reads in place of a scan where its usage is that of all accounts together."""

from collections.abc import Callable
from datetime import datetime, timedelta

from budget_alert.instants import slot_of
from budget_alert.usage.combined import Partitions, States, Sums, of_account, to_sum
from budget_alert.usage.grouping import Asked
from budget_alert.usage.state import FRESH, State
from budget_alert.usage.totals import Span, Totals

MOST_PARTS = 50_000
"""Some 15 MB of them; a tick holds those that are stored besides."""


def sums_of(  # noqa: PLR0913 - all that a sum goes by
    partitions: Partitions,
    state: State,
    now: datetime,
    may_read: Callable[[], bool],
    *,
    late: timedelta = FRESH,
    settle: timedelta = FRESH,
    filters: Asked = (),
) -> Sums:
    """Sum again what the accounts have written since the last time, for as long as `may_read` allows it.

    It ends with the piece that makes MOST_PARTS full, too, lest memory runs short; what is left is for the
    next tick. An account that was not read for longer than `late` is missing. The accounts' states are read
    before their slots: what is written in between is found then. `settle` is how long a row may change.
    `filters` is what rules ask for of bots and usage types. Raises LedgerError.
    """
    accounts = partitions.states()
    spans = to_sum(state, accounts, now, filters)
    seen: dict[datetime, Totals] = {}
    twins = _Twins(accounts, settle)
    done = parts = 0
    while done < len(spans) and parts < MOST_PARTS and may_read():
        found = _summed(partitions, spans[done], twins)
        parts += sum(totals.width for totals in found.values())
        seen |= found
        done += 1
    return Sums(
        state=state,
        now=now,
        accounts=accounts,
        seen=seen,
        spans=spans[:done],
        left=spans[done:],
        late=late,
        twins=twins.pairs(),
        filters=filters,
    )


class _Twins:
    """Accounts that have a query in common, among those that are named in what each has just read again.

    What is older may have been read by another key than the account has now.
    """

    def __init__(self, accounts: States, settle: timedelta) -> None:
        self._from = {
            name: slot_of(one.cursor.at - settle) for name, one in accounts.items() if one and one.cursor
        }
        self._spent_by: dict[tuple[int, str], set[str]] = {}

    def look_at(self, account: str, slot: datetime, totals: Totals) -> None:
        if account in self._from and slot >= self._from[account]:
            for query in totals.largest:
                self._spent_by.setdefault((query.created, query.query_id), set()).add(account)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        groups = {tuple(sorted(names)) for names in self._spent_by.values() if len(names) > 1}
        return tuple(sorted({(first, other) for first, *others in groups for other in others}))


def _summed(partitions: Partitions, span: Span, twins: _Twins) -> dict[datetime, Totals]:
    found: dict[datetime, list[Totals]] = {}
    for account, slot, totals in partitions.slots(span):
        twins.look_at(account, slot, totals)
        found.setdefault(slot, []).append(of_account(account, totals))
    return {slot: Totals.total(all_totals) for slot, all_totals in found.items()}

"""What a tick reads in place of a walk where its usage is that of all accounts together."""

from collections.abc import Callable
from datetime import datetime

from budget_alert.accounting.state import State
from budget_alert.accounting.sums import Partitions, Sums, of_account, to_sum
from budget_alert.accounting.usage import Span, Tally


def sums_of(partitions: Partitions, state: State, now: datetime, may_read: Callable[[], bool]) -> Sums:
    """Sum again what the accounts have written since the last time, for as long as `may_read` allows it.

    The accounts' states are read before their slots: what is written in between is found the next time.
    Raises LedgerError.
    """
    accounts = partitions.states()
    spans = to_sum(state, accounts, now)
    seen: dict[datetime, Tally] = {}
    done = 0
    while done < len(spans) and may_read():
        seen |= _summed(partitions, spans[done])
        done += 1
    return Sums(state=state, now=now, accounts=accounts, seen=seen, spans=spans[:done], left=spans[done:])


def _summed(partitions: Partitions, span: Span) -> dict[datetime, Tally]:
    found: dict[datetime, list[Tally]] = {}
    for account, slot, tally in partitions.slots(span):
        found.setdefault(slot, []).append(of_account(account, tally))
    return {slot: Tally.total(tallies) for slot, tallies in found.items()}

"""What a tick reads in place of a walk where its usage is that of all accounts together."""

from collections.abc import Callable
from datetime import datetime, timedelta

from budget_alert.accounting.state import FRESH, State
from budget_alert.accounting.sums import Partitions, Sums, of_account, to_sum
from budget_alert.accounting.usage import Span, Tally

MOST_PARTS = 50_000
"""Some 15 MB of them; a tick holds those that are stored besides."""


def sums_of(
    partitions: Partitions, state: State, now: datetime, may_read: Callable[[], bool], late: timedelta = FRESH
) -> Sums:
    """Sum again what the accounts have written since the last time, for as long as `may_read` allows it.

    It ends with the piece that makes MOST_PARTS full, too, lest memory runs short; what is left is for the
    next tick. An account that was not read for longer than `late` is missing. The accounts' states are read
    before their slots: what is written in between is found then. Raises LedgerError.
    """
    accounts = partitions.states()
    spans = to_sum(state, accounts, now)
    seen: dict[datetime, Tally] = {}
    done = parts = 0
    while done < len(spans) and parts < MOST_PARTS and may_read():
        found = _summed(partitions, spans[done])
        parts += sum(tally.width for tally in found.values())
        seen |= found
        done += 1
    return Sums(
        state=state, now=now, accounts=accounts, seen=seen, spans=spans[:done], left=spans[done:], late=late
    )


def _summed(partitions: Partitions, span: Span) -> dict[datetime, Tally]:
    found: dict[datetime, list[Tally]] = {}
    for account, slot, tally in partitions.slots(span):
        found.setdefault(slot, []).append(of_account(account, tally))
    return {slot: Tally.total(tallies) for slot, tallies in found.items()}

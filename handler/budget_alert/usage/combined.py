"""The usage of several accounts together: what of it to read again, and what that shows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.identity import identity
from budget_alert.instants import DAY, MICROSECOND, day_end, day_of, slot_end, slot_of
from budget_alert.usage.grouping import Asked
from budget_alert.usage.part_scans import AUDITED, FUTURE
from budget_alert.usage.recent_writes import written_since
from budget_alert.usage.slots import Slots, Span, merged, outside
from budget_alert.usage.state import FRESH, RETENTION, State
from budget_alert.usage.totals import Dimensions, Totals

SLOWEST_TICK = timedelta(minutes=15)
"""Lambda ends every tick by then, so what began earlier is written:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
LONGEST_WINDOW = timedelta(days=92)
PIECE = timedelta(days=7)
MOST_HELD = 50_000
"""Some 15 MB of amounts; a tick holds those that are stored besides."""
MOST_NAMED = 5
FEW = 10
"""So many accounts at most have their slots read by the week, more by the day: a piece is held in memory."""
States = Mapping[str, State | None]
"""How far each account is counted; None for one that no tick has counted yet."""
SlotsOf = Callable[[Span], Iterable[tuple[str, datetime, Totals]]]
"""Gives every account's quarter hours of [start, end), with its name."""


class CombinedReading(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick has read of the accounts, where that of an account scans; of Poe it has asked nothing.

    `seen` are the sums of all slots of `spans`; `left` is what there was no time for. An account that was not
    read for longer than `late` is missing. `twins` are pairs of accounts that have a query in common.
    `filters` is what rules ask for.
    """

    state: State
    now: datetime
    accounts: States
    seen: Slots = {}
    spans: tuple[Span, ...] = ()
    left: tuple[Span, ...] = ()
    late: timedelta = FRESH
    twins: tuple[tuple[str, str], ...] = ()
    filters: Asked = ()
    pages: int = 0
    entries: int = 0
    unreadable: int = 0
    error: None = None

    @property
    def name(self) -> str:
        """One name for all accounts, and for what rules ask for."""
        return _name(self.accounts, self.filters)

    @property
    def stored_span(self) -> Span:
        """Tell which whole days of slots must be read before it can be counted; empty where none."""
        if not self.spans:
            return self.now, self.now
        return day_of(min(start for start, _ in self.spans)), day_end(max(end for _, end in self.spans))


def is_several(together: State | None, alone: State | None) -> bool:
    """Tell by the states of their sum and of a lone account which of them is counted last."""
    if together is None or alone is None or alone.completed_at is None:
        return together is not None
    # Not by how far all are read: there still are several while one of them is behind.
    return together.combined is not None and together.combined.at >= alone.completed_at


def to_combine(state: State, accounts: States, now: datetime, filters: Asked = ()) -> tuple[Span, ...]:
    """Tell which spans have to be read again, newest first, in pieces of a week or, for many, of a day.

    That is what the accounts have written since the last time, what was left then, and once a day the last 48
    hours. With other accounts than before, or other filters, it is everything that a window can still hold;
    nothing older is ever read again. What is left of such a reading comes first: where accounts come and go
    all the time, one that began anew with each of them would never end.
    """
    known, oldest = state.combined, now - LONGEST_WINDOW
    if known is None:
        began = min(one.started_at for one in (state, *accounts.values()) if one)
        return _pieces([(max(began - RETENTION - DAY, oldest), now + FUTURE)], accounts)
    if known.accounts != _name(accounts, filters):
        # Who has left may have been monitored for longer than who is there.
        everything = oldest, now + FUTURE
        begun = [(max(start, oldest), end) for start, end in known.left if end > oldest]
        return (*_pieces(begun, accounts), *_pieces(outside(everything, begun), accounts))
    spans = [*known.left]
    for one in accounts.values():
        spans += written_since(one.recent_writes, known.at - SLOWEST_TICK) if one else ()
    if state.audited_at is None or now - state.audited_at >= DAY:
        spans.append((now - AUDITED, now))
    return _pieces(((max(start, oldest), end) for start, end in spans if end > oldest), accounts)


def read_combined(  # noqa: PLR0913 - all that a reading goes by
    accounts: States,
    slots_of: SlotsOf,
    state: State,
    now: datetime,
    may_read: Callable[[], bool],
    *,
    late: timedelta = FRESH,
    settle: timedelta = FRESH,
    filters: Asked = (),
) -> CombinedReading:
    """Add up again what the accounts have written since the last time, while `may_read` allows it.

    It ends with the piece that makes MOST_HELD full, too, lest memory runs short; what is left is for the
    next tick. The accounts' states have to be read before their slots: what is written in between is found
    then. `settle` is how long a row may change; `late` and `filters` are as of CombinedReading.
    """
    spans = to_combine(state, accounts, now, filters)
    # What is older may have been read by another key than the account has now.
    new = {name: slot_of(one.cursor.at - settle) for name, one in accounts.items() if one and one.cursor}
    seen: dict[datetime, Totals] = {}
    spent_by: dict[tuple[int, str], set[str]] = {}
    done = held = 0
    while done < len(spans) and held < MOST_HELD and may_read():
        found: dict[datetime, list[Totals]] = {}
        for account, slot, totals in slots_of(spans[done]):
            found.setdefault(slot, []).append(of_account(account, totals))
            for query in totals.largest if account in new and slot >= new[account] else ():
                spent_by.setdefault((query.created, query.query_id), set()).add(account)
        added = {slot: Totals.total(all_totals) for slot, all_totals in found.items()}
        held += sum(totals.width for totals in added.values())
        seen |= added
        done += 1
    groups = {tuple(sorted(names)) for names in spent_by.values() if len(names) > 1}
    return CombinedReading(
        state=state,
        now=now,
        accounts=accounts,
        seen=seen,
        spans=spans[:done],
        left=spans[done:],
        late=late,
        twins=tuple(sorted({(first, other) for first, *others in groups for other in others})),
        filters=filters,
    )


def of_account(account: str, totals: Totals) -> Totals:
    """Name the account in place of its API keys: a sum is told apart by accounts."""
    grouped = totals.grouped(lambda one: Dimensions(one.bot, one.usage_type, account))
    largest = tuple(msgspec.structs.replace(query, api_key=account) for query in totals.largest)
    return Totals(dict(grouped.items()), largest)


def _pieces(spans: Iterable[Span], accounts: States) -> tuple[Span, ...]:
    """Cut spans into pieces that end with a quarter hour, newest first."""
    longest = PIECE if len(accounts) <= FEW else DAY
    whole = merged((slot_of(start), slot_end(end - MICROSECOND)) for start, end in spans)
    return tuple(piece for span in reversed(whole) for piece in _cut(*span, longest))


def _cut(first: datetime, end: datetime, longest: timedelta) -> Iterator[Span]:
    while first < end:
        start = max(first, day_of(end - MICROSECOND) + DAY - longest)
        yield start, end
        end = start


def _name(accounts: States, filters: Asked) -> str:
    return identity(*sorted(accounts), *filters)

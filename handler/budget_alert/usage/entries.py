"""What Poe says, as values: entries, pages of them, the single queries worth naming, and what is left."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.instants import from_micros

ALWAYS_NAMED = 3
"""So many queries of each quarter hour, and of each day, are kept by name however cheap they are."""
MOST_NAMED = 100
"""Queries of a quarter hour that are kept by name because a rule asks for them."""

# The same few names come with every row, each time as a text of its own.
_shared = lru_cache(maxsize=4096)(str)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One row of the history; `api_key` is "" where the row names none.

    `created` is in microseconds since 1970, `points` may be negative (a refund), `usd_micros` is
    the row's own price in millionths of a dollar, None where it brings none. `used_for` names the chat
    or canvas tab, bounded like all names, "" where the row names none.
    """

    created: int
    query_id: str
    bot: str
    usage_type: str
    api_key: str
    points: int
    usd_micros: int | None
    used_for: str = ""


class Page(msgspec.Struct, frozen=True):
    """The readable entries of one answer, newest first, and how to go on.

    `left_out` has for each row that could not be read how many entries stand before it, and its creation
    where that can be read. `last_id` is the query id of the last row that has one; `has_more` is None where
    Poe did not say.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[tuple[int, int | None], ...]
    last_id: str | None
    has_more: bool | None

    @property
    def unreadable(self) -> int:
        """How many rows could not be read."""
        return len(self.left_out)

    @property
    def is_last(self) -> bool:
        """Whether the list ends here: Poe says so, or says nothing and sent no row."""
        rows = len(self.entries) + self.unreadable
        return self.has_more is False or (self.has_more is None and rows == 0)


class Query(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry worth naming; `created` is in microseconds since 1970.

    `used_for` names the chat or canvas tab, "" where Poe does not say; as all names it is hostile text.
    """

    created: int
    query_id: str
    bot: str
    usage_type: str
    api_key: str
    points: int
    used_for: str = ""

    @property
    def at(self) -> datetime:
        """The instant of its creation."""
        return from_micros(self.created)


def named(queries: Iterable[Query], costly: int | None) -> tuple[Query, ...]:
    """Give the queries worth naming, most expensive first: the first few, and those of `costly` points."""
    spent = (one for one in queries if one.points > 0)
    ranked = sorted(spent, key=lambda one: (-one.points, one.created, one.query_id))[:MOST_NAMED]
    asked_for = () if costly is None else (one for one in ranked[ALWAYS_NAMED:] if one.points >= costly)
    return (*ranked[:ALWAYS_NAMED], *asked_for)


def named_of(entries: Collection[Entry], costly: int | None) -> tuple[Query, ...]:
    """Give the queries worth naming among entries."""
    # Few of many entries become queries: whole numbers alone are sorted in no time.
    dearest = sorted([entry.points for entry in entries], reverse=True)[:ALWAYS_NAMED]
    bound = min(dearest if costly is None else (*dearest, costly), default=0)
    return named([_query(entry) for entry in entries if entry.points >= bound], costly)


def _query(entry: Entry) -> Query:
    return Query(
        entry.created,
        entry.query_id,
        _shared(entry.bot),
        _shared(entry.usage_type),
        _shared(entry.api_key),
        entry.points,
        entry.used_for,
    )


class PoeBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What `/usage/current_balance` says; an instant is None where there is no such grant.

    `points` is what is left, negative where Poe let the account overdraw; `daily_grant` and
    `monthly_grant` are the points of the next grant, None where Poe does not say. `auto_recharge` says
    that Poe buys more points by itself.
    """

    points: int
    cycle_start: datetime | None = None
    next_daily_grant: datetime | None = None
    next_monthly_grant: datetime | None = None
    daily_grant: int | None = None
    monthly_grant: int | None = None
    auto_recharge: bool = False

    @property
    def cycle(self) -> Cycle | None:
        """The windows of period "billing"; None where Poe names no grant.

        Of two grants the monthly one counts: it is what the plan is paid for, and so the budget.
        """
        if self.next_monthly_grant is not None:
            return Cycle(self.next_monthly_grant, self.cycle_start)
        return None if self.next_daily_grant is None else Cycle()

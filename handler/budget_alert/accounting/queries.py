"""Single queries worth naming: the most expensive ones."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from operator import attrgetter

import msgspec

from budget_alert.accounting.entries import Entry
from budget_alert.instants import from_micros

ALWAYS_NAMED = 3
"""So many queries of each quarter hour, and of each day, are kept by name however cheap they are."""
MOST_NAMED = 100
"""Queries of a quarter hour that are kept by name because a rule asks for them."""


_POINTS = attrgetter("points")
# The same few names come with every row, each time as a text of its own.
_shared = lru_cache(maxsize=4096)(str)


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
    ranked = sorted(queries, key=lambda query: (-query.points, query.created, query.query_id))[:MOST_NAMED]
    return tuple(
        query
        for place, query in enumerate(ranked)
        if query.points > 0 and (place < ALWAYS_NAMED or (costly is not None and query.points >= costly))
    )


def named_of(entries: Iterable[Entry], costly: int | None) -> tuple[Query, ...]:
    """Give the queries worth naming among entries."""
    ranked = sorted(entries, key=_POINTS, reverse=True)
    least = ranked[:ALWAYS_NAMED][-1].points if ranked else 0
    bound = least if costly is None else min(least, costly)
    return named(map(_query, takewhile(lambda entry: entry.points >= bound, ranked)), costly)


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

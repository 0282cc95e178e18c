"""Single queries worth naming: the most expensive ones."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from budget_alert.instants import from_micros


class Query(msgspec.Struct, frozen=True, array_like=True):
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


def largest(queries: Iterable[Query], most: int) -> tuple[Query, ...]:
    """Give the `most` most expensive queries, most expensive first."""
    return tuple(sorted(queries, key=lambda query: (-query.points, query.created, query.query_id))[:most])

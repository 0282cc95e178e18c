"""A realistic month of Poe rows, made of two traces of real usage; the same arguments give the same rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import msgspec

from standins.bots import drawn_bot, drawn_use
from standins.poe_store import Row, microseconds
from standins.traces import HOUR, requests_per_hour, traced_requests

HOURS = 744


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """What share of rows shows up late and what share gets its cost late, and by how much at most.

    Delays count from the creation of a row. Below the settle time, both are within a scan's reach.
    """

    rows: float = 0.0
    rows_by: timedelta = timedelta(minutes=45)
    costs: float = 0.0
    costs_by: timedelta = timedelta(minutes=55)


ON_TIME = Lateness()


class History(msgspec.Struct, frozen=True):
    """Rows in the order of their creation, and the number of real requests they stand for."""

    rows: tuple[Row, ...]
    requests: int
    one_in: int

    @property
    def thinned(self) -> str:
        """How thinned the history is, in words."""
        if self.one_in == 1:
            return f"all {self.requests:,} requests"
        return f"{len(self.rows):,} of {self.requests:,} requests, 1 in {self.one_in}"

    @property
    def late_rows(self) -> int:
        """The number of rows that show up late."""
        return sum(row.visible_at is not None for row in self.rows)

    @property
    def late_costs(self) -> int:
        """The number of rows whose cost lands late."""
        return sum(row.cost_lands_at is not None for row in self.rows)


def month(
    start: datetime,
    *,
    one_in: int = 100,
    hours: range = range(HOURS),
    lateness: Lateness = ON_TIME,
    seed: int = 1,
) -> History:
    """Return the history of the month whose hour 0 begins at the aware instant `start`.

    `one_in` is the thinning: 100 keeps every hundredth of the 743,140 requests, 20 makes about 37,000
    rows, 1 keeps all. `hours` picks a part of the month; hour 235 is the busiest, with 33,344 requests.
    """
    chance = Random(seed)  # noqa: S311 -- made-up usage must be the same each time; it guards nothing
    times = _times(microseconds(start), hours, one_in, chance)
    rows = tuple(_row(chance, number, time, lateness) for number, time in enumerate(times))
    return History(rows, sum(requests_per_hour()[hour] for hour in hours), one_in)


def _times(start: int, hours: range, one_in: int, chance: Random) -> Iterator[int]:
    seen = 0
    for hour in hours:
        before, seen = seen, seen + requests_per_hour()[hour]
        offsets = [_offset(chance) for _ in range(seen // one_in - before // one_in)]
        yield from (start + hour * HOUR + offset for offset in sorted(offsets))


def _offset(chance: Random) -> int:
    # The real arrivals bring their own bunching; the jitter keeps a busy hour from repeating instants.
    return (chance.choice(traced_requests()).offset + chance.randrange(2_000_000)) % HOUR


def _row(chance: Random, number: int, time: int, lateness: Lateness) -> Row:
    bot = drawn_bot(chance)
    cost = bot.cost(chance.choice(traced_requests()))
    return Row(
        creation_time=time,
        query_id=f"{chance.getrandbits(40):010x}{number:06x}",
        bot_name=bot.name,
        cost_points=cost,
        visible_at=_late(chance, time, lateness.rows, lateness.rows_by),
        cost_lands_at=_late(chance, time, lateness.costs, lateness.costs_by),
        **drawn_use(chance, cost),
    )


def _late(chance: Random, time: int, share: float, most: timedelta) -> int | None:
    drawn, delay = chance.random(), chance.randrange(1, most // timedelta(microseconds=1) + 1)
    return time + delay if drawn < share else None

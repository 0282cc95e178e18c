"""A realistic month of Poe rows, made of two traces of real usage; the same arguments give the same rows.

The traces in `data` say when requests came, and how large they were; bots and their prices are invented.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from random import Random

import msgspec

from standins.poe_store import Row, microseconds

HOURS = 744
HOUR = 3_600_000_000
_DATA = files(__package__) / "data"
_USD_PER_POINT = Decimal("0.00003")
_KEYS = ("support-bot", "ci-nightly", "notebook")
_CHATS = ("Trip to Lisbon", "Quarterly report", "Garden plan", "Unit tests")


class TracedRequest(msgspec.Struct, frozen=True):
    """A real request: microseconds into its hour, tokens of the prompt, tokens of the answer."""

    offset: int
    context_tokens: int
    generated_tokens: int


@cache
def requests_per_hour() -> tuple[int, ...]:
    """Return how many requests a real service got in each hour of a month of 31 days."""
    return tuple(int(line["requests"]) for line in _lines("llm-requests-per-hour.csv"))


@cache
def traced_requests() -> tuple[TracedRequest, ...]:
    """Return real requests of one hour, in the order in which they came."""
    lines = _lines("llm-request-tokens.csv")
    first = _instant(lines[0])
    return tuple(
        TracedRequest(
            (_instant(line) - first) % HOUR, int(line["ContextTokens"]), int(line["GeneratedTokens"])
        )
        for line in lines
    )


def _instant(line: dict[str, str]) -> int:
    return microseconds(datetime.fromisoformat(line["TIMESTAMP"]).replace(tzinfo=UTC))


def _lines(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((_DATA / name).read_text(encoding="utf-8").splitlines()))


class Bot(msgspec.Struct, frozen=True):
    """A bot: points per 1,000 tokens of prompt and of answer, least cost, share of requests in percent."""

    name: str
    prompt: int
    answer: int
    least: int
    weight: int

    def cost(self, request: TracedRequest) -> int:
        """Return the points of a request: they grow with its tokens."""
        tokens = request.context_tokens * self.prompt + request.generated_tokens * self.answer
        return max(self.least, tokens // 1000)


BOTS = (
    Bot("Claude-Opus-4.1", prompt=800, answer=4000, least=300, weight=8),
    Bot("Claude-Sonnet-4.5", prompt=120, answer=600, least=60, weight=30),
    Bot("GPT-5", prompt=50, answer=400, least=40, weight=22),
    Bot("Gemini-2.5-Flash", prompt=12, answer=100, least=10, weight=35),
    # Users name bots: what shows this one must survive its marks.
    Bot("R&D-<Notes>", prompt=12, answer=100, least=50, weight=5),
)


def _use(chance: Random, cost: int) -> dict[str, str]:
    """Return the fields of a row that say where its points were used: most in the API, some elsewhere."""
    kind = chance.choices(("API", "Chat", "Canvas App"), weights=(70, 25, 5))[0]
    if kind == "API":
        key = chance.choice(_KEYS)
        return {"usage_type": kind, "api_key_name": key, "cost_usd": f"{cost * _USD_PER_POINT:.4f}"}
    if kind == "Chat":
        return {"usage_type": kind, "chat_name": chance.choice(_CHATS)}
    return {"usage_type": kind}


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """What share of rows shows up late, and what share gets its cost late."""

    rows: float = 0.0
    costs: float = 0.0


ON_TIME = Lateness()
ROWS_BY, COSTS_BY = timedelta(minutes=45), timedelta(minutes=55)
"""So much after its creation at most a late row and a late cost are there: both are within a scan's reach."""


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
    bot = chance.choices(BOTS, weights=[bot.weight for bot in BOTS])[0]
    cost = bot.cost(chance.choice(traced_requests()))
    return Row(
        creation_time=time,
        query_id=f"{chance.getrandbits(40):010x}{number:06x}",
        bot_name=bot.name,
        cost_points=cost,
        visible_at=_late(chance, time, lateness.rows, ROWS_BY),
        cost_lands_at=_late(chance, time, lateness.costs, COSTS_BY),
        **_use(chance, cost),
    )


def _late(chance: Random, time: int, share: float, most: timedelta) -> int | None:
    drawn, delay = chance.random(), chance.randrange(1, most // timedelta(microseconds=1) + 1)
    return time + delay if drawn < share else None

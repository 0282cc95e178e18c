"""Ticks of a watch that has run for weeks, metered."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from budget_ops.history import month
from tests.readme.metering import Meter, metered, size_of
from tests.services.tools import ROOT
from tests.world import World, deployment

# From the longest to the shortest: then the tick before the one that is metered makes the day's audit.
INTERVALS = (60, 15, 5, 1)
_MONTH = datetime(2026, 10, 1, tzinfo=UTC)
_BUSY_FROM = _MONTH + timedelta(days=22)
_BUSY = {minutes: _BUSY_FROM + timedelta(days=place) for place, minutes in enumerate(INTERVALS, 1)}
_IDLE = _MONTH + timedelta(days=29)
_LATE = timedelta(hours=18, minutes=7)
"""The time of the day: by then much of the day is counted, and has to be read again."""
_BOTS = ("Claude-Opus-4.1", "Claude-Sonnet-4.5", "GPT-5", "Gemini-2.5-Flash", "Veo-3")
_OVERHEAD = 100
"""Bytes that DynamoDB adds to each item that it stores."""

Used = Mapping[str, float]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What ticks used: in a busy account by interval, in an idle one, and one that sends a message.

    `day_bytes` is what the busy day left in the table, `metrics` how many metrics the ticks emitted.
    """

    busy: Mapping[int, Used]
    idle: Used
    telling: Used
    day_bytes: float
    metrics: int


def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Measure ticks with the example config and three weeks of usage in the ledger.

    The busy account asks something every minute, day and night; the idle one has not asked for days.
    """
    with deployment() as world, metered(monkeypatch) as meter:
        _use(world)
        world.configure(_out_of_reach())
        busy = {minutes: _tick(world, meter, day, minutes) for minutes, day in _BUSY.items()}
        return Measured(
            busy=busy,
            idle=_tick(world, meter, _IDLE, 5),
            telling=_telling(world, meter),
            day_bytes=sum(size_of(item) + _OVERHEAD for item in _items_of(world, _BUSY_FROM)),
            metrics=len(meter.metrics),
        )


def _use(world: World) -> None:
    world.poe.add(*month(_MONTH, hours=range(22 * 24)).rows)
    for minute in range((len(_BUSY) + 1) * 24 * 60):
        bot, at = _BOTS[minute % len(_BOTS)], _BUSY_FROM + timedelta(minutes=minute)
        world.spend(1000, at, bot_name=bot, api_key_name=f"key-{minute % 2}")


def _tick(world: World, meter: Meter, day: datetime, minutes: int) -> Used:
    at = day + _LATE
    world.tick(at - timedelta(minutes=minutes))
    return _metered(world, meter, at)


def _telling(world: World, meter: Meter) -> Used:
    world.configure(_example())
    used = _metered(world, meter, world.now + timedelta(minutes=5))
    assert used["published"] == 1
    return used


def _metered(world: World, meter: Meter, at: datetime) -> Counter[str]:
    meter.used()
    world.tick(at)
    return meter.used()


def _items_of(world: World, day: datetime) -> Iterator[dict[str, dict[str, str]]]:
    yield from world.items(f"slot#{day:%Y-%m-%d}")
    yield from world.items(f"day#{day:%Y-%m-%d}")


def _example() -> str:
    return (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")


def _out_of_reach() -> str:
    """Give the example with limits that nothing reaches, so that its rules are judged and none tells."""
    return _example().replace("below = 100_000", "below = 1").replace("0_000", "0_000_000_000")

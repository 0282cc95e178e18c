"""Ticks of a watch that has run for weeks, metered: the real function against AWS and Poe in this process."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import msgspec
from moto.dynamodb.models.table import Table as MotoTable

from lab.costs.meter import Meter, metered
from lab.costs.use import Work
from standins.dynamodb import size_of
from standins.history import month
from standins.local_aws import local_aws
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from standins.ticking import SimulatedClock, simulated_tick

# From the longest to the shortest: each tick is so long after the one before it.
INTERVALS = (60, 15, 5, 1)
IDLE_MINUTES = 5
_MONTH = datetime(2026, 10, 1, tzinfo=UTC)
_QUIET_DAYS, _BUSY_DAYS = 25, 2
_BUSY_FROM = _MONTH + timedelta(days=_QUIET_DAYS)
_BUSY = _BUSY_FROM + timedelta(days=1, hours=17, minutes=7)
"""When much of the day is counted, and has to be read again; at the end of a month, when it has most days."""
_IDLE = _BUSY + timedelta(days=3)
_BOTS = ("Claude-Opus-4.1", "Claude-Sonnet-4.5", "GPT-5", "Gemini-2.5-Flash", "Veo-3")
_OVERHEAD = 100
"""Bytes that DynamoDB adds to each item that it stores."""
_SECRET = {"poe_api_key": "simulated-key"}
_PARAMETER = "/poe-budget/budgets"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What ticks used: in a busy account by interval, in an idle one, and one that sends a message.

    `day_bytes` is what the busy day left in the table, `metrics` how many metrics the ticks emitted.
    """

    busy: Mapping[int, Work]
    idle: Work
    telling: Work
    day_bytes: float
    metrics: int


class _Watch(msgspec.Struct, frozen=True):
    clock: SimulatedClock
    poe: SimulatedPoe
    meter: Meter

    def tick(self, at: datetime) -> None:
        self.clock.now = at
        simulated_tick(self.clock)

    def later(self, minutes: int) -> Work:
        self.meter.used()
        asked = len(self.poe.requests)
        self.tick(self.clock.now + timedelta(minutes=minutes))
        return self.meter.used() + Work(poe_calls=len(self.poe.requests) - asked)


def observed(config: str) -> Seen:
    """Measure ticks with a config and three weeks of usage in the ledger.

    The busy account asks something every minute, day and night; the idle one has not asked for days. Where
    the config has a limit, it is one that both are above; for all ticks but the telling one it is out of
    reach, so that rules are judged and none speaks.
    """
    with _watch(out_of_reach(config)) as watch:
        watch.tick(_BUSY)
        busy = {minutes: watch.later(minutes) for minutes in INTERVALS}
        watch.tick(_IDLE)
        idle = watch.later(IDLE_MINUTES)
        _configure(config)
        return Seen(
            busy=busy,
            idle=idle,
            telling=watch.later(IDLE_MINUTES),
            day_bytes=sum(size_of(item) + _OVERHEAD for item in _items_of(_BUSY_FROM)),
            metrics=len(watch.meter.metrics),
        )


def out_of_reach(config: str) -> str:
    """Move each limit of a config to where nothing reaches it: large ones up, what is to be left down."""
    high = re.sub(r"(?<=[\[= ])(\d[\d_]{3,})\b(?!-)", r"\g<1>_000_000", config)
    return re.sub(r"(?m)^below = \S+", "below = 1", high)


@contextmanager
def _watch(config: str) -> Iterator[_Watch]:
    clock = SimulatedClock(_BUSY_FROM)
    poe = SimulatedPoe(_rows(), clock=clock, keys=_SECRET.values())
    with (
        poe.serve() as url,
        local_aws(secret=_SECRET, budgets=config, poe_url=url),
        patch.object(MotoTable, "__deepcopy__", _shallow, create=True),
        metered(f"metered-{hash(config)}") as meter,
    ):
        yield _Watch(clock, poe, meter)


def _rows() -> Iterable[Row]:
    yield from month(_MONTH, hours=range(_QUIET_DAYS * 24)).rows
    for minute in range(_BUSY_DAYS * 24 * 60):
        at = _BUSY_FROM + timedelta(minutes=minute)
        yield Row(
            creation_time=microseconds(at),
            query_id=f"q{minute}",
            cost_points=1000,
            bot_name=_BOTS[minute % len(_BOTS)],
            api_key_name=f"key-{minute % 2}",
        )


def _configure(config: str) -> None:
    boto3.client("ssm").put_parameter(Name=_PARAMETER, Value=config, Type="String", Overwrite=True)


def _items_of(day: datetime) -> Iterator[dict[str, Any]]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName="ledger")
    items = (item for page in pages for item in page["Items"])
    first = f"slot#{day:%Y-%m-%d}", f"day#{day:%Y-%m-%d}"
    return (item for item in items if item["sk"]["S"].startswith(first))


def _shallow(table: MotoTable, _memo: object) -> MotoTable:
    """Copy a table as far as puts change it: moto copies every item once for each part of a transaction."""
    copied = copy(table)
    copied.items = defaultdict(dict, {key: dict(items) for key, items in table.items.items()})
    return copied

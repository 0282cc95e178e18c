"""Ticks of the real function that has run for weeks, and what each of them asked AWS and Poe for."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from lab.costs.model import MEMORY_MB, MINUTES, Fleet, Month, work_of
from lab.costs.prices import Amounts
from standins.dynamodb import size_of
from standins.history import month
from standins.memory_aws import MemoryAws, MemoryHttp, in_memory, listening
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from standins.ticking import SimulatedClock, simulated_tick

INTERVALS = (60, 15, 5, 1)
"""From the longest to the shortest: each tick is so many minutes after the one before it."""
IN_TURN = 10
"""So many accounts are read in turn by one invocation, more through a queue."""
SPARED = Amounts(secret_calls=1, aws_calls=2)
"""What an account's tick is spared where an invocation has read the secret and the config for all."""
CHANGED = 3
"""Of an account that spends without pause: the quarter hour of now, often the one before, and the day."""
ITEM_BYTES = 100
"""What DynamoDB adds to each item that it stores."""
_MONTH = datetime(2026, 10, 1, tzinfo=UTC)
_QUIET_DAYS, _BUSY_DAYS = 25, 2
_BUSY_FROM = _MONTH + timedelta(days=_QUIET_DAYS)
_BUSY = _BUSY_FROM + timedelta(days=1, hours=17, minutes=7)
"""When much of the day is counted, and has to be read again; at the end of a month, when it has most days."""
_IDLE = _BUSY + timedelta(days=3)
_BOTS = ("Claude-Opus-4.1", "Claude-Sonnet-4.5", "GPT-5", "Gemini-2.5-Flash", "Veo-3")
_KEY = "simulated-key"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What ticks used: in a busy account by interval, in an idle one, and one that sends a message.

    `day_bytes` is what the busy day left in the table, `metrics` how many metrics the ticks emitted.
    """

    busy: Mapping[int, Amounts]
    idle: Amounts
    sending: Amounts
    day_bytes: float
    metrics: int

    def month(self, minutes: int = MINUTES, memory_mb: int = MEMORY_MB, *, cold: bool = True) -> Month:
        """Give a month of an account that asks something every minute."""
        tick = self.busy[minutes]
        return Month(minutes, tick, self.sending, self.day_bytes, memory_mb=memory_mb, cold=cold)

    def idle_month(self) -> Month:
        """Give a month of an account that asks nothing, and is sent as much as the other."""
        return Month(MINUTES, self.idle, self.sending, day_bytes=0)

    def fleet(self, accounts: int, *, busy: bool) -> Fleet:
        """Give a month of many accounts, all of them busy or all of them idle."""
        return Fleet(
            accounts=accounts,
            tick=(self.busy[MINUTES] if busy else self.idle).over(SPARED),
            day_bytes=self.day_bytes if busy else 0,
            changed=CHANGED if busy else 0,
            queue=accounts > IN_TURN,
        )


def observed(config: str) -> Seen:
    """Measure ticks with a config and three weeks of usage in the ledger.

    The busy account asks something every minute, day and night; the idle one has not asked for days. Where
    the config has a limit, it is one that both are above; for all ticks but the sending one it is out of
    reach, so that rules are evaluated and none fires.
    """
    clock, metrics = SimulatedClock(_BUSY_FROM), set[str]()
    poe = SimulatedPoe(_rows(), clock=clock, keys=[_KEY])
    aws = MemoryAws(f'{{"poe_api_key": "{_KEY}"}}', out_of_reach(config))

    def at(instant: datetime) -> Amounts:
        clock.now = instant
        aws.edge.take()
        simulated_tick(clock)
        used = aws.edge.take()
        metrics.update(name for name in used if name.startswith("metric."))
        return work_of(used)

    with in_memory(aws, MemoryHttp(aws.edge, poe=poe.answer)), listening(aws.edge):
        at(_BUSY)
        busy = {minutes: at(clock.now + timedelta(minutes=minutes)) for minutes in INTERVALS}
        at(_IDLE)
        idle = at(clock.now + timedelta(minutes=MINUTES))
        aws.config = config
        sending = at(clock.now + timedelta(minutes=MINUTES))
    day = [
        item
        for name in ("slot", "day")
        for item in aws.table.items_of("default", f"{name}#{_BUSY_FROM:%Y-%m-%d}")
    ]
    return Seen(
        busy=busy,
        idle=idle,
        sending=sending,
        day_bytes=sum(size_of(item) + ITEM_BYTES for item in day),
        metrics=len(metrics),
    )


def out_of_reach(config: str) -> str:
    """Move each limit of a config to where nothing reaches it: large ones up, what is to be left down."""
    high = re.sub(r"(?<=[\[= ])(\d[\d_]{3,})\b(?!-)", r"\g<1>_000_000", config)
    return re.sub(r"(?m)^below = \S+", "below = 1", high)


def _rows() -> Iterator[Row]:
    yield from month(_MONTH, hours=range(_QUIET_DAYS * 24)).rows
    for minute in range(_BUSY_DAYS * 24 * 60):
        yield Row(
            creation_time=microseconds(_BUSY_FROM + timedelta(minutes=minute)),
            query_id=f"q{minute}",
            cost_points=1000,
            bot_name=_BOTS[minute % len(_BOTS)],
            api_key_name=f"key-{minute % 2}",
        )

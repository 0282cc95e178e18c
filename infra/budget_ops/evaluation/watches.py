"""Which configs are tried, over which usage: an example, and suggestions that never saw what they meet."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial, reduce
from operator import add
from pathlib import Path

import msgspec

from budget_alert.config.budgets import parse
from budget_alert.config.rules import Config
from budget_alert.instants import DAY, SLOT, from_micros, to_micros
from budget_ops.backtest.replay import Conditions, replay
from budget_ops.backtest.sample import BEGIN, sample
from budget_ops.evaluation.histories import drawn_days
from budget_ops.evaluation.quality import Quality, quality
from budget_ops.evaluation.suites import SEEDS
from budget_ops.past.history import History, slots_of, within
from budget_ops.suggest.search import suggest

EXAMPLE = Path(__file__).parents[2] / "budgets.toml"
ZONE = "Europe/London"
"""That of the example config."""
MONTH = 30
MADE = SEEDS[:10]


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Usage that a config is replayed over from the day `first` on, and what a suggestion may go by."""

    usage: History
    first: int
    known: History


ConfigFor = Callable[[History], Config]
"""Gives the config for an account with such a history."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """A config, or a way to one, and what it is tried on."""

    name: str
    over: str
    config: ConfigFor
    pasts: Callable[[], Iterable[Past]]

    def quality(self) -> Quality:
        """Replay all of it."""
        return reduce(add, (self._one(past) for past in self.pasts()))

    def _one(self, past: Past) -> Quality:
        start = past.usage.start + past.first * DAY
        done = replay(self.config(past.known), past.usage, Conditions(interval=SLOT, start=start))
        return quality(done, past.usage)


def watches() -> list[Watch]:
    """Give all that are tried."""
    configs: Sequence[tuple[str, ConfigFor]] = (
        ("The example", _example),
        ("Suggested for 2 alerts a month", partial(_suggested, 2)),
        ("Suggested for 8 alerts a month", partial(_suggested, 8)),
    )
    usage = (("the data", halves), ("months made of its days", partial(months, MADE)))
    return [
        Watch(name=name, over=over, config=config, pasts=pasts)
        for over, pasts in usage
        for name, config in configs
    ]


def halves() -> Iterator[Past]:
    """Give the two halves of the data, each known to what is tried on the other."""
    usage = sample()
    half = (usage.end - usage.start) // (2 * DAY)
    early, late = part(usage, 0, half), part(usage, half, 2 * half + 1)
    yield Past(usage=early, first=0, known=late)
    yield Past(usage=usage, first=half, known=early)


def months(seeds: Iterable[int]) -> Iterator[Past]:
    """Give two months made of days of the data for each seed; the second is tried, the first was before."""
    for seed in seeds:
        usage = resampled(drawn_days(seed, 2 * MONTH))
        yield Past(usage=usage, first=MONTH, known=part(usage, 0, MONTH))


def resampled(days: Sequence[int]) -> History:
    """Put days of the data together anew."""
    usage = sample()
    by_day = [within(usage.entries or (), _day(day)) for day in range((usage.end - usage.start) // DAY)]
    entries = tuple(
        msgspec.structs.replace(entry, created=entry.created + to_micros(BEGIN + (place - day) * DAY) - to_micros(BEGIN), query_id=f"{place}-{entry.query_id}")
        for place, day in enumerate(days)
        for entry in by_day[day]
    )
    return History(
        source="months made of days of real usage",
        start=BEGIN,
        end=BEGIN + len(days) * DAY,
        slots=slots_of(entries),
        entries=entries,
    )


def part(usage: History, first: int, last: int) -> History:
    """Give the days from the number `first` on, before `last`."""
    span = (usage.start + first * DAY, usage.start + last * DAY)
    kept = within(usage.entries or (), span)
    return History(source=usage.source, start=span[0], end=span[1], slots=slots_of(kept), entries=kept)


def _day(number: int):
    return BEGIN + number * DAY, BEGIN + (number + 1) * DAY


def _example(_: History) -> Config:
    return parse(EXAMPLE.read_text(encoding="utf-8"))


def _suggested(wanted: float, known: History) -> Config:
    return suggest(known, wanted, ZONE, SLOT).replay.config

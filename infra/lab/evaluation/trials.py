"""Which configs are tried over which usage: the example, and suggestions that have not seen that usage."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial, reduce
from operator import add
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.instants import DAY, MICROSECOND, SLOT
from budget_alert.usage.entries import Entry
from lab.evaluation.histories import SEEDS, drawn_days
from poe_budget.backtest.incidents import Quality, Spending, messages, quality
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.sample import BEGIN, sample
from poe_budget.past.history import History, slots_of, within
from poe_budget.suggest.search import Probed, probed

EXAMPLE = Path(__file__).parents[2] / "budgets.toml"
ZONE = "Europe/London"
"""That of the example config."""
MONTH = 30
MADE = SEEDS[:10]


class Past(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Usage, of which a config is tried on the days from number `first` on, before `last`.

    What is `known` may be looked at to make the config; none of those days are in it.
    """

    usage: History
    first: int
    last: int
    known: History

    def quality(self, config: Config) -> Quality:
        """Replay those days; the earlier ones are the past that the first tick finds."""
        start = self.usage.start + self.first * DAY
        done = replay(config, part(self.usage, 0, self.last), Conditions(interval=SLOT, start=start))
        spending = Spending(self.usage)
        found = spending.incidents(ZoneInfo(config.timezone))
        return quality(messages(done), spending, found, (done.start, done.end))


ConfigFor = Callable[[Past], Config]
"""Gives the config for an account of which only a part of the usage is known."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A config, or a way to one, and what it is tried on."""

    name: str
    over: str
    config: ConfigFor
    pasts: Callable[[], Iterable[Past]]

    def quality(self) -> Quality:
        """Replay all of it."""
        return reduce(add, (past.quality(self.config(past)) for past in self.pasts()))


def trials() -> list[Trial]:
    """Give all that are made."""
    configs: Sequence[tuple[str, ConfigFor]] = (
        ("The example", example),
        ("2 a month", partial(suggested, 2)),
        ("8 a month", partial(suggested, 8)),
    )
    usage = (("the data", halves), ("made months", partial(map, months, MADE)))
    return [
        Trial(name=name, over=over, config=config, pasts=pasts)
        for over, pasts in usage
        for name, config in configs
    ]


@cache
def halves() -> tuple[Past, ...]:
    """Give the two halves of the data, each with the other one known."""
    usage = sample()
    days = (usage.end - usage.start) // DAY
    half = days // 2
    return (
        Past(usage=usage, first=0, last=half, known=part(usage, half, days)),
        Past(usage=usage, first=half, last=days, known=part(usage, 0, half)),
    )


@cache
def months(seed: int) -> Past:
    """Make two months of days of the data, the second to be tried on, the first known."""
    usage = made_of(drawn_days(seed, 2 * MONTH))
    return Past(usage=usage, first=MONTH, last=2 * MONTH, known=part(usage, 0, MONTH))


def made_of(days: Sequence[int]) -> History:
    """Put days of the data together anew; 0 is its first."""
    by_day = _days()
    entries = tuple(
        msgspec.structs.replace(
            entry,
            created=entry.created + (place - day) * DAY // MICROSECOND,
            query_id=f"{place}-{entry.query_id}",
        )
        for place, day in enumerate(days)
        for entry in by_day[day]
    )
    return History(
        source="days of real usage, put together anew",
        start=BEGIN,
        end=BEGIN + len(days) * DAY,
        slots=slots_of(entries),
        entries=entries,
    )


def part(usage: History, first: int, last: int) -> History:
    """Give the days from number `first` on, before `last`."""
    start, end = usage.start + first * DAY, usage.start + last * DAY
    kept = within(usage.entries or (), (start, end))
    return History(source=usage.source, start=start, end=end, slots=slots_of(kept), entries=kept)


@cache
def _days() -> tuple[tuple[Entry, ...], ...]:
    usage = sample()
    return tuple(part(usage, day, day + 1).entries or () for day in range((usage.end - usage.start) // DAY))


def example(_: Past) -> Config:
    """Give the example config, which goes by no history."""
    return parse(EXAMPLE.read_text(encoding="utf-8"))


def suggested(wanted: float, past: Past) -> Config:
    """Give the suggestion for so many alerts a month."""
    proposal, _ = _probed(past).proposal(wanted)
    return parse(proposal.text())


@cache
def _probed(past: Past) -> Probed:
    return probed(past.known, ZONE, Conditions(interval=SLOT))

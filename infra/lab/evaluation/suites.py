"""What is replayed: histories, their windows, the budgets in them, and when they are looked at."""

import math
from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from budget_alert.outlook.past import LEAST_DAYS
from budget_alert.rules.budget import LEAST_SHARE
from lab.evaluation import histories
from lab.evaluation.forecasters import SEEN_WHOLE, Moment
from lab.evaluation.histories import HOURS, History

WEEK, MONTH = 7 * HOURS, 30 * HOURS
KNOWN = 28 * HOURS
"""Windows of made histories begin after so many hours: they are about a rhythm or a trend being known."""
BUDGETS = tuple(tenth / 10 for tenth in range(6, 19))
"""Levels, over the median of what all windows of a suite end at."""
SEEDS = range(5000, 5020)
"""No seed of these was used to tune the forecast."""


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """Histories of a kind, and windows of `length` hours in them.

    From `first` on a window begins every `every` hours; within it, somebody asks every `asked` hours.
    """

    name: str
    histories: Sequence[History]
    length: int
    first: int
    every: int
    asked: int

    def windows(self) -> Iterator[tuple[History, int]]:
        """Give each window, as its history and the hour of its begin."""
        for history in self.histories:
            for start in range(self.first, len(history.hours) - self.length + 1, self.every):
                yield history, start

    def levels(self) -> list[int]:
        """Give the budgets, lowest first, in points."""
        typical = median(history.total(start, start + self.length) for history, start in self.windows())
        return [max(math.ceil(typical * share), 1) for share in BUDGETS]

    def moments(self, history: History, start: int) -> Iterator[Moment]:
        """Give the instants of a window at which the function would foretell."""
        earliest = max(start + self.length / LEAST_SHARE, SEEN_WHOLE + LEAST_DAYS * HOURS)
        for now in range(start, start + self.length, self.asked):
            if now >= earliest:
                yield Moment(history, start, start + self.length, now)


def suites() -> list[Suite]:
    """Give all that is replayed, the two suites made of the data first."""
    made = [
        _made(name, kind, length)
        for name, kind in (
            ("Flat", histories.flat),
            ("Weekly rhythm", histories.weekly),
            ("Growing by 2 % a day", histories.growing),
            ("One burst", histories.one_burst),
        )
        for length in (WEEK, MONTH)
    ]
    return [data(), months(SEEDS), *begun(SEEDS), *made]


def data() -> Suite:
    """Weeks of the data."""
    return Suite(name="The data, weeks", histories=[histories.real()], length=WEEK, first=0, every=6, asked=1)


def months(seeds: Sequence[int]) -> Suite:
    """Months of histories made of blocks of days of the data, one history of four months for each seed."""
    return Suite(
        name="Made of its days, months",
        histories=[histories.resampled(seed, 120) for seed in seeds],
        length=MONTH,
        first=KNOWN,
        every=6 * HOURS,
        asked=6,
    )


def begun(seeds: Sequence[int]) -> list[Suite]:
    """Weeks and months in which an account is used for the first time, or was in the two weeks before."""
    idle = 30
    return [
        Suite(
            name=f"The same, just begun, {words}",
            histories=[histories.begun(histories.resampled(seed, days), idle) for seed in seeds],
            length=length,
            first=idle * HOURS,
            every=3 * HOURS,
            asked=6,
        )
        for words, length, days in (("weeks", WEEK, 21), ("months", MONTH, 44))
    ]


def _made(name: str, kind: histories.Kind, length: int) -> Suite:
    words = {WEEK: "weeks", MONTH: "months"}
    return Suite(
        name=f"{name}, {words[length]}",
        histories=[kind(seed, 120) for seed in SEEDS[:3]],
        length=length,
        first=KNOWN,
        every={WEEK: 84, MONTH: 6 * HOURS}[length],
        asked={WEEK: 4, MONTH: 12}[length],
    )

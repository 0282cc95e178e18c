"""What a reader would want to hear of, found in the usage alone, and how well messages fit it."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from statistics import median
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.alerts import Kind
from budget_alert.config.periods import CalendarPeriod, Day, Window, windows_between
from budget_alert.instants import DAY, MICROSECOND, SLOT, to_micros
from budget_alert.usage.slots import Span
from poe_budget.backtest.results import Replay
from poe_budget.past.history import History

WEEK = timedelta(days=7)
DAYS = Day()
UNASKED = (Kind.WELCOME, Kind.DIGEST)
"""These come whatever is spent."""
BIG = 3
"""A day is big that takes so many times the points of the median day."""


Spent = tuple[Window, int]
"""A day and its points."""


class Spending:
    """What was spent up to any instant, as exactly as a history tells: a quarter hour counts at its end."""

    def __init__(self, history: History) -> None:
        self.span = history.start, history.end
        spends = list(_spends(history))
        self._at = [at for at, _ in spends]
        self._before = list(accumulate((points for _, points in spends), initial=0))

    def between(self, start: datetime, end: datetime) -> int:
        """Add up the points of [start, end)."""
        first, last = (bisect_left(self._at, to_micros(at)) for at in (start, end))
        return self._before[last] - self._before[first]

    def days(self, zone: ZoneInfo, period: CalendarPeriod = DAYS) -> list[Spent]:
        """Give the days, or weeks, of a zone that lie whole in the history, and their points, in order."""
        start, end = self.span
        every = windows_between(period, zone, start, end)
        whole = (one for one in every if start <= one.start and one.end <= end)
        return [(one, self.between(one.start, one.end)) for one in whole]

    def incidents(self, zone: ZoneInfo) -> list[Window]:
        """Find the incidents: big days in a row, oldest first; the median is that of all days of the zone."""
        days = self.days(zone)
        return stretches(days, BIG * median([points for _, points in days] or [0]))


def stretches(days: Sequence[Spent], least: float) -> list[Window]:
    """Find the days in a row that took at least so many points each, and at least one."""
    runs = (list(run) for high, run in groupby(days, key=lambda day: day[1] >= max(least, 1)) if high)
    return [Window(run[0][0].start, run[-1][0].end) for run in runs]


def heaviest(days: Sequence[Spent], wanted: int) -> list[Window]:
    """Find about so many stretches of the heaviest days: of all days that took at least some points."""
    tried = [stretches(days, least) for least in sorted({points for _, points in days}, reverse=True)]
    return min(tried, key=lambda found: abs(len(found) - wanted), default=[])


def by_incident(alerts: Iterable[datetime]) -> int:
    """Count those as one that come within a day of the first of them."""
    firsts: list[datetime] = []
    for at in sorted(alerts):
        if not firsts or at - firsts[-1] > DAY:
            firsts.append(at)
    return len(firsts)


def _spends(history: History) -> Iterator[tuple[int, int]]:
    if history.entries is not None:
        return ((entry.created, entry.points) for entry in history.entries)
    last = SLOT - MICROSECOND
    return ((to_micros(start + last), totals.points) for start, totals in sorted(history.slots.items()))


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Messages and incidents of some time.

    Of the `messages`, so many were `about` an incident. An incident is missed that had none while it lasted;
    of each of the others `spent` holds the share of its points that was gone by its first.
    """

    time: timedelta = timedelta()
    messages: int = 0
    about: int = 0
    incidents: int = 0
    spent: tuple[float, ...] = ()

    def __add__(self, other: "Quality") -> "Quality":
        """Put the time of both together."""
        return Quality(
            time=self.time + other.time,
            messages=self.messages + other.messages,
            about=self.about + other.about,
            incidents=self.incidents + other.incidents,
            spent=self.spent + other.spent,
        )

    @property
    def missed(self) -> int:
        """How many incidents had no message while they lasted."""
        return self.incidents - len(self.spent)

    @property
    def messages_a_week(self) -> float:
        """How many messages came in a week."""
        return self.messages / (self.time / WEEK)

    @property
    def others_a_week(self) -> float:
        """How many messages about no incident came in a week."""
        return (self.messages - self.about) / (self.time / WEEK)

    @property
    def messages_an_incident(self) -> float | None:
        """How many messages came of an incident that was not missed; None where all were."""
        return self.about / len(self.spent) if self.spent else None

    @property
    def spent_before(self) -> float | None:
        """The mean share of an incident's points that was gone by its first message, missed ones left out."""
        return sum(self.spent) / len(self.spent) if self.spent else None


def quality(sent: Iterable[datetime], spending: Spending, incidents: Iterable[Window], span: Span) -> Quality:
    """Compare messages with the incidents that lie whole in a span, in which all of the messages came."""
    start, end = span
    times = sorted(set(sent))
    found = [one for one in incidents if start <= one.start and one.end <= end]
    firsts = ((one, next((at for at in times if one.start <= at < one.end), None)) for one in found)
    return Quality(
        time=end - start,
        messages=len(times),
        # A message may be about an incident up to a day after its end.
        about=sum(any(one.start <= at < one.end + DAY for one in found) for at in times),
        incidents=len(found),
        spent=tuple(
            spending.between(one.start, first) / spending.between(one.start, one.end)
            for one, first in firsts
            if first
        ),
    )


def messages(replay: Replay) -> list[datetime]:
    """Tell when messages came, without those that come whatever is spent."""
    return [at for at, alert in replay.made if alert.kind not in UNASKED]

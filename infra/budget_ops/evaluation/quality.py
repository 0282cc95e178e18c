"""How well the alerts of a replay fit the incidents in its usage."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from budget_alert.accounting.entries import Entry
from budget_alert.config.periods import Day, windows_between
from budget_alert.instants import to_micros
from budget_alert.messages.alerts import Kind
from budget_ops.backtest.results import Replay
from budget_ops.evaluation.incidents import Incident, incidents
from budget_ops.past.history import History

WEEK = timedelta(days=7)
UNASKED = (Kind.WELCOME, Kind.DIGEST)
"""These come whatever is spent."""


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


def quality(replay: Replay, history: History) -> Quality:
    """Compare the messages of a replay with the incidents of the usage it went through.

    The median day is that of the whole history; days are those of the config's zone.
    """
    told = sorted({sent.at for sent in replay.sent if sent.alert.kind not in UNASKED})
    entries = history.entries or ()
    found = [one for one in _incidents(replay, history) if replay.start <= one.start and one.end <= replay.end]
    firsts = ((one, next(filter(one.lasts, told), None)) for one in found)
    return Quality(
        time=replay.end - replay.start,
        messages=len(told),
        about=sum(any(one.owns(at) for one in found) for at in told),
        incidents=len(found),
        spent=tuple(_spent(entries, one, first) for one, first in firsts if first),
    )


def _incidents(replay: Replay, history: History) -> list[Incident]:
    zone = replay.config.budgets[0].zone
    entries = history.entries or ()
    windows = windows_between(Day(), zone, history.start, history.end)
    return list(incidents([(day, _points(entries, day.start, day.end)) for day in windows]))


def _spent(entries: Sequence[Entry], incident: Incident, at: datetime) -> float:
    return _points(entries, incident.start, at) / _points(entries, incident.start, incident.end)


def _points(entries: Sequence[Entry], start: datetime, end: datetime) -> int:
    first, last = (bisect_right(entries, to_micros(at), key=_created) for at in (start, end))
    return sum(entry.points for entry in entries[first:last])


def _created(entry: Entry) -> int:
    return entry.created

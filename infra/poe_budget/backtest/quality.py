"""How well messages fit the incidents in the usage."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import Kind
from budget_alert.usage.slots import Span
from poe_budget.backtest.incidents import Incident, Spending
from poe_budget.backtest.results import Sent

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


def quality(
    told: Iterable[datetime], spending: Spending, incidents: Iterable[Incident], span: Span
) -> Quality:
    """Compare messages with the incidents that lie whole in a span, in which all of the messages came."""
    start, end = span
    times = sorted(set(told))
    found = [one for one in incidents if start <= one.start and one.end <= end]
    firsts = ((one, next(filter(one.lasts, times), None)) for one in found)
    return Quality(
        time=end - start,
        messages=len(times),
        about=sum(any(one.owns(at) for one in found) for at in times),
        incidents=len(found),
        spent=tuple(
            spending.between(one.start, first) / spending.between(one.start, one.end)
            for one, first in firsts
            if first
        ),
    )


def messages(sent: Iterable[Sent]) -> list[datetime]:
    """Tell when messages came, without those that come whatever is spent."""
    return [each.at for each in sent if each.alert.kind not in UNASKED]

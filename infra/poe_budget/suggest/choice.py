"""Which of the levels that were tried to suggest: those that warn early, and no more often than wanted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import TypeVar

import msgspec

from budget_alert.usage.slots import Span
from poe_budget.backtest.incidents import Incident, Spending, by_incident
from poe_budget.backtest.quality import Quality, quality
from poe_budget.suggest.levels import rarely_enough

SLACK = 0.25
"""By such a part more than wanted is near enough, and one more in any case: usage comes in lumps."""
A_MESSAGE = 0.01
"""One more message a month must come earlier by this share of the points of all bursts to be worth it."""
MONTH = timedelta(days=30)

Threshold = TypeVar("Threshold")
Sendings = Mapping[Threshold, Sequence[datetime]]
"""When a rule sent alerts, by the level that was tried."""
Spike = tuple[int, int]
"""At least so many points, and so many times the usual."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What levels of a month, of a span and of spikes have sent, and the `bursts` to be warned of.

    Of spans and of spikes the highest was tried for those who want silence: nothing in the past reached it.
    """

    months: Sendings[int]
    spans: Sendings[int]
    spikes: Sendings[Spike]
    bursts: Sequence[Incident]
    spending: Spending
    time: Span

    def fit(self, sent: Sequence[datetime]) -> Quality:
        """Compare messages with the bursts."""
        return quality(sent, self.spending, self.bursts, self.time)

    def best(self, goal: float) -> tuple[int, int, Spike]:
        """Give a month, a span and a spike that send about so many alerts, as early as such can."""
        month = rarely_enough({level: by_incident(at) for level, at in self.months.items()}, goal / 2)
        silent = (max(self.spans), max(self.spikes))

        def sent(pair: tuple[int, Spike]) -> list[datetime]:
            return [*self.months[month], *self.spans[pair[0]], *self.spikes[pair[1]]]

        def unfit(pair: tuple[int, Spike]) -> tuple[int, float, int, Spike]:
            never = sum(level == none for level, none in zip(pair, silent, strict=True))
            return never, round(cost(self.fit(sent(pair))), 3), -pair[0], pair[1]

        most = goal + min(max(SLACK * goal, 1), goal / 2)
        fits = [pair for pair in product(self.spans, self.spikes) if by_incident(sent(pair)) <= most]
        return month, *min(fits or [silent], key=unfit)


def cost(found: Quality) -> float:
    """Give the share of the points of a burst that is spent before a message, and what all messages cost."""
    spent = sum(found.spent) + found.missed
    return spent / max(found.incidents, 1) + A_MESSAGE * found.messages * (MONTH / found.time)

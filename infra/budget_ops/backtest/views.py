"""A budget's view in a replay: the past of all days but today stays from tick to tick."""

from collections.abc import Mapping
from datetime import datetime

from budget_alert.accounting.gaps import Gaps
from budget_alert.accounting.usage import HOURS, Day, Tally
from budget_alert.instants import DAY, day_of
from budget_alert.outlook.past import Past, past_of
from budget_alert.policy.questions import Question
from budget_alert.policy.views import View
from budget_ops.backtest.series import Matches
from budget_ops.backtest.usage import ReplayedUsage

IDLE = Day(Tally(), (0,) * HOURS)


class Pasts:
    """The past of what matches, as `past_of` gives it; at one instant after another."""

    def __init__(self, matches: Matches | None) -> None:
        self._matches = matches
        self._days: tuple[datetime, datetime] | None = None
        self._before: Past | None = None

    def at(self, days: Mapping[datetime, Day], now: datetime) -> Past | None:
        """Give the past up to `now`; of its days, by their order, only today's has changed since midnight."""
        today = day_of(now)
        first = next(iter(days), today)
        if (first, today) != self._days:
            before = {start: day for start, day in days.items() if start < today}
            self._days, self._before = (first, today), past_of(before, today, self._matches)
        if self._before is None:
            return past_of(days, now, self._matches)
        # The first day given is left out: what came before counts already.
        since = past_of({today - DAY: IDLE, today: days.get(today, IDLE)}, now, self._matches)
        return Past(self._before.start, self._before.hours + since.hours) if since else self._before


class ReplayedView(View):
    """A view that takes the past from `pasts`."""

    def __init__(self, question: Question, usage: ReplayedUsage, gaps: Gaps, pasts: Pasts) -> None:
        super().__init__(question, usage, gaps)
        self._read = usage
        self._put_together = pasts

    def past(self, now: datetime) -> Past | None:
        """Give the past of what the budget counts."""
        if now not in self._pasts:
            self._pasts[now] = self._put_together.at(self._read.days, now)
        return self._pasts[now]

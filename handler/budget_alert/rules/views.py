"""A question together with the usage that its budget counts, summed window by window."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, Filter
from budget_alert.outlook.past import Past, past_of
from budget_alert.rules.questions import Question
from budget_alert.usage.slots import RecordedUsage
from budget_alert.usage.totals import Dimensions, Totals


class View:
    """One budget's question and usage; each window is summed once."""

    def __init__(self, question: Question, usage: RecordedUsage) -> None:
        self.question = question
        self.budget: Budget = question.budget
        self.matches = matcher(question.budget.filter)
        self.filtered = question.budget.filter != Filter()
        self.usage = usage.only(self.matches) if self.filtered else usage
        self._all_totals: dict[Window, Totals] = {}
        self._pasts: dict[datetime, Past | None] = {}

    def totals(self, window: Window) -> Totals:
        """Sum a window, part by part."""
        if window not in self._all_totals:
            self._all_totals[window] = self.usage.between(window.start, window.end)
        return self._all_totals[window]

    def points(self, window: Window) -> int:
        """Sum the points of a window."""
        return self.usage.points(window.start, window.end)

    def past(self, known_from: datetime, now: datetime) -> Past | None:
        """Give the past of what the budget counts, hour by hour; None where nothing is known."""
        if now not in self._pasts:
            past = past_of(self.usage.days, known_from, now)
            self._pasts[now] = past.hourly if past else None
        return self._pasts[now]


@lru_cache(maxsize=512)
def matcher(kept: Filter) -> Callable[[Dimensions], bool]:
    """Give what tells whether a filter counts a part; equal filters get the same function."""
    return lambda part: kept.matches(part.bot, part.usage_type, part.api_key)

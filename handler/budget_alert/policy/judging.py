"""One budget's windows, their usage and what was told of them -> what is to be told now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from budget_alert.accounting.gaps import Gaps, overlaps
from budget_alert.accounting.usage import Tally, Usage
from budget_alert.config.periods import Rolling, Window
from budget_alert.config.rules import Budget, Config, Level
from budget_alert.messages.alerts import Alert, Kind, Reason, Severity
from budget_alert.policy.claims import Step
from budget_alert.policy.questions import Question
from budget_alert.policy.spending import counted, standing
from budget_alert.policy.told import Mark, Told

REMEMBERED = timedelta(days=3)
"""How long before the oldest unjudged instant a re-armed mark still keeps a late change silent."""


class Judge:
    """Judges one budget; made anew for each."""

    def __init__(self, config: Config, question: Question, usage: Usage, gaps: Gaps, now: datetime) -> None:
        self._config = config
        self._question = question
        self._budget: Budget = question.budget
        self._usage = counted(question.budget, usage)
        self._gaps = gaps
        self._now = now

    def steps(self, told: Mapping[str, Told]) -> list[Step]:
        """Judge window after window; what one finds counts as told for the next."""
        known = dict(told)
        steps = []
        for window in self._question.windows:
            key = self._question.told_key(window)
            before = known.get(key, Told())
            step = self._step(key, window, before)
            known[key] = step.told
            if step.told != before or step.alert:
                steps.append(step)
        return steps

    def _step(self, key: str, window: Window, told: Told) -> Step:
        tally = self._usage.between(window.start, window.end)
        complete = not overlaps(self._gaps, (window.start, window.end))
        told = self._rearmed(told, window, tally, complete=complete)
        crossed = [level for level in self._budget.alert_at if tally.points >= level.points]
        new = [level for level in crossed if not told.holds(level.points, level.share, window.end)]
        if new:
            told = told.with_marks(self._mark(level, window) for level in new)
            reason = Reason.ALREADY if self._question.known.fresh else Reason.CROSSED
            return Step(key, told, self._alert(reason, new[-1], window, tally, complete=complete))
        if crossed and window == self._question.present and self._repeat_is_due(told):
            told = told.told_again(self._now)
            return Step(
                key, told, self._alert(Reason.REPEATED, crossed[-1], window, tally, complete=complete)
            )
        return Step(key, told)

    def _rearmed(self, told: Told, window: Window, tally: Tally, *, complete: bool) -> Told:
        """Re-arm at whole quarter hours that were seen whole: a partial sum is not an all-clear."""
        if not isinstance(self._budget.period, Rolling) or not complete or window.end > self._now:
            return told
        return told.rearmed(tally.points, window.end).since(self._question.windows[0].end - REMEMBERED)

    def _mark(self, level: Level, window: Window) -> Mark:
        return Mark(points=level.points, share=level.share, told_at=self._now, window_end=window.end)

    def _repeat_is_due(self, told: Told) -> bool:
        last = max((mark.told_at for mark in told.active()), default=None)
        return (
            self._budget.repeat is not None and last is not None and last + self._budget.repeat <= self._now
        )

    def _alert(self, reason: Reason, level: Level, window: Window, tally: Tally, *, complete: bool) -> Alert:
        again = self._now if reason is Reason.REPEATED else window.end
        severity = Severity.CRITICAL if level.points >= self._budget.points else Severity.WARNING
        return Alert(
            id=identity("budget", self._budget.fingerprint, window.start, again, level.points, level.text),
            rule=self._budget.name,
            kind=Kind.BUDGET,
            severity=Severity.INFO if reason is Reason.ALREADY else severity,
            zone=self._config.timezone,
            counted_at=self._now,
            reason=reason,
            standing=standing(self._config, self._budget, window, tally, complete=complete),
            threshold=level.text,
            threshold_points=level.points,
            complete=complete,
        )


def identity(*parts: object) -> str:
    """Make an alert's id: the same parts give the same sixteen hex digits."""
    return blake2b(msgspec.json.encode(parts), digest_size=8).hexdigest()

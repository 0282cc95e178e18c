"""One budget's windows, their usage and what was told of them -> what is to be told now."""

from collections.abc import Mapping
from datetime import timedelta

from budget_alert.alerts import BudgetAlert, Reason, Severity
from budget_alert.config.periods import Window
from budget_alert.config.schema import Threshold
from budget_alert.identity import identity
from budget_alert.rules.case import Case
from budget_alert.rules.decision import Notice
from budget_alert.rules.notified import Crossing, Notified, rest_of
from budget_alert.rules.standings import standing_in
from budget_alert.rules.views import View

REMEMBERED = timedelta(days=3)
"""How long before the oldest unjudged instant a re-armed mark still keeps a late change silent."""


class Judge:
    """Judges one budget; made anew for each."""

    def __init__(self, case: Case, view: View) -> None:
        self._case = case
        self._view = view
        self._question = view.question
        self._budget = view.budget

    def notices(self, told: Mapping[str, Notified]) -> list[Notice]:
        """Judge window after window; what one finds counts as told for the next."""
        known = dict(told)
        notices = []
        for window in self._question.windows:
            key = self._question.told_key(window)
            before = known.get(key, Notified())
            notice = self._step(key, window, before)
            known[key] = notice.told
            if notice.told != before or notice.alert:
                notices.append(notice)
        return notices

    def _step(self, key: str, window: Window, told: Notified) -> Notice:
        points = self._view.points(window)
        told = self._rearmed(told, window, points)
        crossed = [level for level in self._budget.alert_at if points >= level.points]
        new = [level for level in crossed if not told.holds(level.points, level.share, window.end)]
        if new:
            # What rests and lies lower is covered: once the sum falls again, it is no news.
            covered = [
                level
                for level in crossed
                if level.points <= new[-1].points and not told.covers(level.points, level.share, window.end)
            ]
            told = told.with_crossings(self._mark(level, window) for level in covered)
            reason = Reason.ALREADY if self._question.known.fresh else Reason.CROSSED
            return Notice(key, told, self._alert(reason, new[-1], window, highest=crossed[-1]))
        held = [level for level in crossed if told.covers(level.points, level.share, window.end)]
        if held and window == self._question.present and self._repeat_is_due(told):
            told = told.told_again(self._case.now)
            return Notice(key, told, self._alert(Reason.REPEATED, held[-1], window, highest=crossed[-1]))
        return Notice(key, told)

    def _rearmed(self, told: Notified, window: Window, points: int) -> Notified:
        """Re-arm at whole quarter hours of which nothing is to be read and no account is missing."""
        if not self._question.rolls or window.end > self._case.now:
            return told
        if not self._case.is_all_clear(window, self._budget.accounts if self._budget.together else ()):
            return told
        fallen = told.rearmed(points, window.end, self._budget.rearm_below)
        return fallen.since(self._question.windows[0].end - REMEMBERED)

    def _mark(self, level: Threshold, window: Window) -> Crossing:
        length = window.end - window.start
        return Crossing(
            points=level.points,
            share=level.share,
            told_at=self._case.now,
            window_end=window.end,
            rests_until=rest_of(window, length, self._case.now) if self._question.rolls else None,
        )

    def _repeat_is_due(self, told: Notified) -> bool:
        if self._budget.repeat is None or told.last is None:
            return False
        return told.last + self._budget.repeat <= self._case.now

    def _alert(self, reason: Reason, level: Threshold, window: Window, *, highest: Threshold) -> BudgetAlert:
        # At the end of a threshold's rest, or at its repetition, a higher one may be passed that rests still.
        again = self._case.now if reason is Reason.REPEATED else window.end
        severity = Severity.CRITICAL if highest.points >= self._budget.points else Severity.WARNING
        return BudgetAlert(
            id=identity("budget", self._budget.fingerprint, window.start, again, level.points, level.text),
            rule=self._budget.name,
            severity=Severity.INFO if reason is Reason.ALREADY else severity,
            zone=self._case.config.timezone,
            counted_at=self._case.now,
            reason=reason,
            standing=standing_in(self._case, self._view, window),
            threshold=level.text,
            threshold_points=level.points,
            complete=self._case.whole(window),
            missing=self._case.missing(window),
        )

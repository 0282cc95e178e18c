"""Usage that is much more than usual -> what is told of it, once until it is back to usual."""

import math
from fractions import Fraction

from budget_alert.alerts import Severity, Spike, SpikeAlert
from budget_alert.config.periods import Window
from budget_alert.config.schema import CLEARLY_BELOW
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.outlook.past import PAST_DAYS
from budget_alert.outlook.usual import Usual, usual
from budget_alert.rules.case import Case
from budget_alert.rules.decision import Notice
from budget_alert.rules.judging import REMEMBERED
from budget_alert.rules.movers import rises
from budget_alert.rules.notified import Crossing, Notified, rest_of
from budget_alert.rules.questions import SpikeQuestion
from budget_alert.usage.totals import Totals

ANY = Fraction(1)
"""A spike has one threshold only: its share plays no part."""


class SpikeJudge:
    """Judges one spike rule; made anew for each."""

    def __init__(self, case: Case, question: SpikeQuestion) -> None:
        self._case = case
        self._question = question
        self._rule = question.rule
        self._past = case.past()

    def notices(self) -> list[Notice]:
        """Judge window after window; what one finds counts as told for the next."""
        told = self._case.told.get(self._question.told_key, Notified())
        notices = []
        for window in self._question.windows:
            notice = self._step(window, told)
            if notice.told != told or notice.alert:
                notices.append(notice)
            told = notice.told
        return notices

    def _step(self, window: Window, told: Notified) -> Notice:
        points = self._case.usage.points(window.start, window.end)
        told = self._rearmed(told, window, points)
        normal = self._usual(window) if points >= self._rule.at_least else None
        if normal is None or not self._is_spike(points, normal) or self._is_told(told, window):
            return Notice(self._question.told_key, told)
        crossing = Crossing(
            points=self._rearms_below(normal),
            share=ANY,
            told_at=self._case.now,
            window_end=window.end,
            rests_until=rest_of(window, self._rule.window, self._case.now),
        )
        return Notice(self._question.told_key, told.with_crossings([crossing]), self._alert(window, normal))

    def _is_told(self, told: Notified, window: Window) -> bool:
        return told.holds(1, ANY, window.end) or bool(told.resting(window.end))

    def _rearms_below(self, normal: Usual) -> int:
        """Give what usage has to fall below: clearly below a spike, and back to just above what is usual."""
        back = max(normal.points, normal.high, self._rule.at_least // 10) + 1
        reached = max(math.ceil(self._rule.times * normal.points), self._rule.at_least, normal.high + 1)
        return min(back, math.ceil(reached * CLEARLY_BELOW))

    def _rearmed(self, told: Notified, window: Window, points: int) -> Notified:
        """Re-arm where usage is back to what was usual: a mark's points say below what that is."""
        if not self._case.is_all_clear(window) or window.end > self._case.now:
            return told
        return told.rearmed(points, window.end).since(self._question.windows[0].end - REMEMBERED)

    def _usual(self, window: Window) -> Usual | None:
        """Tell what is usual, from a past that was read whole: what is unread would seem idle.

        Once a gap is closed, all windows from its beginning on are judged again.
        """
        known = self._case.read(Window(window.start - PAST_DAYS * DAY, window.start))
        return usual(self._past, window, self._case.config.zone) if self._past and known else None

    def _is_spike(self, points: int, normal: Usual) -> bool:
        return points >= self._rule.times * normal.points and points > normal.high

    def _alert(self, window: Window, normal: Usual) -> SpikeAlert:
        totals = self._case.usage.between(window.start, window.end)
        days = self._case.days_before(window.start)
        share = (window.end - window.start) / DAY
        # Where all accounts are summed, they stand in the place of keys.
        keys = rises(totals, days, share, Totals.by_key)
        spike = Spike(
            window=window,
            points=totals.points,
            usual=normal.points,
            times=self._rule.times,
            at_least=self._rule.at_least,
            bots=rises(totals, days, share, Totals.by_bot),
            keys=() if self._rule.together else keys,
            accounts=keys if self._rule.together else (),
            idle_since=self._past.until(window.start).idle_since if self._past else None,
        )
        return SpikeAlert(
            id=identity("spike", self._rule.fingerprint, window.end),
            rule=self._rule.name,
            severity=Severity.WARNING,
            zone=self._case.config.timezone,
            usd_per_million_points=self._case.config.usd_per_million_points,
            counted_at=self._case.now,
            spike=spike,
            complete=self._case.whole(window),
            missing=self._case.missing(window),
        )

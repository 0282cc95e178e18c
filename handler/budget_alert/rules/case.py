"""All that a judgement goes by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from budget_alert.alerts import Severity
from budget_alert.config.patterns import fits
from budget_alert.config.periods import Window, midnights
from budget_alert.config.schema import Config
from budget_alert.instants import DAY, day_of
from budget_alert.outlook.past import PAST_DAYS, Past, past_of
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.plan import Plan
from budget_alert.rules.reconciliation import Reconciliation, reckoned
from budget_alert.rules.views import View
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import MOST_NAMED
from budget_alert.usage.missing import Holes, Why
from budget_alert.usage.slots import RecordedUsage, Slots
from budget_alert.usage.state import FRESH, State
from budget_alert.usage.totals import Totals

DAYS_SHOWN = 14


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What was planned and what was read for it.

    `named` are the slots that the plan names; `unreadable` counts the rows that the tick had to leave out.
    `test` asks for an alert of that severity that tries the channels; `hushed` for no welcome but one that
    says that a threshold is passed.
    """

    config: Config
    plan: Plan
    views: Sequence[View]
    usage: RecordedUsage
    memory: Memory
    state: State
    told: Mapping[str, Notified] = {}
    named: Slots = {}
    unreadable: int = 0
    test: Severity | None = None
    hushed: bool = False

    @property
    def now(self) -> datetime:
        """The instant of the tick."""
        return self.plan.now

    @property
    def balance(self) -> PoeBalance | None:
        """What Poe says is left; None where it was not asked or did not say."""
        return self.plan.balance

    @property
    def up_to_date(self) -> bool:
        """Whether everything was read just now: no forecast goes by an older sum."""
        return self.state.completed_at is not None and self.now - self.state.completed_at <= FRESH

    @property
    def reconciliation(self) -> Reconciliation | None:
        """The balance against the history, this tick included; None where Poe never said what is left."""
        known = self.memory.reconciliation
        return reckoned(known, self.balance, self.state.counted, self.now) if self.balance else known

    def whole(self, window: Window) -> bool:
        """Tell whether no usage of a window is missing."""
        return not self.missing(window)

    def missing(self, window: Window) -> Holes:
        """Tell why the sum of a window may be more than is counted; empty where it is whole."""
        return self.state.missing((window.start, window.end), self.now)

    def read(self, window: Window) -> bool:
        """Tell whether no part of a window is still to be read.

        What will never be counted is no reason to wait: a rule that waited for it would be silent for ever.
        """
        return not self.state.unread((window.start, window.end), self.now)

    def is_all_clear(self, window: Window, accounts: tuple[str, ...] = ()) -> bool:
        """Tell whether the sum of a window, if it is low, shows that usage has fallen.

        It does not where something is still to be read, or where an account is missing that is counted:
        one that fits `accounts`, or any. Where many are missing, not all of them are named.
        """
        if self.state.whole_until is None or self.state.whole_until < window.end:
            return False
        missing = self.missing(window)
        away = {one.account for one in missing if one.why is Why.ACCOUNT}
        unknown = len(away) >= MOST_NAMED or any(one.why is Why.UNREAD for one in missing)
        lacking = away | self.usage.lacking(window.end)
        return not unknown and not any(not accounts or fits(accounts, one) for one in lacking)

    def daily(self, usage: RecordedUsage) -> tuple[int, ...]:
        """Give the points of each of the zone's last days, oldest first, today last; none where not read."""
        if self.plan.past is None:
            return ()
        return tuple(usage.by_days(midnights(self.config.zone, self.now, DAYS_SHOWN)))

    def days_before(self, instant: datetime) -> list[Totals]:
        """Give the zone's last whole days that ended by an instant, as far as they are known."""
        days = pairwise(midnights(self.config.zone, instant, DAYS_SHOWN + 1)[:-1])
        return [self.usage.near(start, end) for start, end in days if start >= self._past_from]

    def past(self) -> Past | None:
        """Give the past of everything, by quarter hours; None where it was not read."""
        return past_of(self.usage.days, self._past_from, self.now) if self.plan.past else None

    def past_of(self, view: View) -> Past | None:
        """Give the past of what a budget counts, hour by hour; None where it was not read.

        It begins where no gap is left: what is unread would seem idle.
        """
        if self.plan.past is None:
            return None
        return view.past(max([self._past_from, *(gap.end for gap in self.state.gaps)]), self.now)

    @property
    def _past_from(self) -> datetime:
        """The instant from which on a time without usage was idle, and not unknown."""
        lost = (hole.end for hole in self.state.holes if hole.why is Why.LOST)
        return max([self.state.known_from, day_of(self.now) - PAST_DAYS * DAY, *lost])

"""An account that is judged at instants, without a ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import Alert, BudgetAlert, Standing
from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.instants import slot_of
from budget_alert.rules.costly import costly_from
from budget_alert.rules.decision import Decision
from budget_alert.rules.judge import judge
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.plan import planned
from budget_alert.rules.reading import case_of
from budget_alert.rules.standings import present_standings
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.gaps import Gap
from budget_alert.usage.missing import Missing, Why
from budget_alert.usage.slots import Absent, RecordedUsage, Slots, Span, by_day, day_from, needs
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from tests.support.histories import START, entry

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Account:
    """An account that is judged at instants: usage in slots, and a memory of what was told."""

    def __init__(self, config: str, now: datetime = START) -> None:
        self.config: Config = parse(config)
        self.now = now
        self.spent: dict[datetime, Totals] = {}
        self.state = State(started_at=now, cursor=Cursor(0, "q"), completed_at=now)
        self.memory = Memory()
        self.notified: dict[str, Notified] = {}
        self.reads = True
        self.balance: PoeBalance | None = None
        self.absent: Absent = lambda _end: frozenset()

    def configure(self, config: str) -> None:
        """Put another config in force."""
        self.config = parse(config)

    def spend(self, points: int, at: datetime | None = None, **row: str) -> None:
        """Count usage, as a scan would have, and mark it as unjudged."""
        at = at or self.now
        slot = slot_of(at)
        spent = msgspec.structs.replace(entry(at, points), **row)
        totals = Totals.of([spent], costly_from(self.config))
        self.spent[slot] = self.spent.get(slot, Totals()) + totals
        self.state = msgspec.structs.replace(
            self.state.unevaluated(slot), counted=self.state.counted + points, cursor=Cursor(0, "q")
        )

    def gap(self, start: datetime, end: datetime) -> None:
        """Leave a span unread."""
        self.state = msgspec.structs.replace(self.state, gaps=(Gap(start=start, end=end, after="q"),))

    def lacks(self, start: datetime, end: datetime, why: Why = Why.ROWS, account: str = "") -> None:
        """Lack a span for good, of one account or of all."""
        self.state = msgspec.structs.replace(self.state, holes=(Missing(start, end, why, account),))

    def close_gaps(self) -> None:
        """Have read everything."""
        self.state = msgspec.structs.replace(self.state, gaps=())

    def judge(self, now: datetime | None = None) -> list[Alert]:
        """Judge as a tick does that has read everything but the gaps, and remember."""
        self.now = now or self.now
        if self.reads:
            self.state = msgspec.structs.replace(self.state, answered_at=self.now)
        if self.reads and self.state.cursor and not self.state.gaps:
            settled = self.now - HOUR
            self.state = msgspec.structs.replace(self.state, completed_at=self.now, settled_until=settled)
        decision = self._decision()
        self.notified |= {notice.key: notice.told for notice in decision.notices}
        self.memory = decision.memory or self.memory
        if decision.evaluated:
            self.state = msgspec.structs.replace(self.state, unevaluated_from=None)
        return list(decision.alerts)

    def _decision(self) -> Decision:
        plan = planned(self.config, self.memory, self.state, self.now, self.balance)
        return judge(case_of(self.config, plan, self, self.memory, self.state))

    def standings(self) -> tuple[Standing, ...]:
        """Tell where every budget stands, as a tick does that finds something new."""
        state = self.state.unevaluated(self.now)
        plan = planned(self.config, self.memory, state, self.now, self.balance)
        return present_standings(case_of(self.config, plan, self, self.memory, state), outlook=True)

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give all usage, as the ledger gives what is needed."""
        del also
        days = {day: day_from(slots, day) for day, slots in by_day(self.spent)}
        return RecordedUsage(days, self.spent, needs(spans)[1], self.absent)

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of a span, as the ledger does."""
        return {slot: totals for slot, totals in self.spent.items() if span[0] <= slot < span[1]}

    def told(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was told, as the ledger does."""
        return {key: self.notified[key] for key in keys if key in self.notified}


def budget(period: str = "day", points: int = 100, more: str = "") -> str:
    """Write a config of one budget."""
    return f'[[budget]]\nname = "B"\nperiod = "{period}"\npoints = {points}\n{more}\n'


def watched(config: str, now: datetime = START) -> Account:
    """Give an account that was welcomed."""
    account = Account(config, now)
    account.judge()
    return account


def thresholds(alerts: Sequence[Alert]) -> list[int | None]:
    """Give the thresholds of budget alerts."""
    return [alert.threshold_points for alert in alerts if isinstance(alert, BudgetAlert)]

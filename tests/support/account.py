"""An account that is evaluated at instants, without a ledger."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
import pytest
from _pytest.mark import ParameterSet

from budget_alert.alerts import Alert, BudgetAlert, Standing
from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.instants import slot_of
from budget_alert.ledger.reads import read_for
from budget_alert.rules.budget import present_standings
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import Evaluation, evaluation_of
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.query import costly_from
from budget_alert.snoozes import NO_SNOOZES, Snoozable, of_budget
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.missing import Gap, Missing, Why
from budget_alert.usage.slots import Absent, Day, RecordedUsage, Slots, Span, by_day, day_from, needs
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from tests.support.histories import START, entry

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Made = TypeVar("Made")
Given = TypeVar("Given")


class Account:
    """An account that is evaluated at instants: usage in slots, and a memory of what was notified."""

    def __init__(self, config: str, now: datetime = START) -> None:
        self.config: Config = parse(config)
        self.now = now
        self.spent: dict[datetime, Totals] = {}
        self.state = State(started_at=now, cursor=Cursor(0, "q"), completed_at=now)
        self.memory = Memory()
        self.snoozes = NO_SNOOZES
        self.sent: dict[str, Notified] = {}
        self.reads = True
        self.balance: PoeBalance | None = None
        self._days: dict[datetime, tuple[Slots, Day]] = {}
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
        self.state = msgspec.structs.replace(self.state.unevaluated(slot), cursor=Cursor(0, "q"))

    def gap(self, start: datetime, end: datetime) -> None:
        """Leave a span unread."""
        self.state = msgspec.structs.replace(self.state, gaps=(Gap(start=start, end=end, after="q"),))

    def lacks(self, start: datetime, end: datetime, why: Why = Why.ROWS, account: str = "") -> None:
        """Lack a span for good, of one account or of all."""
        self.state = msgspec.structs.replace(self.state, holes=(Missing(start, end, why, account),))

    def close_gaps(self) -> None:
        """Have read everything."""
        self.state = msgspec.structs.replace(self.state, gaps=())

    def tick(self, now: datetime | None = None) -> list[Alert]:
        """Evaluate as a tick does that has read everything but the gaps, and remember."""
        self.now = now or self.now
        if self.reads:
            self.state = msgspec.structs.replace(self.state, answered_at=self.now)
        if self.reads and self.state.cursor and not self.state.gaps:
            settled = self.now - HOUR
            self.state = msgspec.structs.replace(self.state, completed_at=self.now, settled_until=settled)
        decision = evaluate(self.evaluation())
        self.sent |= {notice.key: notice.notified for notice in decision.notices}
        self.memory = decision.memory or self.memory
        if decision.evaluated:
            self.state = msgspec.structs.replace(self.state, unevaluated_from=None)
        return list(decision.alerts)

    def evaluation(self, state: State | None = None) -> Evaluation:
        """Give what a tick evaluates now, with what it has read for that."""
        asked = evaluation_of(
            self.config, self.memory, state or self.state, self.now, self.balance, self.snoozes
        )
        return read_for(asked, self)

    def standings(self) -> tuple[Standing, ...]:
        """Tell where every budget stands, as a tick does that finds something new."""
        return present_standings(self.evaluation(self.state.unevaluated(self.now)), outlook=True)

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give all usage, as the ledger gives what is needed."""
        del also
        within = dict(by_day(self.spent))
        for day, slots in within.items():
            if self._days.get(day, ({},))[0] != slots:
                self._days[day] = slots, day_from(slots, day)
        days = {day: self._days[day][1] for day in within}
        return RecordedUsage(days, self.spent, needs(spans)[1], self.absent)

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of a span, as the ledger does."""
        return {slot: totals for slot, totals in self.spent.items() if span[0] <= slot < span[1]}

    def notified(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was notified, as the ledger does."""
        return {key: self.sent[key] for key in keys if key in self.sent}


def budget(period: str = "day", points: int = 100, more: str = "") -> str:
    """Write a config of one budget."""
    return f'[[budget]]\nname = "B"\nperiod = "{period}"\npoints = {points}\n{more}\n'


def monitored(config: str, now: datetime = START) -> Account:
    """Give an account that was welcomed."""
    account = Account(config, now)
    account.tick()
    return account


def daily(config: str, points: int, days: int = 10, **row: str) -> Account:
    """Give an account that spent so much at noon of each of some days, and now it is noon again."""
    account = monitored(config)
    for day in range(days):
        account.spend(points, START + day * DAY + 12 * HOUR, **row)
        account.tick(START + day * DAY + 12 * HOUR)
    account.now = START + days * DAY + 12 * HOUR + MINUTE
    return account


def evenly(config: str, points_a_day: int, days: int, start: datetime = START) -> Account:
    """Give an account that spent so much on each of some days, every three hours; no tick has seen it yet."""
    account = monitored(config, start)
    for hour in range(0, days * 24, 3):
        account.spend(points_a_day // 8, start + hour * HOUR)
    account.now = start + days * DAY + MINUTE
    return account


def sole(alerts: Sequence[Alert], kind: type[Made]) -> Made:
    """Give the only alert, which is of a kind."""
    (alert,) = alerts
    assert isinstance(alert, kind)
    return alert


def snooze(account: Account, length: timedelta, rule: str = "B", *, planned: bool = False) -> None:
    """Snooze a rule from now on, as a budget stands if it is one."""
    found = [each for each in account.standings() if each.rule == rule]
    asked = Snoozable(rule=rule, began_at=account.now)
    asked = of_budget(found[0], account.now, account.config.zone) if found else asked
    new = asked.snoozed(account.now, account.now + length, "Ada", planned=planned)
    account.snoozes = account.snoozes.adding(new)


def thresholds(alerts: Sequence[Alert]) -> list[int | None]:
    """Give the thresholds of budget alerts."""
    return [alert.threshold_points for alert in alerts if isinstance(alert, BudgetAlert)]


def looks(account: Account, *steps: str) -> None:
    """Look again and again: "5m 100@1m -> 80, 6h" is a tick after 5 minutes, and one after 6 hours.

    Before the first, 100 points are spent after a minute, and it sends 80: of budgets the threshold is named,
    of other rules the kind. At "5m =900" Poe says that 900 points are left, and at "5m =" it does not say.
    Between looks, "snooze 6h" and "undo" are about the rule B, "unread 2h 26h" leaves a gap until "read", and
    a step that is a config is put in force.
    """
    for step in steps:
        if "[[" in step:
            account.configure(step)
            continue
        for one in step.split(", "):
            match one.split():
                case ["undo"]:
                    account.snoozes = account.snoozes.without("B", account.now)
                case ["snooze", length]:
                    snooze(account, _after(length))
                case ["unread", start, end]:
                    account.gap(START + _after(start), START + _after(end))
                case ["read"]:
                    account.close_gaps()
                case _:
                    _look(account, one)


def _look(account: Account, text: str) -> None:
    spent, _, sent = text.partition("->")
    at, *rows = spent.split()
    for row in rows:
        points, _, when = row.partition("@")
        if points.startswith("="):
            account.balance = PoeBalance(points=int(points[1:])) if points[1:] else None
        else:
            account.spend(int(points), START + _after(when or at))
    alerts = account.tick(START + _after(at))
    found = [
        str(alert.threshold_points) if isinstance(alert, BudgetAlert) else alert.kind for alert in alerts
    ]
    assert found == sent.split(), text


def cases(scenarios: Mapping[Given, Mapping[str, str]]) -> list[ParameterSet]:
    """Give as parameters what is given in each scenario with each of its looks, by the name of the case."""
    return [
        pytest.param(given, text, id=name)
        for given, texts in scenarios.items()
        for name, text in texts.items()
    ]


def _after(text: str) -> timedelta:
    """Read a time such as "2d5h", "-45m" or "0m"."""
    units = {"d": DAY, "h": HOUR, "m": MINUTE}
    parts = re.findall(r"(\d+)([dhm])", text)
    length = sum((int(number) * units[unit] for number, unit in parts), timedelta())
    return -length if text.startswith("-") else length

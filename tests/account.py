"""An account that is judged at instants, without a ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from budget_alert.accounting.gaps import Gap
from budget_alert.accounting.state import Cursor, State
from budget_alert.accounting.usage import Tally, Usage
from budget_alert.config.budgets import parse
from budget_alert.config.rules import Config
from budget_alert.instants import day_of, slot_of
from budget_alert.messages.alerts import Alert, Kind
from budget_alert.policy.claims import Claim
from budget_alert.policy.judge import Case, judge, told_keys
from budget_alert.policy.questions import questions
from budget_alert.policy.told import Notes, Told
from tests.histories import START, entry

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Account:
    """An account that is judged at instants: usage in slots, and a memory of what was told."""

    def __init__(self, config: str, now: datetime = START) -> None:
        self.config: Config = parse(config)
        self.now = now
        self.slots: dict[datetime, Tally] = {}
        self.state = State(started_at=now, cursor=Cursor(0, "q"), completed_at=now)
        self.notes = Notes()
        self.memory: dict[str, Told] = {}

    def configure(self, config: str) -> None:
        """Put another config in force."""
        self.config = parse(config)

    def spend(self, points: int, at: datetime | None = None, bot: str = "Claude-Opus-4") -> None:
        """Count usage, as a walk would have, and mark it as unjudged."""
        at = at or self.now
        slot = slot_of(at)
        self.slots[slot] = self.slots.get(slot, Tally()) + Tally.of([entry(at, points, bot=bot)])
        self.state = self.state.unjudged(slot)

    def gap(self, start: datetime, end: datetime) -> None:
        """Leave a span unread."""
        self.state = msgspec.structs.replace(self.state, gaps=(Gap(start=start, end=end, after="q"),))

    def close_gaps(self) -> None:
        """Have read everything."""
        self.state = msgspec.structs.replace(self.state, gaps=())

    def judge(self, now: datetime | None = None) -> list[Alert]:
        """Judge as a tick does, and remember."""
        self.now = now or self.now
        claim = self._claim()
        self.memory |= {step.key: step.told for step in claim.steps}
        self.notes = claim.notes or self.notes
        self.state = msgspec.structs.replace(self.state, unjudged_from=None)
        return list(claim.alerts)

    def _claim(self) -> Claim:
        asked = questions(self.config, self.notes.rules, self.state.unjudged_from, self.now)
        usage = self._usage()
        told = {key: self.memory[key] for key in told_keys(asked, usage) if key in self.memory}
        return judge(
            Case(
                config=self.config,
                asked=asked,
                usage=usage,
                told=told,
                notes=self.notes,
                state=self.state,
                now=self.now,
            )
        )

    def _usage(self) -> Usage:
        days: dict[datetime, list[Tally]] = {}
        for slot, tally in self.slots.items():
            days.setdefault(day_of(slot), []).append(tally)
        return Usage({day: Tally.total(tallies) for day, tallies in days.items()}, self.slots)


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
    return [alert.threshold_points for alert in alerts if alert.kind is Kind.BUDGET]

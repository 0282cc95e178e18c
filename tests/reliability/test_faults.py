"""Every fault in any order, for thousands of ticks: once they stop, all is told and every total right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from budget_alert.config.budgets import parse
from budget_alert.config.periods import CalendarPeriod, windows_between
from budget_alert.errors import (
    BudgetAlertError,
    ChannelError,
    ChannelRefusedError,
    ConfigError,
    KeyRefusedError,
    LedgerError,
    ListBrokenError,
    LostRaceError,
    PoeUnavailableError,
    RateLimitedError,
    SecretError,
    UnknownPositionError,
    UnreadableAnswerError,
)
from budget_alert.identity import identity
from budget_alert.ledger.items import body_of
from budget_alert.policy.told import Notes, Told
from tests.fast import FastWorld
from tests.reliability.unruly import UnrulyPoe, spoiled

BEGIN = datetime(2026, 11, 3, 20, tzinfo=UTC)
SETTLE = timedelta(minutes=60)
CONFIG = """
[[budget]]
name = "Day"
points = 100
period = "day"
alert_at = ["30%", "60%", "100%", "300%"]
forecast_at = ["100%"]

[[budget]]
name = "Hour"
points = 40
period = "hour"

[[budget]]
name = "Rolling"
points = 80
period = "6h"

[[spike]]
name = "Spike"
window = "1h"
at_least = 10

[[query]]
name = "Query"
points = 8

[[balance]]
name = "Balance"
below = 1_500
runway = "2d"

[digest]
every = "day"
"""
TICKS_A_STEP = 10
WALK_ERRORS = (
    KeyRefusedError,
    RateLimitedError,
    PoeUnavailableError,
    UnreadableAnswerError,
    UnknownPositionError,
    ListBrokenError,
)
FAULTS: dict[str, tuple[type[BudgetAlertError], ...]] = {
    "page": WALK_ERRORS,
    "secret": (SecretError,),
    "balance": WALK_ERRORS,
    "config": (ConfigError,),
    "send": (ChannelError, ChannelRefusedError),
    "listeners": (ChannelError,),
    "write": (LedgerError, LostRaceError),
}


class Faults(RuleBasedStateMachine):
    """An account in a world where everything goes wrong."""

    ticks = 0

    def __init__(self) -> None:
        super().__init__()
        self.poe = UnrulyPoe()
        self.world = FastWorld(self.poe, CONFIG, BEGIN, SETTLE)  # type: ignore[arg-type]
        self.chance = Random(0)  # noqa: S311 - the same faults each time

    @rule(seed=st.integers(0, 2**32))
    def begin_anew(self, seed: int) -> None:
        """Let hypothesis choose the faults to come."""
        self.chance = Random(seed)  # noqa: S311 - the same faults each time

    @rule(rows=st.integers(1, 140), points=st.integers(-3, 9))
    def spend(self, rows: int, points: int) -> None:
        """Add rows created within the last hour, some of which the list shows later."""
        for _ in range(rows):
            created = self.world.now - timedelta(seconds=self.chance.randrange(3_000))
            late = timedelta(minutes=self.chance.choice((0, 0, 0, 5, 50)))
            self.poe.add(created, points, max(created + late, self.world.now))

    @precondition(lambda self: self.poe.rows)
    @rule(by=st.integers(-20, 20))
    def correct(self, by: int) -> None:
        """Change the cost of rows created in the last 20 hours."""
        young = self.world.now - timedelta(hours=20)
        for row in self.chance.sample(self.poe.rows, min(5, len(self.poe.rows))):
            if row["creation_time"] >= young.timestamp() * 1e6:
                row["cost_points"] += by

    @rule(minutes=st.sampled_from([1, 5, 5, 5, 17, 60, 600]))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.world.now += timedelta(minutes=minutes)

    @rule(share=st.sampled_from([0.02, 0.1, 0.5]), pages=st.integers(1, 5))
    def tick(self, share: float, pages: int) -> None:
        """Run some ticks in which a share of all calls fails, before or after its effect."""
        self.world.gate.at = lambda _number, name: self._perhaps(share, name)
        self.poe.spoil = lambda page: spoiled(page, self.chance) if self.chance.random() < share else page
        for _ in range(TICKS_A_STEP):
            Faults.ticks += 1
            self.attempt(pages)

    def attempt(self, pages: int) -> bool:
        """Run a tick, and tell whether it did not raise."""
        self.world.now += timedelta(minutes=5)
        try:
            self.world.tick(pages)
        except BudgetAlertError:
            return False
        return True

    def _perhaps(self, share: float, name: str) -> None:
        if self.chance.random() < share:
            when, call = name.split(" ", 1)
            kinds = FAULTS.get(call.split(" ")[0], (LedgerError,))
            error = self.chance.choice(kinds)
            if when == "after" and error is ChannelRefusedError:
                error = ChannelError
            raise error("a fault to order")

    def teardown(self) -> None:
        """Stop the faults: then everything owed is told, and every total is right."""
        self.world.gate.at = lambda _number, _name: None
        self.poe.spoil = lambda page: page
        for _ in range(12):
            self.world.now += timedelta(hours=3)
            assert self.attempt(pages=40)
        assert self.world.slot_points() == self.poe.total()
        assert self._days() == self.poe.total()
        assert self._unheard() == []
        assert self._untold() == []
        assert self._unnamed() == []

    def _days(self) -> int:
        items = self.world.table.items.items()
        return sum(int(item["points"]["N"]) for key, item in items if key.startswith("day#"))

    def _unheard(self) -> list[str]:
        alerts = {key: item for key, item in self.world.table.items.items() if key.startswith("alert#")}
        return [key for key, item in alerts.items() if "accepted" not in item]

    def _untold(self) -> list[tuple[str, datetime]]:
        """Give the calendar windows that reached a threshold which nobody was told of."""
        notes = body_of(self.world.table.items["notes"], Notes)
        return [
            (budget.name, window.start)
            for budget in parse(CONFIG).budgets
            if isinstance(budget.period, CalendarPeriod)
            for window in windows_between(budget.period, budget.zone, BEGIN, self.world.now)
            if window.end > notes.rules[budget.fingerprint].since
            and self._reached(window.start, window.end, [level.points for level in budget.alert_at])
            > self._told(f"told#budget#{budget.fingerprint}#{window.start:%Y-%m-%dT%H:%MZ}")
        ]

    def _unnamed(self) -> list[str]:
        """Give the queries that cost too much and of which nobody was told."""
        (rule,) = parse(CONFIG).queries
        since = body_of(self.world.table.items["notes"], Notes).rules[rule.fingerprint].since
        dear = [row for row in self.poe.listed() if row["cost_points"] >= rule.points]
        young = [row for row in dear if row["creation_time"] >= since.timestamp() * 1e6]
        keys = {
            row["query_id"]: f"told#query#{rule.fingerprint}#{identity(row['query_id'])}" for row in young
        }
        return [query for query, key in keys.items() if key not in self.world.table.items]

    def _reached(self, start: datetime, end: datetime, thresholds: list[int]) -> int:
        span = range(int(start.timestamp() * 1e6), int(end.timestamp() * 1e6))
        points = sum(row["cost_points"] for row in self.poe.rows if row["creation_time"] in span)
        return max((threshold for threshold in thresholds if points >= threshold), default=0)

    def _told(self, key: str) -> int:
        item = self.world.table.items.get(key)
        return max(mark.points for mark in body_of(item, Told).marks) if item else 0


SEARCH = settings(max_examples=80, stateful_step_count=60, deadline=None, derandomize=True)


def test_thousands_of_faulty_ticks_lose_nothing(record_property: Callable[[str, object], None]) -> None:
    """Once its faults stop, every history is told and counted right; and the search was no small one."""
    run_state_machine_as_test(Faults, settings=SEARCH)
    record_property("ticks among faults", Faults.ticks)
    assert Faults.ticks >= 5_000

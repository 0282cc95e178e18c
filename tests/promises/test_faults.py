"""Every fault in any order, for thousands of ticks: once they stop, all is sent and every total right."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from budget_alert.config.reading import parse
from budget_alert.errors import BudgetAlertError, LedgerError
from budget_alert.identity import TOGETHER
from budget_alert.ledger.items import body_of
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.rounds import ALL
from budget_alert.rules.scope import Scope
from budget_alert.snoozes import Snooze
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State
from tests.promises.scripted import check_sum
from tests.promises.settled import faulty, unheard, unnamed, unsent
from tests.promises.unruly import Page, UnrulyPoe, spoiled
from tests.support.configs import table
from tests.support.fast import FastWorld, points_under
from tests.support.fast_team import FastTeam

BEGIN = datetime(2026, 11, 3, 20, tzinfo=UTC)
SETTLE = timedelta(minutes=60)
CONFIG = (
    table(
        "budget",
        name="Day",
        points=100,
        period="day",
        alert_at=["30%", "60%", "100%", "300%"],
        forecast_at=["100%"],
    )
    + table("budget", name="Hour", points=40, period="hour")
    + table("budget", name="Rolling", points=80, period="6h")
    + table(
        "budget",
        name="Day of a bot",
        points=50,
        period="day",
        alert_at=["30%", "60%", "100%", "300%"],
        forecast_at=["100%"],
        each="bot",
    )
    + table("budget", name="Rolling of a bot", points=40, period="6h", each="bot")
    + table("spike", name="Spike", window="1h", at_least=10)
    + table("spike", name="Spike of a bot", window="1h", at_least=5, each="bot")
    + table("query", name="Query", points=8)
    + table("balance", name="Balance", below=1_500, runway="2d")
    + table("digest", every="day")
)
TICKS_A_STEP = 10
SNOOZABLE = ["Day", "Day of a bot", "Hour", "Rolling", "Spike", "Balance"]
TOGETHER_CONFIG = (
    table(
        "budget",
        name="Day of all",
        points=200,
        period="day",
        alert_at=["30%", "60%", "100%", "300%"],
        forecast_at=["100%"],
        together=True,
    )
    + table(
        "budget",
        name="Day of a bot of all",
        points=100,
        period="day",
        alert_at=["30%", "60%", "100%", "300%"],
        together=True,
        each="bot",
    )
    + table("budget", name="Rolling of all", points=150, period="6h", together=True)
    + table("spike", name="Spike of all", window="1h", at_least=20, together=True)
)
NAMES = ["ada", "bob", "cleo"]
ROUNDS_A_STEP = 3


class Faults(RuleBasedStateMachine):
    """An account in a world where everything goes wrong."""

    ticks = 0

    def __init__(self) -> None:
        super().__init__()
        self.poe = UnrulyPoe()
        self.world = FastWorld(self.poe, CONFIG, BEGIN, SETTLE)  # type: ignore[arg-type]
        self.chance = Random(0)  # noqa: S311 - the same faults each time
        self.snoozed: set[str] = set()

    @rule(seed=st.integers(0, 2**32))
    def begin_anew(self, seed: int) -> None:
        """Let hypothesis choose the faults to come."""
        self.chance = Random(seed)  # noqa: S311 - the same faults each time

    @rule(rows=st.integers(1, 140), points=st.integers(-3, 9))
    def spend(self, rows: int, points: int) -> None:
        """Add rows created within the last hour, some of which the list shows later."""
        self.poe.spend(self.chance, rows, points)

    @precondition(lambda self: self.poe.rows)
    @rule(by=st.integers(-20, 20))
    def correct(self, by: int) -> None:
        """Change the cost of rows created in the last 20 hours."""
        self.poe.correct(self.chance, by)

    @rule(minutes=st.sampled_from([1, 5, 5, 5, 17, 60, 600]))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.world.now += timedelta(minutes=minutes)

    @rule(share=st.sampled_from([0.02, 0.1, 0.5]), pages=st.integers(1, 5))
    def tick(self, share: float, pages: int) -> None:
        """Run some ticks in which a share of all calls fails, before or after its effect."""
        self.world.gate.at = faulty(share, lambda: self.chance)
        self.poe.spoil = lambda page: spoiled(page, self.chance) if self.chance.random() < share else page
        for _ in range(TICKS_A_STEP):
            Faults.ticks += 1
            self.attempt(pages)

    @rule(name=st.sampled_from(SNOOZABLE), minutes=st.sampled_from([3, 30, 300, 1_440]))
    def snooze(self, name: str, minutes: int) -> None:
        """Hold back the lowest threshold of a rule, where the table takes it."""
        now = self.world.now
        until = now + timedelta(minutes=minutes)
        self.snoozed.add(name)
        with suppress(LedgerError):
            self.book.put(Snooze(rule=name, start=now, until=until, points=0, limit=100))

    @rule(name=st.sampled_from(SNOOZABLE))
    def undo(self, name: str) -> None:
        """Take a snooze back, where the table takes that."""
        with suppress(LedgerError):
            self.book.undo(name, self.world.now)

    @property
    def book(self) -> SnoozeBook:
        """The account's snoozes."""
        return SnoozeBook(self.world.table)

    def attempt(self, pages: int) -> bool:
        """Run a tick, and tell whether it did not raise."""
        self.world.now += timedelta(minutes=5)
        try:
            self.world.tick(pages)
        except BudgetAlertError:
            return False
        return True

    def teardown(self) -> None:
        """Stop the faults: then everything owed is sent, and every total is right."""
        self.world.gate.at = lambda _number, _name: None
        self.poe.spoil = lambda page: page
        for _ in range(12):
            self.world.now += timedelta(hours=3)
            assert self.attempt(pages=40)
        table, config = self.world.table, parse(CONFIG)
        assert points_under(table, "slot#") == self.poe.total()
        assert points_under(table, "day#") == self.poe.total()
        assert unheard(table) == []
        rows, now = partial(_every, self.poe.rows), self.world.now
        assert unsent(table, rows, config.budgets, BEGIN, now, self.snoozed) == []
        assert unnamed(table, self.poe.listed(), *config.queries) == []


def _every(rows: list[Any], _end: datetime) -> list[Any]:
    return rows


class FaultsOfSeveral(RuleBasedStateMachine):
    """Accounts that come and go, and a queue that repeats and disorders, in the same world."""

    rounds = 0

    def __init__(self) -> None:
        super().__init__()
        self.known = {name: UnrulyPoe() for name in NAMES}
        poes: Any = {name: self.known[name] for name in NAMES[:2]}
        self.team = FastTeam(poes, CONFIG + TOGETHER_CONFIG, BEGIN, SETTLE)
        self.begin_anew(0)

    @rule(seed=st.integers(0, 2**32))
    def begin_anew(self, seed: int) -> None:
        """Let hypothesis choose the faults to come."""
        self.chance = self.team.queue.chance = Random(seed)  # noqa: S311 - the same faults each time

    @rule(name=st.sampled_from(NAMES), rows=st.integers(1, 140), points=st.integers(-3, 9))
    def spend(self, name: str, rows: int, points: int) -> None:
        """Let an account spend, be it monitored or not."""
        self.known[name].clock = self.team.clock
        self.known[name].spend(self.chance, rows, points)

    @rule(name=st.sampled_from(NAMES), by=st.integers(-20, 20))
    def correct(self, name: str, by: int) -> None:
        """Change the cost of an account's rows of the last 20 hours."""
        self.known[name].clock = self.team.clock
        self.known[name].correct(self.chance, by)

    @rule(minutes=st.sampled_from([1, 5, 5, 17, 60, 600]))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.team.now += timedelta(minutes=minutes)

    @rule(name=st.sampled_from(NAMES))
    def come_or_go(self, name: str) -> None:
        """Let an account join, or leave, unless it is the last."""
        poe: Any = self.known[name]
        if name not in self.team.poes:
            self.team.join(name, poe)
        elif len(self.team.poes) > 1:
            del self.team.poes[name]

    @rule(share=st.sampled_from([0.02, 0.1, 0.3]), pages=st.integers(2, 5), batch=st.integers(1, 4))
    def go_on(self, share: float, pages: int, batch: int) -> None:
        """Run some rounds in which a share of all calls fails, before or after its effect."""
        self.team.gate.at = faulty(share, lambda: self.chance)
        self.team.pages, self.team.batch = pages, batch
        for name, poe in self.known.items():
            poe.spoil = lambda page, name=name: (  # type: ignore[misc]
                self._spoiled(name, page) if self.chance.random() < share else page
            )
        for _ in range(ROUNDS_A_STEP):
            FaultsOfSeveral.rounds += 1
            self.team.now += timedelta(minutes=5)
            self.team.round()

    def _spoiled(self, name: str, page: Page) -> Page:
        """Spoil a page, but do not end the list above what was never read: nobody could tell."""
        worse = spoiled(page, self.chance)
        stored = self.team.table.of(name).items.get("cursor")
        state = body_of(stored, State) if stored else None
        read_before = state is not None and state.completed_at and state.cursor and not state.gaps
        return worse if read_before or worse.get("has_more") is not False else page

    @rule()
    def look(self) -> None:
        """Let the tick of all be in order for once: the sum is what is counted, however little that is."""
        self.team.gate.at, self.team.pages = lambda _number, _name: None, 100
        self.team.tick(TOGETHER)
        check_sum(self.team)

    def teardown(self) -> None:
        """Stop the faults: then everything owed is sent, and every total is right."""
        self.team.gate.at, self.team.pages, self.team.queue.chance = lambda _number, _name: None, 100, None
        for poe in self.known.values():
            poe.spoil = lambda page: page
        for _ in range(12):
            self.team.now += timedelta(hours=3)
            assert self.team.round()
        check_sum(self.team)
        config, now = parse(CONFIG + TOGETHER_CONFIG), self.team.now
        for name in self.team.poes:
            table, rows, rules = (
                self.team.table.of(name),
                self.known[name].rows,
                Scope(account=name, several=True).rules(config),
            )
            assert points_under(table, "slot#") == self.known[name].total()
            assert points_under(table, "day#") == self.known[name].total()
            assert unheard(table) == []
            assert unsent(table, partial(_every, rows), rules.budgets, BEGIN, now) == []
            assert unnamed(table, self.known[name].listed(), *rules.queries) == []
        assert unheard(self.team.table) == []
        # Who leaves takes nothing away from a window that is closed, and brings no news of it.
        there, ever = (
            unsent(self.team.table, partial(self._counted_by, names), ALL.rules(config).budgets, BEGIN, now)
            for names in (list(self.team.poes), list(NAMES))
        )
        assert [window for window in there if window in ever] == []

    def _counted_by(self, names: list[str], end: datetime) -> list[Any]:
        """Give the rows of accounts that were read before a window closed: it counts no others."""
        members = body_of(self.team.table.items["roster"], Roster).members
        read = [name for name in names if name in members and (at := members[name].read_at) and at <= end]
        return [row for name in read for row in self.known[name].rows]


SEARCH = settings(max_examples=100, stateful_step_count=60, deadline=None, derandomize=True)


def test_thousands_of_faulty_ticks_lose_nothing(record_property: Callable[[str, object], None]) -> None:
    """Once its faults stop, every history is sent and counted right; and the search was no small one."""
    run_state_machine_as_test(Faults, settings=SEARCH)
    record_property("ticks among faults", Faults.ticks)
    assert Faults.ticks >= 5_000


SEVERAL = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)


def test_thousands_of_faulty_ticks_of_several_accounts_lose_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    """Once the faults stop, every account and the sum of all is sent and counted right."""
    run_state_machine_as_test(FaultsOfSeveral, settings=SEVERAL)
    record_property("rounds of several accounts among faults", FaultsOfSeveral.rounds)
    assert FaultsOfSeveral.rounds >= 1_000

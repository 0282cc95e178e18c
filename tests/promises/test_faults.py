"""Every fault in any order, for thousands of ticks: once they stop, all is sent and every total right."""

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from budget_alert.config.reading import parse
from budget_alert.errors import BudgetAlertError, LedgerError
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.ledger.items import body_of
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.rounds import ALL
from budget_alert.rules.scope import Scope
from budget_alert.snoozes import Snooze
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State
from standins.simulated_poe import SimulatedPoe
from tests.promises.scripted import check_sum
from tests.promises.searching import Record
from tests.promises.settled import faulty, unheard, unnamed, unsent
from tests.promises.unruly import Page, UnrulyPoe, spoiled, unspoiled
from tests.support.configs import table
from tests.support.fast import FastWorld, let_pass

BEGIN = datetime(2026, 11, 3, 20, tzinfo=UTC)
OFTEN = {"period": "day", "alert_at": ["30%", "60%", "100%", "300%"], "forecast_at": ["100%"]}
CONFIG = (
    table("budget", name="Day", points=100, **OFTEN)
    + table("budget", name="Hour", points=40, period="hour")
    + table("budget", name="Rolling", points=80, period="6h")
    + table("budget", name="Day of a bot", points=50, each="bot", **OFTEN)
    + table("budget", name="Rolling of a bot", points=40, period="6h", each="bot")
    + table("spike", name="Spike", window="1h", at_least=10)
    + table("spike", name="Spike of a bot", window="1h", at_least=5, each="bot")
    + table("query", name="Query", points=8)
    + table("balance", name="Balance", below=1_500, runway="2d")
    + table("digest", every="day")
)
TICKS_A_STEP = 12
SNOOZABLE = ["Day", "Day of a bot", "Hour", "Rolling", "Spike", "Balance"]
TOGETHER_CONFIG = (
    table("budget", name="Day of all", points=200, together=True, **OFTEN)
    + table(
        "budget",
        name="Day of a bot of all",
        points=100,
        together=True,
        each="bot",
        **{**OFTEN, "forecast_at": None},
    )
    + table("budget", name="Rolling of all", points=150, period="6h", together=True)
    + table("spike", name="Spike of all", window="1h", at_least=20, together=True)
)
NAMES = ["ada", "bob", "cleo"]
ROUNDS_A_STEP = 6


class Faults(RuleBasedStateMachine):
    """Accounts in a world where everything goes wrong."""

    names: ClassVar[list[str]]
    config: ClassVar[str]
    ticks: ClassVar[int]
    anybody = st.runner().flatmap(lambda self: st.sampled_from(self.names))

    def __init__(self) -> None:
        super().__init__()
        self.known = {name: UnrulyPoe() for name in self.names}
        poes: dict[str, SimulatedPoe] = {name: self.known[name] for name in self.names[:2]}
        self.world = FastWorld(poes, self.config, BEGIN)
        for poe in self.known.values():
            poe.clock = self.world.clock
        self.begin_anew(0)

    @rule(seed=st.integers(0, 2**32))
    def begin_anew(self, seed: int) -> None:
        """Let hypothesis choose the faults to come."""
        self.chance = self.world.queue.chance = Random(seed)  # noqa: S311 - the same faults each time

    @rule(name=anybody, rows=st.integers(1, 140), points=st.integers(-3, 9))
    def spend(self, name: str, rows: int, points: int) -> None:
        """Add rows created within the last hour, be the account monitored or not."""
        self.known[name].spend(self.chance, rows, points)

    @rule(name=anybody, by=st.integers(-20, 20))
    def correct(self, name: str, by: int) -> None:
        """Change the cost of rows created in the last 20 hours."""
        self.known[name].correct(self.chance, by)

    @rule(minutes=st.sampled_from([1, 5, 5, 5, 17, 60, 600]))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.world.now += timedelta(minutes=minutes)

    def attempts(self, share: float, number: int) -> None:
        """Run so many rounds in which a share of all calls fails, before or after its effect."""
        self.world.gate.at = faulty(share, lambda: self.chance)
        for name, poe in self.known.items():
            poe.spoil = partial(self.perhaps_spoiled, name, share)
        for _ in range(number):
            type(self).ticks += 1
            self.attempt(timedelta(minutes=5))

    def perhaps_spoiled(self, name: str, share: float, page: Page) -> Page:
        """Spoil a share of all pages."""
        return self.spoiled(name, page) if self.chance.random() < share else page

    def spoiled(self, _name: str, page: Page) -> Page:
        """Spoil a page."""
        return spoiled(page, self.chance)

    def attempt(self, after: timedelta) -> bool:
        """Run a round, and tell whether nothing in it has failed."""
        self.world.now += after
        try:
            return self.world.round() if self.world.several else bool(self.world.tick())
        except BudgetAlertError:
            return False

    def teardown(self) -> None:
        """Stop the faults: then everything owed is sent, and every total is right."""
        self.world.gate.at, self.world.queue.chance, self.world.pages = let_pass, None, 100
        for poe in self.known.values():
            poe.spoil = unspoiled
        for hours in (3, 3, 24, 3, 3):
            assert self.attempt(timedelta(hours=hours))
        for name in self.world.poes:
            self.check(name)

    def check(self, name: str, snoozed: Collection[str] = ()) -> None:
        """See that an account is counted and sent."""
        poe, table = self.known[name], self.world.table.of(name)
        rules = Scope(account=name, several=self.world.several).rules(parse(self.config))
        assert self.world.points("slot#", name) == self.world.points("day#", name) == poe.total()
        assert unheard(table) == []
        assert unsent(table, lambda _: poe.rows, rules.budgets, BEGIN, self.world.now, snoozed) == []
        assert unnamed(table, poe.listed(), *rules.queries) == []


class FaultsOfOne(Faults):
    """The only account, some of whose rules people snooze."""

    names: ClassVar[list[str]] = [ALONE]
    config = CONFIG
    ticks = 0

    def __init__(self) -> None:
        super().__init__()
        self.snoozed: set[str] = set()
        self.book = SnoozeBook(self.world.table)

    @rule(share=st.sampled_from([0.02, 0.1, 0.5]), pages=st.integers(1, 5))
    def tick(self, share: float, pages: int) -> None:
        """Run some ticks among faults."""
        self.world.pages = pages
        self.attempts(share, TICKS_A_STEP)

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

    def check(self, name: str, snoozed: Collection[str] = ()) -> None:
        """See that the account is counted and sent, but for what was held back."""
        super().check(name, (*self.snoozed, *snoozed))


class FaultsOfSeveral(Faults):
    """Accounts that come and go, and a queue that repeats and disorders."""

    names = NAMES
    config = CONFIG + TOGETHER_CONFIG
    ticks = 0

    @rule(name=st.sampled_from(NAMES))
    def come_or_go(self, name: str) -> None:
        """Let an account join, or leave, unless it is the last."""
        if name not in self.world.poes:
            self.world.join(name, self.known[name])
        elif len(self.world.poes) > 1:
            del self.world.poes[name]

    @rule(share=st.sampled_from([0.02, 0.1, 0.3]), pages=st.integers(2, 5), batch=st.integers(1, 4))
    def go_on(self, share: float, pages: int, batch: int) -> None:
        """Run some rounds among faults."""
        self.world.pages, self.world.batch = pages, batch
        self.attempts(share, ROUNDS_A_STEP)

    def spoiled(self, name: str, page: Page) -> Page:
        """Spoil a page, but do not end the list above what was never read: nobody could tell."""
        worse = super().spoiled(name, page)
        stored = self.world.table.of(name).items.get("cursor")
        state = body_of(stored, State) if stored else None
        read_before = state is not None and state.completed_at and state.cursor and not state.gaps
        return worse if read_before or worse.get("has_more") is not False else page

    @rule()
    def look(self) -> None:
        """Let the tick of all be in order for once: the sum is what is counted, however little that is."""
        self.world.gate.at, self.world.pages = let_pass, 100
        self.world.serve(TOGETHER)
        check_sum(self.world)

    def teardown(self) -> None:
        """Stop the faults: then all this is true of each account, and of the sum."""
        super().teardown()
        check_sum(self.world)
        assert unheard(self.world.table) == []
        # Who leaves takes nothing away from a window that is closed, and brings no news of it.
        budgets, now = ALL.rules(parse(self.config)).budgets, self.world.now
        there, ever = (
            unsent(self.world.table, partial(self._counted_by, names), budgets, BEGIN, now)
            for names in (list(self.world.poes), NAMES)
        )
        assert [window for window in there if window in ever] == []

    def _counted_by(self, names: list[str], end: datetime) -> list[Any]:
        """Give the rows of accounts that were read before a window closed: it counts no others."""
        members = body_of(self.world.table.items["roster"], Roster).members
        read = [name for name in names if name in members and (at := members[name].read_at) and at <= end]
        return [row for name in read for row in self.known[name].rows]


SEARCH = settings(max_examples=100, stateful_step_count=60, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("faults", "search", "what", "least"),
    [
        (FaultsOfOne, SEARCH, "ticks among faults", 5_000),
        (
            FaultsOfSeveral,
            settings(SEARCH, stateful_step_count=40),
            "rounds of several accounts among faults",
            1_000,
        ),
    ],
    ids=["one account", "several"],
)
def test_thousands_of_faulty_ticks_lose_nothing(
    faults: type[Faults], search: settings, what: str, least: int, record_property: Record
) -> None:
    """Once its faults stop, every history is sent and counted right; and the search was no small one."""
    run_state_machine_as_test(faults, settings=search)
    record_property(what, faults.ticks)
    assert faults.ticks >= least

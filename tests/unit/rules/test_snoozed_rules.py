"""Rules that somebody snoozed: what is held back, what breaks through, and what is sent at the end."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.alerts import Alert, BudgetAlert, Snoozed
from budget_alert.config.periods import Window
from budget_alert.instants import MICROSECOND
from budget_alert.rules.evaluation import evaluation_of, is_quiet
from budget_alert.snoozes import Snooze, of_budget
from tests.support.account import DAY, HOUR, MINUTE, Account, budget, cases, daily, looks, monitored, snooze
from tests.support.histories import START
from tests.unit.rules.test_forecast import forecasts, live, lived

LEVELS = 'alert_at = ["50%", "80%", "100%", "150%"]\n'
BUDGET = budget(more=LEVELS)
SPIKE = '[[spike]]\nname = "B"\nwindow = "1h"\ntimes = 4\nat_least = 500\n'
QUERY = '[[query]]\nname = "B"\npoints = 50\n'
BALANCE = '[[balance]]\nname = "B"\nbelow = 1_000\n'

SCENARIOS: dict[str, dict[str, str]] = {
    BUDGET: {
        "sent before, and once more": "0m 85 -> 80, snooze 6h, 1h 5, 5h59m, 6h -> 80, 7h, 8h 10 -> 100",
        "higher: breaks through, and once more": "0m 85 -> 80, snooze 6h, 1h 20 -> 100, 2h, 6h -> 100, 7h",
        "lower: not in another window": "0m 85 -> 80, snooze 2d, 25h 85, 26h 20 -> 100, 49h 60 -> 50",
        "the highest of what is held back": "0m 85 -> 80, snooze 30h, 25h 55, 26h 30, 31h -> 80, 32h",
        "nothing of a window that closed meanwhile": "0m 55 -> 50, snooze 24h, 24h5m 10@23h, 24h6m",
        "before anything is passed, the lowest": "0m 10, snooze 6h, 1h 50, 2h 25 -> 80, 6h -> 80, 7h",
        "undone": "0m 10, snooze 6h, 1h 50, undo, 1h5m -> 50, snooze 6h, 2h, undo, 3h, 9h",
        "a new one counts from then on": (
            "0m 55 -> 50, snooze 2h, 1h 30 -> 80, snooze 6h, 2h 10, 6h, 7h -> 80, 8h"
        ),
    },
    budget(more='alert_at = ["100%", "150%"]'): {
        "the limit is never held back": "0m 10, snooze 6h, 1h 95 -> 100, 2h, 6h -> 100, 7h"
    },
    f'{BUDGET}repeat = "1h"\n': {
        "a repetition is one with the end": (
            "0m 85 -> 80, snooze 150m, 1h, 2h, 2h30m -> 80, 3h29m, 3h30m -> 80"
        ),
        "what broke through is repeated": ("0m 85 -> 80, snooze 6h, 30m 20 -> 100, 90m -> 100, 150m -> 100"),
    },
    budget("6h", more='alert_at = ["50%", "100%"]'): {
        "fallen again by the end": "0m 60 -> 50, snooze 7h, 7h, 8h",
        "rolling": "0m 60 -> 50, snooze 12h, 5h 45 -> 100, 10h 20, 12h 40 -> 50, 13h",
        "re-armed meanwhile": "0m 60 -> 50, snooze 24h, 8h, 20h 60, 24h -> 50, 25h",
    },
    f"{BUDGET}snooze_until = 2026-11-02\n": {
        "beside the config's own": "0m 85, snooze 30h, 1h 20, 25h 60, 26h 45 -> 100, 30h -> 100, 31h"
    },
    QUERY: {
        "a query is never sent": "0m 60 -> query, snooze 6h, 1h 60, 6h 60 -> query, 7h 60@5h, 8h 60 -> query"
    },
    BUDGET.replace('"B"', '"Other"') + QUERY: {"another rule's": "snooze 1d, 1h 60 -> 50"},
    f'{BALANCE}runway = "3d"\n{BALANCE.replace("B", "Lower", 1).replace("1_000", "100")}': {
        "a low balance": (
            "5m =900 -> balance, snooze 6h, 10m =800, 15m =90 -> balance, 20m =80, 6h5m -> balance, 6h10m =70"
        ),
        "low since then": (
            "5m =1100, snooze 6h, 10m =800, 15m =90 -> balance, 20m =80, 6h5m -> balance, 6h10m =70"
        ),
    },
    BALANCE: {
        "refilled meanwhile": (
            "5m =900 -> balance, snooze 6h, 10m =5000, 7h10m =5000, 7h15m =900, 31h15m =900 -> balance"
        )
    },
}


@pytest.mark.parametrize(("config", "text"), cases(SCENARIOS))
def test_a_snoozed_rule_is_silent_for_a_while(config: str, text: str) -> None:
    """Tick by tick."""
    looks(monitored(config), text)


def test_a_lower_limit_is_news() -> None:
    """It is passed at once."""
    looks(account := monitored(BUDGET), "0m 85 -> 80, snooze 6h")
    account.configure(budget(points=60, more=LEVELS))
    looks(account, "1h -> 60, 6h -> 60, 7h")


@pytest.mark.parametrize(
    "text",
    [
        "10d12h1m 2000 -> spike, snooze 30m, 10d12h21m 1000, 10d12h32m -> spike, 10d12h37m, 10d12h42m 1000",
        "snooze 30m, 10d12h21m 2000@10d12h1m, 10d12h32m -> spike, 10d12h37m, 10d12h42m 1000",
        "snooze 3h, 10d12h1m 2000, 10d14h1m, 10d16h1m",
    ],
    ids=["sent before", "not sent before", "over by then"],
)
def test_a_spike_is_held_back_and_sent_once_where_it_goes_on(text: str) -> None:
    """In an account that is used to 200 points at noon."""
    looks(daily(SPIKE, 200), text)


def test_an_alert_says_which_snooze_it_breaks_through_or_outlasts() -> None:
    """Until when it is or was, and who wanted it; any other says nothing."""
    account = monitored(BUDGET)
    said = []
    for at, points in ((0, 85), (1, 20), (6, 0), (7, 50)):
        account.spend(points, START + at * HOUR)
        said += [(one.snoozed, one.standing.snoozed_by) for one in sent(account, START + at * HOUR)]
        if not at:
            snooze(account, HOUR)
            snooze(account, 5 * HOUR)
    known = Snoozed(START + 5 * HOUR, "Ada")
    assert said == [(None, ""), (known, "Ada"), (known, ""), (None, "")]


def sent(account: Account, now: datetime) -> list[BudgetAlert]:
    """Tick, and give what is sent of budgets."""
    return [alert for alert in account.tick(now) if isinstance(alert, BudgetAlert)]


@pytest.mark.parametrize("planned", [True, False])
def test_what_was_planned_is_not_usual_from_then_on(*, planned: bool) -> None:
    """The same again is a spike; where it was not planned, what came on most days is usual."""
    account = daily(SPIKE, 200, 4)
    account.now -= MINUTE
    at = account.now
    new = Snooze(rule="Other", start=at, until=at + 7 * DAY + HOUR, planned_from=at - HOUR)
    account.snoozes = account.snoozes.adding(new) if planned else account.snoozes
    for _ in range(8):
        account.spend(2_000)
        account.tick()
        account.now += DAY
    account.spend(2_000)
    assert bool(account.tick()) is planned


FORECAST = budget("month", 3_000, 'alert_at = ["100%"]\nforecast_at = ["60%", "100%", "150%"]')


@pytest.mark.parametrize(("foreseen", "expected"), [(0, ["100%", "150%"]), (3_000, ["150%"]), (9_000, [])])
def test_a_forecast_of_the_limit_breaks_through_unless_it_was_foreseen(
    foreseen: int, expected: list[str]
) -> None:
    """One below the limit waits; at the end the highest that is likely still is sent once."""
    account = lived(FORECAST, 80)
    account.now = START
    new = Snooze(rule="B", start=START, until=START + 18 * DAY, points=0, limit=3_000, foreseen=foreseen)
    account.snoozes = account.snoozes.adding(new)
    assert forecasts(live(account, 8 * DAY, 80)) == []
    assert forecasts(live(account, 16 * DAY, 380, 8 * DAY)) == expected


def test_a_forecast_that_holds_at_the_end_is_sent_once() -> None:
    """It was sent before, and is likely still."""
    account = lived(budget("month", 3_000, 'alert_at = ["100%"]\nforecast_at = ["100%"]'), 120)
    assert forecasts(live(account, 8 * DAY, 120)) == ["100%"]
    account.now = START + 8 * DAY
    snooze(account, 3 * DAY)
    assert forecasts(live(account, 11 * DAY, 120, 8 * DAY)) == []
    assert forecasts(live(account, 16 * DAY, 120, 11 * DAY)) == ["100%"]


def test_a_planned_day_is_left_out_of_forecasts() -> None:
    """A burst within the window makes its end likely; planned, only what it has used counts."""
    chances = {}
    for planned in (False, True):
        account = lived(budget("month", 12_000, 'forecast_at = ["100%"]'), 240)
        live(account, 6 * DAY, 240)
        account.now = START + 6 * DAY
        account.spend(2_000)
        if planned:
            snooze(account, HOUR, planned=True)
        live(account, 7 * DAY, 240, 6 * DAY + 3 * HOUR)
        (standing,) = account.standings()
        assert standing.forecast
        chances[planned] = standing.forecast.expected
    assert chances[True] < chances[False]


class Sleepy(Account):
    """An account whose quiet ticks evaluate nothing, as the function's do not."""

    def tick(self, now: datetime | None = None) -> list[Alert]:
        """Tick, unless nothing has happened since the last one."""
        before, self.now = self.state, now or self.now
        asked = evaluation_of(self.config, self.memory, before, self.now, None, self.snoozes)
        if is_quiet(asked, before):
            self.state = msgspec.structs.replace(before, completed_at=self.now, answered_at=self.now)
            return []
        return super().tick(self.now)


THRESHOLDS = (50, 80, 100, 150)
SOME = st.integers(0, 60)
MINUTES = st.sampled_from([1, 4, 15, 61, 300, 900])
LENGTHS = st.sampled_from([5, 16, 60, 200, 1_500])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), SOME),
        st.tuples(st.just("tick"), MINUTES),
        st.tuples(st.just("snooze"), LENGTHS),
        st.tuples(st.just("undo"), st.just(0)),
    ),
    max_size=40,
)


class Plain:
    """What a plain calculation says is to be sent of a daily budget of 100 points."""

    def __init__(self) -> None:
        self.points: dict[datetime, int] = {}
        self.sent: dict[datetime, int] = {}
        self.snooze: Snooze | None = None
        self.ended: Snooze | None = None
        self.ticked = START

    def undo(self, now: datetime) -> None:
        """Take a snooze back, unless it has ended."""
        if self.snooze and self.snooze.holds_at(now):
            self.snooze = None

    def tick(self, now: datetime) -> list[int]:
        """Give the thresholds that are to be sent of each day, the oldest first."""
        if self.snooze and self.snooze.until <= now:
            self.ended, self.snooze = self.snooze, None
        found = []
        day = _day(self.ticked)
        while day <= now:
            found += self._of_day(day, now)
            day += DAY
        self.ticked, self.ended = now, None
        return found

    def _of_day(self, day: datetime, now: datetime) -> list[int]:
        crossed = [one for one in THRESHOLDS if self.points.get(day, 0) >= one]
        last = self.sent.get(day, 0)
        silent = self.snooze or (
            self.ended if self.ended and self.ended.holds_at(min(now, day + DAY - MICROSECOND)) else None
        )
        held = max(silent.points or 0, 50) if silent else 0
        new = [one for one in crossed if one > max(last, held)]
        again = crossed and self.ended and crossed[-1] == last and day + DAY > now
        if not new and not (again and not held):
            return []
        self.sent[day] = crossed[-1]
        return [crossed[-1]]


def _day(instant: datetime) -> datetime:
    return START + (instant - START) // DAY * DAY


@settings(max_examples=1_000)
@given(steps=STEPS)
def test_whatever_is_spent_and_snoozed_is_sent_as_a_plain_calculation_says(
    steps: list[tuple[str, int]],
) -> None:
    """What was passed is not sent while it lasts and once at its end; what is higher is sent at once."""
    account, plain = Sleepy(BUDGET), Plain()
    Account.tick(account)
    for what, number in steps:
        now = account.now
        if what == "spend":
            account.spend(number)
            plain.points[_day(now)] = plain.points.get(_day(now), 0) + number
        elif what == "tick":
            alerts = account.tick(now + number * MINUTE)
            found = [one.threshold_points for one in alerts if isinstance(one, BudgetAlert)]
            assert found == plain.tick(account.now)
        elif what == "snooze":
            points = plain.points.get(_day(now), 0)
            new = Snooze(rule="B", start=now, until=now + number * MINUTE, points=points, limit=100)
            account.snoozes = account.snoozes.adding(new)
            plain.snooze = new
        else:
            account.snoozes = account.snoozes.without("B", now)
            plain.undo(now)


def test_a_snooze_that_begins_or_ends_wakes_a_tick_and_its_going_on_does_not() -> None:
    """Nothing else happens; what is read need not be up to date, but then the next tick looks again."""
    account = Sleepy(budget())
    Account.tick(account)
    snooze(account, 10 * MINUTE)
    looks: dict[int, bool] = {}
    for minute in (1, 2, 9, 10, 11):
        known = account.memory
        account.tick(START + minute * MINUTE)
        looks[minute] = account.memory is not known
    assert looks == {1: True, 2: False, 9: False, 10: True, 11: False}
    snooze(account, 10 * MINUTE)
    account.reads = False
    account.state = msgspec.structs.replace(account.state, completed_at=START - 2 * HOUR)
    taken_in = account.memory.snoozed
    Account.tick(account, START + 12 * MINUTE)
    assert account.memory.snoozed == taken_in == {"B": Window(START + 10 * MINUTE, START + 10 * MINUTE)}
    account.reads = True
    account.tick(START + 13 * MINUTE)
    assert account.memory.snoozed == {"B": Window(START + 11 * MINUTE, START + 21 * MINUTE)}


def test_of_a_rule_for_each_key_one_is_snoozed_and_the_others_are_not() -> None:
    """A snooze of the whole rule holds for every key, but only what none of them has passed: its lowest."""
    config = budget(more=f'{LEVELS}each = "api_key"')
    account = monitored(config)
    assert _keys(account, START, a=85, b=85) == {("a", 80), ("b", 80)}
    found = next(one for one in account.standings() if one.value == "a")
    new = of_budget(found, START, account.config.zone).snoozed(START, START + 2 * DAY, "Ada")
    account.snoozes = account.snoozes.adding(new)
    assert list(account.evaluation().silent()) == ["B · a"]
    assert _keys(account, START + 25 * HOUR, a=85, b=85) == {("b", 80)}
    assert _keys(account, START + 26 * HOUR, a=20, b=1) == {("a", 100)}
    account = monitored(config)
    new = Snooze(rule="B", start=START, until=START + DAY, points=0, limit=100)
    account.snoozes = account.snoozes.adding(new)
    assert list(account.evaluation().silent()) == ["B"]
    assert _keys(account, START + MINUTE, a=60, b=110) == {("b", 100)}
    assert _keys(account, START + HOUR, a=1) == set()


def _keys(account: Account, now: datetime, **spent: int) -> set[tuple[str, int]]:
    """Let each key spend so much, tick, and give what is sent of which."""
    for key, points in spent.items():
        account.spend(points, now, api_key=key)
    return {(one.value, one.threshold_points) for one in sent(account, now)}

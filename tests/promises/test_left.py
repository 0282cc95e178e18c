"""What is left on the account, through the whole tick: sent, in trouble, reconciled, and granted."""

from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.alerts import BudgetAlert, HealthAlert, Kind, WelcomeAlert
from budget_alert.errors import PoeUnavailableError
from standins.poe_store import Grants, PoeAccount, Shown
from standins.simulated_poe import SimulatedPoe
from tests.support.configs import table
from tests.support.fast import FastWorld, alone, let_pass, spend

BEGIN = datetime(2026, 11, 10, 12, tzinfo=UTC)
ANCHOR = datetime(2026, 10, 17, 11, 35, tzinfo=UTC)
TICK = timedelta(minutes=5)
CONFIG = (
    table("budget", name="Cycle", points=1_000, period="billing")
    + table("budget", name="Day", points=100, period="day")
    + table("balance", name="Dry", below=500)
)
SILENT = ("health", "balance")


def world(config: str = CONFIG, now: datetime = BEGIN, **account: object) -> FastWorld:
    """Make an account whose points come monthly, and let it tick once."""
    plan = PoeAccount(points=2_000, grants=Grants.MONTHLY, begins=ANCHOR, **account)  # type: ignore[arg-type]
    made = alone(SimulatedPoe(account=plan), config, now)
    spend(made.poe, 1, now)
    made.tick()
    sent(made)
    return made


def sent(running: FastWorld) -> list[tuple[str, str]]:
    """Take what Slack was sent since last asked."""
    found = [(alert.kind.value, alert.rule) for alert in running.slack.sent]
    running.slack.taken.clear()
    return found


def ticked(running: FastWorld, ticks: int = 1) -> list[tuple[str, str]]:
    """Run some ticks, and give what they sent."""
    for _ in range(ticks):
        running.now += TICK
        running.tick()
    return sent(running)


@pytest.mark.parametrize("shown", [Shown.NOT_AT_ALL, Shown.GARBLED])
def test_an_unknown_balance_is_reported_once_and_the_other_rules_go_on(shown: Shown) -> None:
    """A refusal is reported at once, an end once, and budgets of days are reported in between."""
    running = world()
    running.poe.account.shown = shown
    assert ticked(running, 3) == [SILENT]
    spend(running.poe, 100, running.now)
    assert ticked(running) == [("budget", "Day")]
    running.poe.account.shown = Shown.WHOLE
    assert ticked(running, 3) == [SILENT]


def test_a_balance_that_is_away_for_a_moment_is_not_reported() -> None:
    """Poe may be away three times in a row before it is; then it is reported like any trouble."""
    running = world()

    def away(_number: int, name: str) -> None:
        if name == "before balance":
            raise PoeUnavailableError("away")

    running.gate.at = away
    assert ticked(running, 2) == []
    assert ticked(running, 2) == [SILENT]
    running.gate.at = let_pass
    assert ticked(running) == [SILENT]


def test_a_trouble_of_the_balance_is_forgotten_with_the_last_rule_that_asks() -> None:
    """Where no rule asks for the balance any more, nothing is sent of it, and nothing is asked."""
    running = world()
    running.poe.account.shown = Shown.NOT_AT_ALL
    assert ticked(running) == [SILENT]
    running.config = '[[budget]]\nname = "Day"\npoints = 100\nperiod = "day"\n'
    assert ticked(running, 2) == []
    running.config = CONFIG
    assert ticked(running, 2) == [SILENT]


def test_a_billing_budget_follows_the_grants() -> None:
    """Its window begins with the grant's quarter hour, and a new grant opens a new one."""
    running = world(now=ANCHOR + timedelta(days=30, hours=20))
    spend(running.poe, 900, running.now)
    assert ("budget", "Cycle") in ticked(running)
    (alert,) = [one for one in running.sns.sent if one.rule == "Cycle"]
    assert isinstance(alert, BudgetAlert)
    assert alert.standing.window.start == ANCHOR.replace(minute=30)
    assert alert.standing.window.end == datetime(2026, 11, 17, 11, 30, tzinfo=UTC)
    running.now = datetime(2026, 11, 17, 12, tzinfo=UTC)
    assert [one for one in ticked(running) if one[1] == "Cycle"] == []
    spend(running.poe, 850, running.now)
    assert ("budget", "Cycle") in ticked(running)


def test_what_crossed_before_a_grant_is_reported_after_it_and_once() -> None:
    """A window that a grant has closed is evaluated as it was, and a late cost sends it no second time."""
    running = world(now=datetime(2026, 11, 17, 11, 25, tzinfo=UTC))
    running.now += timedelta(minutes=1)
    spend(running.poe, 1_000, running.now)
    running.now = datetime(2026, 11, 17, 11, 50, tzinfo=UTC)
    assert ("budget", "Cycle") in ticked(running)
    late = datetime(2026, 11, 17, 11, 27, tzinfo=UTC)
    spend(running.poe, 5, late)
    assert ticked(running, 3) == []


def test_without_a_grant_a_billing_budget_has_no_windows_and_that_is_said() -> None:
    """Poe names no grant: the trouble says what to write in place of the period."""
    running = alone(SimulatedPoe(account=PoeAccount(grants=Grants.ONCE)), CONFIG, BEGIN)
    spend(running.poe, 1, running.now)
    running.tick()
    (trouble,) = [alert for alert in running.slack.sent if alert.kind is Kind.HEALTH]
    assert isinstance(trouble, HealthAlert)
    assert '"month"' in trouble.advice
    (welcome,) = [alert for alert in running.slack.sent if alert.kind is Kind.WELCOME]
    assert isinstance(welcome, WelcomeAlert)
    assert [standing.rule for standing in welcome.standings] == ["Day"]


def test_the_balance_of_a_stack_without_rules_on_it_is_not_asked() -> None:
    """A config of budgets alone costs no question more."""
    asked: list[str] = []
    running = world('[[budget]]\nname = "Day"\npoints = 100\nperiod = "day"\n')
    running.gate.at = lambda _number, name: asked.append(name)
    ticked(running, 2)
    assert not any("balance" in name for name in asked)


def test_points_that_leave_no_history_are_a_metric() -> None:
    """What the history never explains is measured until the next grant, but for what the edges hold."""
    running = world()
    running.poe.account.charge(300)
    ticked(running, 40)
    assert 295 < running.metrics[-1]["UnexplainedPoints"] <= 300
    running.now = datetime(2026, 11, 17, 12, tzinfo=UTC)
    ticked(running, 2)
    assert running.metrics[-1]["UnexplainedPoints"] == 0


def test_what_crossed_before_a_larger_plan_is_reported() -> None:
    """A grant that comes early ends the window that it came in, and what crossed in it is evaluated."""
    running = world(now=datetime(2026, 11, 5, 10, 0, tzinfo=UTC))
    spend(running.poe, 890, running.now)
    ticked(running)
    running.now = datetime(2026, 11, 5, 10, 6, tzinfo=UTC)
    spend(running.poe, 120, running.now)
    running.poe.account.begins = datetime(2026, 11, 5, 10, 7, tzinfo=UTC)
    running.now = datetime(2026, 11, 5, 10, 20, tzinfo=UTC)
    assert ("budget", "Cycle") in ticked(running)


def test_a_cycle_whose_start_is_not_named_counts_from_the_grant_that_was() -> None:
    """Poe names the grant of 31 January, then that of 28 February: what was spent before does not count."""
    grants = PoeAccount(
        points=200_000,
        grants=Grants.MONTHLY,
        begins=datetime(2026, 12, 31, 11, 35, tzinfo=UTC),
        shown=Shown.NEXT_GRANT,
    )
    config = CONFIG.replace("1_000", "100_000").replace("points = 100\n", "points = 1_000_000\n")
    running = alone(SimulatedPoe(account=grants), config, datetime(2027, 1, 27, 12, tzinfo=UTC))
    running.tick()
    for day in (28, 29, 30):
        running.now = datetime(2027, 1, day, 12, tzinfo=UTC)
        spend(running.poe, 29_000, running.now)
        ticked(running)
    running.slack.taken.clear()
    running.now = datetime(2027, 2, 1, 9, tzinfo=UTC)
    spend(running.poe, 500, running.now)
    assert ticked(running, 2) == []
    spend(running.poe, 80_000, running.now)
    running.now += TICK
    running.tick()
    (crossed,) = [alert for alert in running.slack.sent if alert.kind is Kind.BUDGET]
    assert isinstance(crossed, BudgetAlert)
    assert (crossed.standing.window.start, crossed.standing.points) == (
        datetime(2027, 1, 31, 11, 30, tzinfo=UTC),
        80_500,
    )

import pytest

from budget_alert.alerts import QueryAlert
from budget_alert.rules.query import MOST_A_TICK
from tests.support.account import DAY, HOUR, MINUTE, Account, monitored
from tests.support.configs import table
from tests.support.histories import START

CONFIG = table("query", name="Expensive", points=1_000, bots=["claude-*"]) + table(
    "query", name="Outrageous", points=50_000
)


def sent(account: Account) -> list[tuple[str, int]]:
    """Evaluate, and give rule and points of every query that is sent."""
    return [(alert.rule, alert.query.points) for alert in account.tick() if isinstance(alert, QueryAlert)]


def test_a_query_is_sent_once() -> None:
    """A query of the rule's points is sent by the tick that counts it, and by none after it."""
    account = monitored(CONFIG)
    account.spend(999)
    assert sent(account) == []
    account.spend(1_000, START + MINUTE, query_id="dear", used_for="A novel")
    (alert,) = account.tick()
    assert isinstance(alert, QueryAlert)
    assert (alert.threshold_points, alert.query.used_for) == (1_000, "A novel")
    account.spend(5, START + MINUTE)
    assert sent(account) == []


def test_each_rule_sends_its_own() -> None:
    """A query that two rules ask for is sent by both, and a rule's filter counts."""
    account = monitored(CONFIG)
    account.spend(60_000, query_id="both")
    account.spend(70_000, query_id="other bot", bot="GPT-5")
    assert sorted(sent(account)) == [("Expensive", 60_000), ("Outrageous", 60_000), ("Outrageous", 70_000)]


def test_more_than_a_tick_can_send_are_sent_by_the_next_ones() -> None:
    """An outage with hundreds of costly queries is sent tick by tick, each query once."""
    account = monitored(CONFIG)
    for number in range(4 * 90):
        account.spend(2_000, START + (number % 4) * HOUR, query_id=f"q{number}")
    account.now = START + 5 * HOUR
    assert [len(sent(account)) for _ in range(4)] == [MOST_A_TICK, 360 - MOST_A_TICK, 0, 0]


@pytest.mark.parametrize("created", [START - DAY, START - MINUTE])
def test_what_was_asked_before_the_rule_was_known_is_not_sent(created: object) -> None:
    """A new rule starts with what comes."""
    account = monitored(CONFIG)
    account.spend(5_000, created)  # type: ignore[arg-type]
    assert sent(account) == []


def test_a_query_whose_cost_lands_late_is_sent_then() -> None:
    """A row that cost nothing at first is sent when its cost is known."""
    account = monitored(CONFIG)
    account.spend(0, START + MINUTE, query_id="video")
    assert sent(account) == []
    account.spent.clear()
    account.now = START + 3 * HOUR
    account.spend(30_000, START + MINUTE, query_id="video")
    assert sent(account) == [("Expensive", 30_000)]


def test_a_rule_with_other_points_is_new() -> None:
    """Lowering a rule's points floods nobody with what was asked before; what comes is sent."""
    account = monitored(CONFIG)
    account.spend(900, START + MINUTE)
    assert sent(account) == []
    account.configure(CONFIG.replace("1_000", "500"))
    account.now = START + HOUR
    account.spend(1, START + 2 * MINUTE)
    assert sent(account) == []
    account.spend(600, account.now, query_id="new")
    assert sent(account) == [("Expensive", 600)]

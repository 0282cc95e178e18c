import pytest

from budget_alert.alerts import QueryAlert
from budget_alert.rules.query import MOST_A_TICK
from tests.support.account import HOUR, MINUTE, Account, looks, monitored, sole
from tests.support.configs import table
from tests.support.histories import START

CONFIG = table("query", name="Expensive", points=1_000, bots=["claude-*"]) + table(
    "query", name="Outrageous", points=50_000
)


def sent(account: Account) -> list[tuple[str, int]]:
    """Evaluate, and give rule and points of every query that is sent."""
    return [(alert.rule, alert.query.points) for alert in account.tick() if isinstance(alert, QueryAlert)]


@pytest.mark.parametrize(
    "text",
    ["0m 999, 0m 1000@1m -> query, 0m 5@1m", "0m 60000 -> query query", "0m 5000@-1d", "0m 5000@-1m"],
    ids=["once", "by each rule", "nothing of before the rule was known", "nor of just before"],
)
def test_a_query_of_the_points_of_a_rule_is_sent_once(text: str) -> None:
    """By the tick that counts it, and by none after it; a new rule starts with what comes."""
    looks(monitored(CONFIG), text)


def test_each_rule_sends_its_own() -> None:
    """A rule's filter counts; the alert says what the query was for."""
    account = monitored(CONFIG)
    account.spend(70_000, query_id="other bot", bot="GPT-5", used_for="A novel")
    alert = sole(account.tick(), QueryAlert)
    assert (alert.rule, alert.threshold_points) == ("Outrageous", 50_000)
    assert (alert.query.points, alert.query.used_for) == (70_000, "A novel")


def test_more_than_a_tick_can_send_are_sent_by_the_next_ones() -> None:
    """An outage with hundreds of costly queries is sent tick by tick, each query once."""
    account = monitored(CONFIG)
    for number in range(4 * 90):
        account.spend(2_000, START + (number % 4) * HOUR, query_id=f"q{number}")
    account.now = START + 5 * HOUR
    assert [len(sent(account)) for _ in range(4)] == [MOST_A_TICK, 360 - MOST_A_TICK, 0, 0]


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
    account.spend(700, START + HOUR - MINUTE)
    account.now += 10 * MINUTE
    account.spend(700, account.now - MINUTE)
    assert sent(account) == []
    account.spend(600, account.now, query_id="new")
    assert sent(account) == [("Expensive", 600)]

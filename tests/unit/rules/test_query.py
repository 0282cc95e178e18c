import pytest

from budget_alert.alerts import QueryAlert
from budget_alert.rules.query import MOST_A_TICK
from tests.support.account import DAY, HOUR, MINUTE, Account, watched
from tests.support.histories import START

CONFIG = """
[[query]]
name = "Expensive"
points = 1_000
bots = ["claude-*"]

[[query]]
name = "Outrageous"
points = 50_000
"""


def told(account: Account) -> list[tuple[str, int]]:
    """Judge, and give rule and points of every query that is told."""
    return [(alert.rule, alert.query.points) for alert in account.tick() if isinstance(alert, QueryAlert)]


def test_a_query_is_told_once() -> None:
    """A query of the rule's points is told by the tick that counts it, and by none after it."""
    account = watched(CONFIG)
    account.spend(999)
    assert told(account) == []
    account.spend(1_000, START + MINUTE, query_id="dear", used_for="A novel")
    (alert,) = account.tick()
    assert isinstance(alert, QueryAlert)
    assert (alert.threshold_points, alert.query.used_for) == (1_000, "A novel")
    account.spend(5, START + MINUTE)
    assert told(account) == []


def test_each_rule_tells_its_own() -> None:
    """A query that two rules ask for is told by both, and a rule's filter counts."""
    account = watched(CONFIG)
    account.spend(60_000, query_id="both")
    account.spend(70_000, query_id="other bot", bot="GPT-5")
    assert sorted(told(account)) == [("Expensive", 60_000), ("Outrageous", 60_000), ("Outrageous", 70_000)]


def test_many_queries_of_one_tick_are_all_told() -> None:
    """Fifty queries in one quarter hour are fifty alerts of one tick."""
    account = watched(CONFIG)
    for number in range(50):
        account.spend(2_000 + number, START + MINUTE, query_id=f"q{number}")
    assert len(told(account)) == 50


def test_more_than_a_tick_can_send_are_told_by_the_next_ones() -> None:
    """An outage with hundreds of costly queries is told tick by tick, each query once."""
    account = watched(CONFIG)
    for number in range(4 * 90):
        account.spend(2_000, START + (number % 4) * HOUR, query_id=f"q{number}")
    account.now = START + 5 * HOUR
    assert [len(told(account)) for _ in range(4)] == [MOST_A_TICK, 360 - MOST_A_TICK, 0, 0]


@pytest.mark.parametrize("created", [START - DAY, START - MINUTE])
def test_what_was_asked_before_the_rule_was_known_is_not_told(created: object) -> None:
    """A new rule starts with what comes."""
    account = watched(CONFIG)
    account.spend(5_000, created)  # type: ignore[arg-type]
    assert told(account) == []


def test_a_query_whose_cost_lands_late_is_told_then() -> None:
    """A row that cost nothing at first is told when its cost is known."""
    account = watched(CONFIG)
    account.spend(0, START + MINUTE, query_id="video")
    assert told(account) == []
    account.spent.clear()
    account.now = START + 3 * HOUR
    account.spend(30_000, START + MINUTE, query_id="video")
    assert told(account) == [("Expensive", 30_000)]


def test_a_rule_with_other_points_is_new() -> None:
    """Lowering a rule's points floods nobody with what was asked before; what comes is told."""
    account = watched(CONFIG)
    account.spend(900, START + MINUTE)
    assert told(account) == []
    account.configure(CONFIG.replace("1_000", "500"))
    account.now = START + HOUR
    account.spend(1, START + 2 * MINUTE)
    assert told(account) == []
    account.spend(600, account.now, query_id="new")
    assert told(account) == [("Expensive", 600)]

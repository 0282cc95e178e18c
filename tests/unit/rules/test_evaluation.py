from typing import Any

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from budget_alert.rules.evaluation import evaluation_of, is_quiet
from budget_alert.rules.notified import Known, Memory
from budget_alert.rules.reconciliation import noted
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.state import State
from tests.support.account import HOUR, MINUTE, Account, budget
from tests.support.histories import START

NOW = START + 10 * HOUR + 30 * MINUTE
DRY = '[[balance]]\nname = "Dry"\nbelow = 10\n'
DIGEST = '[digest]\nevery = "day"\nat = "10:15"\n'
CONFIG = parse(budget("month", 1_000) + DRY + DIGEST)
BEFORE = State(
    started_at=START - 9 * DAY, settled_until=NOW - HOUR, completed_at=NOW - 5 * MINUTE, answered_at=NOW
)
RULES = {rule: Known(START, fresh=False) for rule in CONFIG.fingerprints}
LEFT = PoeBalance(points=500)
KNOWN = Memory(
    welcomed=2, rules=RULES, digested_until=START, reconciliation=noted(None, LEFT, NOW - 20 * MINUTE)
)


def test_the_past_of_a_filtered_budget_is_what_it_counts() -> None:
    """A tenth of each day's points is that of the past too, whoever spent the rest; a copy counts anew."""
    account = Account(budget("month", 1_000, 'bots = ["gpt-*"]'), START + 6 * DAY)
    unread = account.evaluation()
    (each,) = unread.budgets
    assert unread.points(each.rule, each.present) == 0
    for number in range(6):
        account.spend(90, START + number * DAY)
        account.spend(10, START + number * DAY, bot="gpt-5")
    read = account.evaluation()
    past = read.past_of(each.rule)
    assert past is not None
    assert round(sum(past.points), 6) == 60
    # By quarter hours, those of a hundred keys would not fit into the function's memory.
    assert past.step == HOUR
    assert msgspec.structs.replace(unread, usage=read.usage).points(each.rule, each.present) == 60


QUIET: dict[str, tuple[bool, dict[str, Any], dict[str, Any], PoeBalance | None]] = {
    "nothing new": (True, {}, {}, LEFT),
    "the balance was not asked": (True, {}, {}, None),
    "the first tick of an hour": (False, {}, {"completed_at": NOW - 31 * MINUTE}, LEFT),
    "the same hour of another day": (False, {}, {"completed_at": NOW - DAY}, LEFT),
    "nothing was ever read whole": (False, {}, {"completed_at": None}, LEFT),
    "usage has changed": (False, {}, {"unevaluated_from": NOW - 2 * HOUR}, LEFT),
    "a welcome is to come": (False, {"welcomed": 1}, {}, LEFT),
    "a new rule": (False, {"rules": {}}, {}, LEFT),
    "a rule that is fresh": (False, {"rules": dict.fromkeys(RULES, Known(START))}, {}, LEFT),
    "a rule that has gone": (False, {"rules": {**RULES, "gone": Known(START, fresh=False)}}, {}, LEFT),
    "a balance that fell": (False, {}, {}, PoeBalance(points=499)),
    "a balance that rose": (False, {}, {}, PoeBalance(points=501)),
    "another grant": (False, {}, {}, PoeBalance(points=500, next_monthly_grant=NOW + 3 * DAY)),
    "a balance that was never evaluated": (False, {"reconciliation": None}, {}, LEFT),
    "a repetition was due": (False, {"repeats_at": NOW - HOUR}, {}, LEFT),
    "a repetition is due": (False, {"repeats_at": NOW}, {}, LEFT),
    "a repetition will be due": (True, {"repeats_at": NOW + HOUR}, {}, LEFT),
    "a rest has ended": (False, {"rests_until": NOW - MINUTE}, {}, LEFT),
    "a rest ends": (False, {"rests_until": NOW}, {}, LEFT),
    "a rest goes on": (True, {"rests_until": NOW + MINUTE}, {}, LEFT),
    "a digest is due": (False, {"digested_until": START - DAY}, {}, LEFT),
}


@pytest.mark.parametrize(("expected", "memory", "state", "balance"), QUIET.values(), ids=QUIET)
def test_a_tick_is_quiet_that_finds_nothing_new(
    memory: dict[str, Any], state: dict[str, Any], balance: PoeBalance | None, *, expected: bool
) -> None:
    """Then usage is not read; what only time brings about is found by the first tick of the next hour."""
    before = msgspec.structs.replace(BEFORE, **state)
    asked = evaluation_of(CONFIG, msgspec.structs.replace(KNOWN, **memory), before, NOW, balance)
    assert is_quiet(asked, before) is expected

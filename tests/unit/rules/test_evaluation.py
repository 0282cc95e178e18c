from typing import Any

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from budget_alert.rules.evaluation import evaluation_of, is_quiet, matcher
from budget_alert.rules.notified import Known, Memory
from budget_alert.rules.reconciliation import noted
from budget_alert.usage.left import PoeBalance
from budget_alert.usage.slots import RecordedUsage, by_day, day_from
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from tests.support.account import HOUR, MINUTE, budget
from tests.support.histories import START, entry

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
    welcomed=2,
    rules=RULES,
    digested_until=START,
    reconciliation=noted(None, LEFT, NOW - 20 * MINUTE),
)


def filtered() -> str:
    """Give a config of one budget, which counts a bot only."""
    return budget("month", 1_000, 'bots = ["gpt-*"]')


def test_the_past_of_a_filtered_budget_is_what_it_counts() -> None:
    """A tenth of each day's points is that of the past too, whoever spent the rest."""
    days = [START + number * DAY for number in range(6)]
    slots = {day: Totals.of([entry(day, 90), entry(day, 10, bot="gpt-5")]) for day in days}
    usage = RecordedUsage({start: day_from(within, start) for start, within in by_day(slots)}, slots)
    state = State(started_at=START).unevaluated(START)
    asked = evaluation_of(parse(filtered()), Memory(), state, START + 6 * DAY)
    past = msgspec.structs.replace(asked, usage=usage).past_of(asked.config.budgets[0])
    assert past is not None
    assert round(sum(past.points), 6) == 60


def test_equal_filters_have_one_matcher() -> None:
    """So that what was worked out for one filter can be found again."""
    first, second = (parse(filtered()).budgets[0].filter for _ in range(2))
    assert first is not second
    assert matcher(first) is matcher(second)


@pytest.mark.parametrize(
    ("expected", "memory", "state", "balance"),
    [
        (True, {}, {}, LEFT),
        (True, {}, {}, None),
        (False, {}, {"completed_at": NOW - 31 * MINUTE}, LEFT),
        (False, {}, {"completed_at": NOW - DAY}, LEFT),
        (False, {}, {"completed_at": None}, LEFT),
        (False, {}, {"unevaluated_from": NOW - 2 * HOUR}, LEFT),
        (False, {"welcomed": 1}, {}, LEFT),
        (False, {"rules": {}}, {}, LEFT),
        (False, {"rules": dict.fromkeys(RULES, Known(START))}, {}, LEFT),
        (False, {"rules": {**RULES, "gone": Known(START, fresh=False)}}, {}, LEFT),
        (False, {}, {}, PoeBalance(points=499)),
        (False, {}, {}, PoeBalance(points=501)),
        (False, {}, {}, PoeBalance(points=500, next_monthly_grant=NOW + 3 * DAY)),
        (False, {"reconciliation": None}, {}, LEFT),
        (False, {"repeats_at": NOW - HOUR}, {}, LEFT),
        (False, {"repeats_at": NOW}, {}, LEFT),
        (True, {"repeats_at": NOW + HOUR}, {}, LEFT),
        (False, {"rests_until": NOW - MINUTE}, {}, LEFT),
        (False, {"rests_until": NOW}, {}, LEFT),
        (True, {"rests_until": NOW + MINUTE}, {}, LEFT),
        (False, {"digested_until": START - DAY}, {}, LEFT),
    ],
    ids=[
        "nothing new",
        "the balance was not asked",
        "the first tick of an hour",
        "the same hour of another day",
        "nothing was ever read whole",
        "usage has changed",
        "a welcome is to come",
        "a new rule",
        "a rule that is fresh",
        "a rule that has gone",
        "a balance that fell",
        "a balance that rose",
        "another grant",
        "a balance that was never evaluated",
        "a repetition was due",
        "a repetition is due",
        "a repetition will be due",
        "a rest has ended",
        "a rest ends",
        "a rest goes on",
        "a digest is due",
    ],
)
def test_a_tick_is_quiet_that_finds_nothing_new(
    expected: bool,  # noqa: FBT001 - a case
    memory: dict[str, Any],
    state: dict[str, Any],
    balance: PoeBalance | None,
) -> None:
    """Then usage is not read; what only time brings about is found by the first tick of the next hour."""
    before = msgspec.structs.replace(BEFORE, **state)
    asked = evaluation_of(CONFIG, msgspec.structs.replace(KNOWN, **memory), before, NOW, balance)
    assert is_quiet(asked, before) is expected


def test_a_copy_remembers_no_sums_of_the_one_before() -> None:
    """What an evaluation has worked out of its usage is not that of another one."""
    asked = evaluation_of(parse(filtered()), Memory(), State(started_at=START), NOW)
    slots = {START: Totals.of([entry(START, 7, bot="gpt-5")])}
    usage = RecordedUsage({START: day_from(slots, START)}, slots)
    (each,) = asked.budgets
    assert asked.points(each.budget, each.present) == 0
    read = msgspec.structs.replace(asked, usage=usage)
    assert read.points(each.budget, each.present) == 7

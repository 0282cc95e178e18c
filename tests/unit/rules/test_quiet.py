from datetime import timedelta

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.rules.notified import Known, Memory
from budget_alert.rules.plan import planned
from budget_alert.rules.quiet import is_quiet
from budget_alert.rules.reconciliation import reckoned
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.state import State
from tests.support.world import MONTH, START

NOW = START + timedelta(hours=10, minutes=30)
CONFIG = parse(MONTH)
JUDGED = State(started_at=START, completed_at=NOW - timedelta(minutes=5))
KNOWN = Memory(welcomed=2, rules={rule: Known(START, fresh=False) for rule in CONFIG.watched})


def quiet(state: State = JUDGED, memory: Memory = KNOWN, text: str = MONTH, before: State = JUDGED) -> bool:
    """Ask for a tick in the middle of an hour."""
    config = parse(text)
    return is_quiet(config, planned(config, memory, state, NOW), memory, before)


def test_a_tick_that_finds_nothing_new_is_quiet() -> None:
    """All was judged before, and nothing waits."""
    assert quiet()


@pytest.mark.parametrize(
    "state",
    [
        msgspec.structs.replace(JUDGED, completed_at=NOW - timedelta(minutes=31)),
        msgspec.structs.replace(JUDGED, completed_at=NOW - timedelta(days=1)),
        msgspec.structs.replace(JUDGED, completed_at=None),
    ],
)
def test_the_first_tick_of_an_hour_is_not_quiet(state: State) -> None:
    """What only time brings about is found by then."""
    assert not quiet(before=state)


def test_changed_usage_is_judged() -> None:
    """So is what a tick before could not judge."""
    assert not quiet(state=JUDGED.unevaluated(NOW - timedelta(hours=2)))


@pytest.mark.parametrize(
    "memory",
    [
        msgspec.structs.replace(KNOWN, welcomed=1),
        msgspec.structs.replace(KNOWN, rules={}),
        msgspec.structs.replace(KNOWN, rules={rule: Known(START) for rule in KNOWN.rules}),
        msgspec.structs.replace(KNOWN, rules={**KNOWN.rules, "gone": Known(START, fresh=False)}),
    ],
)
def test_a_welcome_or_a_new_rule_is_judged(memory: Memory) -> None:
    """The memory of a rule that has gone is put in order, too."""
    assert not quiet(memory=memory)


WITH_BALANCE = MONTH + '\n[[balance]]\nname = "Dry"\nbelow = 10\n'
LEFT = PoeBalance(points=500)
RECKONED = msgspec.structs.replace(KNOWN, reconciliation=reckoned(None, LEFT, 0, NOW - timedelta(minutes=20)))


@pytest.mark.parametrize(
    ("balance", "memory", "expected"),
    [
        (LEFT, RECKONED, True),
        (PoeBalance(points=499), RECKONED, False),
        (PoeBalance(points=501), RECKONED, False),
        (PoeBalance(points=500, next_monthly_grant=NOW + timedelta(days=3)), RECKONED, False),
        (LEFT, KNOWN, False),
    ],
)
def test_a_balance_that_has_changed_is_judged(balance: PoeBalance, memory: Memory, expected: bool) -> None:  # noqa: FBT001 - a case
    """One that is as it was when all was judged says nothing new."""
    config = parse(WITH_BALANCE)
    assert is_quiet(config, planned(config, memory, JUDGED, NOW, balance), memory, JUDGED) is expected


@pytest.mark.parametrize(("hours", "expected"), [(-1, False), (0, False), (1, True)])
def test_a_repetition_is_judged_when_it_is_due(hours: int, expected: bool) -> None:  # noqa: FBT001 - a case
    """Until then it keeps nobody busy."""
    memory = msgspec.structs.replace(KNOWN, repeats_at=NOW + timedelta(hours=hours))
    assert quiet(memory=memory) is expected


@pytest.mark.parametrize(("minutes", "expected"), [(-1, False), (0, False), (1, True)])
def test_the_end_of_a_rest_is_judged(minutes: int, expected: bool) -> None:  # noqa: FBT001 - a case
    """What it held back may be told then."""
    memory = msgspec.structs.replace(KNOWN, rests_until=NOW + timedelta(minutes=minutes))
    assert quiet(memory=memory) is expected


def test_a_digest_is_judged_when_it_is_due() -> None:
    """At its time, whatever was spent."""
    more = '\n[digest]\nevery = "day"\nat = "10:15"\n'
    memory = msgspec.structs.replace(KNOWN, digested_until=START - timedelta(days=1))
    state = msgspec.structs.replace(JUDGED, started_at=START - timedelta(days=9), settled_until=NOW)
    assert not quiet(state=state, memory=memory, text=MONTH + more)

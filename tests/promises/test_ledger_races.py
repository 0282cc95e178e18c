"""Ticks that really write at the same time, to DynamoDB as Amazon implements it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from budget_alert.errors import LostRaceError
from budget_alert.rules.decision import Decision
from budget_alert.usage.state import Cursor, State
from tests.support.ledgers import FOUR_DAYS, NOW, START, assert_days_equal_their_slots, quarter_hours
from tests.support.made_messages import alert
from tests.support.tables import Backend

pytest_plugins = ["tests.promises.dynamodb"]
pytestmark = pytest.mark.xdist_group("dynamodb")

RACERS = 6
FIRST = State(started_at=NOW)


def race(write: Callable[[int], State]) -> dict[int, State]:
    """Let all write at once, and give what those wrote that did not lose."""
    barrier = Barrier(RACERS)

    def run(racer: int) -> State | None:
        barrier.wait()
        try:
            return write(racer)
        except LostRaceError:
            return None

    with ThreadPoolExecutor(RACERS) as threads:
        ended = list(threads.map(run, range(RACERS)))
    return {racer: state for racer, state in enumerate(ended) if state is not None}


def test_of_many_records_at_once_one_wins(local: Backend) -> None:
    """Whoever writes first has written all of it; the others have written nothing, round after round."""
    known = FIRST
    for round_ in range(5):
        found = {racer: quarter_hours(racer + 1) for racer in range(RACERS)}
        stored = local.ledger().slots(FOUR_DAYS)

        def write(racer: int) -> State:
            moved = State(started_at=NOW, cursor=Cursor(round_, f"q{racer}"))  # noqa: B023 - used at once
            return local.ledger().record(known, moved, stored, found[racer])  # noqa: B023 - as above

        ((winner, known),) = race(write).items()
        assert local.ledger().state() == known
        assert known.cursor == Cursor(round_, f"q{winner}")
        assert local.ledger().slots(FOUR_DAYS) == {**stored, **found[winner]}
        assert_days_equal_their_slots(local.ledger())


def test_of_many_claims_at_once_one_wins(local: Backend) -> None:
    """An alert that all ticks found is in the outbox once."""
    decision = Decision(others=(alert(id="a"),))
    assert len(race(lambda _: local.ledger().apply(FIRST, decision, ["sns"], NOW))) == 1
    assert [one.alert.id for one in local.outbox().alerts(START)] == ["a"]

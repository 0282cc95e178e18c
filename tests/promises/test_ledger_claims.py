"""Alerts, the memory that they were sent, notes and the cursor: written together or not at all."""

from datetime import timedelta
from fractions import Fraction

import msgspec
import pytest

from budget_alert.alerts import Alert
from budget_alert.errors import LostRaceError
from budget_alert.ledger.items import alert_key
from budget_alert.ledger.outbox import Owed
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.usage.state import State
from tests.support.ledgers import NOW, START, notified_at
from tests.support.made_messages import alert, standing, welcome
from tests.support.tables import Backend

pytest_plugins = ["tests.promises.dynamodb"]

UNEVALUATED = State(started_at=NOW, unevaluated_from=START)
MEMORY = Memory(welcomed=1)


def notices(count: int) -> tuple[Notice, ...]:
    """Make steps with an alert each, three of them to a memory that grows from one to the next."""
    return tuple(
        Notice(f"told#{n // 3}", notified_at(n % 3, Fraction(n)), alert(id=f"a{n}", threshold_points=n))
        for n in range(count)
    )


def owed(backend: Backend) -> list[Owed]:
    """Give the alerts in the outbox."""
    return backend.outbox().alerts(START)


def test_a_claim_is_one_transaction(backend: Backend) -> None:
    """Alerts, sent records, notes and the cursor are written together; what was evaluated is unmarked."""
    welcome = alert(id="welcome")
    decision = Decision(notices=notices(2), others=(welcome,), memory=MEMORY, evaluated=True)
    state = backend.ledger().apply(UNEVALUATED, decision, {"sns", "slack"}, NOW)
    assert state.unevaluated_from is None
    assert backend.transactions() == [
        {"cursor", "notes", "told#0", *(alert_key(NOW, name) for name in ("a0", "a1", "welcome"))}
    ]
    assert backend.ledger().state() == state == State(started_at=NOW, version=1, noted=1, outbox_since=NOW)
    assert backend.ledger().memory() == MEMORY
    assert backend.ledger().notified(["told#0", "told#1"]) == {"told#0": decision.notices[1].notified}
    assert [one.alert for one in owed(backend)] == [
        decision.notices[0].alert,
        decision.notices[1].alert,
        welcome,
    ]
    assert {one.owed for one in owed(backend)} == {frozenset({"sns", "slack"})}


def test_what_a_claim_does_not_bring_stays(backend: Backend) -> None:
    """One of health alerts leaves mark and notes, one without alerts owes nothing."""
    ledger = backend.ledger()
    state = ledger.apply(
        UNEVALUATED, Decision(notices=(Notice("told#a", notified_at(1)),), memory=MEMORY), ["sns"], NOW
    )
    assert (state.unevaluated_from, state.outbox_since, owed(backend)) == (START, None, [])
    state = ledger.apply(state, Decision(others=(alert(),)), ["sns"], NOW)
    assert (state.unevaluated_from, ledger.memory()) == (START, MEMORY)


def test_the_outbox_is_known_since_its_oldest_alert(backend: Backend) -> None:
    """Neither a later claim nor one under an earlier clock hides an older alert."""
    ledger = backend.ledger()
    state = ledger.apply(UNEVALUATED, Decision(others=(alert(id="a"),)), ["sns"], NOW)
    state = ledger.apply(state, Decision(others=(alert(id="b"),)), ["sns"], NOW + timedelta(minutes=5))
    assert state.outbox_since == NOW
    early = NOW - timedelta(minutes=1)
    state = ledger.apply(state, Decision(others=(alert(id="c"),)), ["sns"], early)
    assert state.outbox_since == early
    assert [one.alert.id for one in backend.outbox().alerts(early)] == ["c", "a", "b"]
    assert ledger.waiting(state, None).outbox_since is None
    assert ledger.state() == msgspec.structs.replace(state, version=4, outbox_since=None)


def test_an_alert_is_never_written_over(backend: Backend) -> None:
    """An alert whose key is taken is refused, and nothing of its transaction is written."""
    ledger = backend.ledger()
    state = ledger.apply(UNEVALUATED, Decision(others=(alert(id="a"),)), ["sns"], NOW)
    stored = backend.items()
    with pytest.raises(LostRaceError):
        ledger.apply(state, Decision(notices=notices(1), others=(alert(id="a", rule="other"),)), ["sns"], NOW)
    assert backend.items() == stored


def test_a_large_claim_is_cut(backend: Backend) -> None:
    """More than 40 steps take several transactions; the last brings the notes and clears the mark."""
    decision = Decision(notices=notices(100), others=(alert(id="health"),), memory=MEMORY, evaluated=True)
    state = backend.ledger().apply(UNEVALUATED, decision, ["sns"], NOW)
    assert state.version == 3
    assert ["notes" in keys for keys in backend.transactions()] == [False, False, True]
    assert all(len(keys) <= 100 for keys in backend.transactions())
    assert {one.alert.id for one in owed(backend)} == {one.id for one in decision.alerts}
    expected = {notice.key: notice.notified for notice in decision.notices}
    assert backend.ledger().notified(list(expected)) == expected


def test_an_alert_comes_back_whole(backend: Backend) -> None:
    """Money, windows, drivers and hostile names survive the table."""
    original: Alert = welcome(standing("<!channel>\n\u202e"), standing("é"), text="<&>")
    backend.ledger().apply(UNEVALUATED, Decision(others=(original,)), ["sns"], NOW)
    assert [one.alert for one in owed(backend)] == [original]

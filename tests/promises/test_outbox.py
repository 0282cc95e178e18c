"""The outbox: what is written there and with it, what waits, who may send, and what became of it."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from budget_alert.errors import LostRaceError
from budget_alert.ledger.items import alert_key
from budget_alert.ledger.outbox import Owed
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.usage.state import State
from tests.support.ledgers import NOW, START, notified_at
from tests.support.made_messages import alert
from tests.support.tables import Backend, Instead

pytest_plugins = ["tests.promises.dynamodb"]

MINUTE = timedelta(minutes=1)
UNEVALUATED = State(started_at=NOW, unevaluated_from=START)
MEMORY = Memory(welcomed=1)


def waiting(backend: Backend, *ids: str) -> list[Owed]:
    """Write alerts a minute apart, owed to Slack and SNS, and give them as the outbox does."""
    state = backend.ledger().state() or State(started_at=NOW)
    for number, name in enumerate(ids):
        decision = Decision(others=(alert(id=name),))
        state = backend.ledger().apply(state, decision, ["slack", "sns"], NOW + number * MINUTE)
    return backend.outbox().alerts(NOW)


def test_alerts_are_given_oldest_first_since_an_instant(backend: Backend) -> None:
    """What was written before the instant is left out; what is no alert never comes."""
    waiting(backend, "c", "a", "b")
    backend.put("alert", body={"S": "{}"})
    backend.put("alert$more", body={"S": "{}"})
    assert [one.alert.id for one in backend.outbox().alerts(NOW)] == ["c", "a", "b"]
    assert [one.alert.id for one in backend.outbox().alerts(NOW + MINUTE)] == ["a", "b"]
    assert backend.outbox().alerts(NOW + 3 * MINUTE) == []


def test_marks_are_kept_for_each_channel(backend: Backend) -> None:
    """What one channel accepted and another refused is remembered apart, and changes nothing else."""
    one, other = waiting(backend, "a", "b")
    assert one == Owed(key=alert_key(NOW, "a"), alert=alert(id="a"), owed=frozenset({"slack", "sns"}))
    backend.outbox().mark([one, other], "slack", "refused", NOW)
    backend.outbox().mark([one], "sns", "accepted", NOW)
    first, second = backend.outbox().alerts(NOW)
    marked = {"accepted": frozenset({"sns"}), "refused": frozenset({"slack"})}
    assert first == msgspec.structs.replace(one, **marked)
    assert second == msgspec.structs.replace(other, refused=frozenset({"slack"}))


def test_a_mark_set_twice_is_one_mark(backend: Backend) -> None:
    """Marking is idempotent, from a stale reading too; a mark that is known is not written again."""
    stale = waiting(backend, "a")
    for _ in range(2):
        backend.outbox().mark(stale, "slack", "accepted", NOW)
    marked = backend.outbox().alerts(NOW)
    assert [one.accepted for one in marked] == [frozenset({"slack"})]
    backend.calls.clear()
    backend.outbox().mark(marked, "slack", "accepted", NOW)
    assert backend.calls == []


def test_an_alert_that_is_gone_cannot_be_marked(backend: Backend) -> None:
    """What the time to live has taken meanwhile does not come back as a stub, and holds up no other."""
    gone, here = waiting(backend, "a", "b")
    backend.delete(gone.key)
    backend.outbox().mark([gone, here], "sns", "accepted", NOW)
    assert [(one.alert.id, *one.accepted) for one in backend.outbox().alerts(NOW)] == [("b", "sns")]
    assert gone.key not in backend.items()


def leased(backend: Backend, now: datetime = NOW, length: timedelta = MINUTE) -> str | None:
    """Take Slack's lease as a tick does; None where another has it."""
    outbox = backend.outbox()
    free = outbox.free(["slack"], now)
    return outbox.lease("slack", free["slack"], now + length) if free else None


def test_only_one_holds_a_lease(backend: Backend) -> None:
    """While one may send to a channel another may not, until the lease is given back or has run out."""
    lease = leased(backend)
    assert lease
    assert not leased(backend)
    assert not leased(backend, NOW + MINUTE - timedelta(milliseconds=1))
    assert backend.outbox().free(["slack", "sns"], NOW) == {"sns": ""}
    assert leased(backend, NOW + MINUTE)
    assert not leased(backend, NOW + MINUTE)
    backend.delete("lease#slack")
    lease = leased(backend)
    assert lease
    backend.outbox().release("slack", lease)
    assert leased(backend)


def test_only_ones_own_lease_is_given_back(backend: Backend) -> None:
    """Who comes back late does not end the lease that another has taken meanwhile."""
    backend.outbox().release("slack", "nobody's")
    assert backend.items("lease#") == {}
    old = leased(backend)
    assert old
    assert leased(backend, NOW + MINUTE)
    backend.outbox().release("slack", old)
    assert not leased(backend, NOW + MINUTE)


def test_of_two_who_found_a_channel_free_one_gets_the_lease(backend: Backend) -> None:
    """Also where the first has given it back already: what the other has read is old by then."""
    one, other = backend.outbox(), backend.outbox()
    for _ in range(2):
        last, late = (outbox.free(["slack"], NOW)["slack"] for outbox in (one, other))
        lease = one.lease("slack", last, NOW + MINUTE)
        assert lease
        assert not other.lease("slack", late, NOW + MINUTE)
        one.release("slack", lease)
        assert not other.lease("slack", late, NOW + MINUTE)


def test_a_lease_asked_for_twice_is_held(backend: Backend) -> None:
    """Where the answer was lost and AWS's client asks again, the lease is there."""

    def twice(**request: Any) -> Any:
        backend.client.update_item(**request)
        return backend.client.update_item(**request)

    assert backend.outbox(Instead(backend.client, update_item=twice)).lease("slack", "", NOW + MINUTE)


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

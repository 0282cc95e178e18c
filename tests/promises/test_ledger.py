from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from budget_alert.errors import LostRaceError
from budget_alert.instants import SLOT, day_of
from budget_alert.ledger.items import alert_key
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.known_troubles import KnownTrouble
from budget_alert.rules.notified import Known, Memory
from budget_alert.usage.roster import Member, Roster
from budget_alert.usage.slots import RecordedUsage, Slots
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from tests.support.ledgers import (
    FOUR_DAYS,
    NOW,
    START,
    assert_days_equal_their_slots,
    notified_at,
    quarter_hours,
    rich_changes,
    states,
    totals,
)
from tests.support.made_messages import alert
from tests.support.tables import Backend, Instead

pytest_plugins = ["tests.promises.dynamodb"]

KEPT = timedelta(days=400)
FIRST = State(started_at=NOW)
MEMORY = Memory(
    rules={"a1": Known(NOW, fresh=False)},
    troubles={"key": KnownTrouble(NOW, "refused")},
    config='[[budget]]\nname = "Ünïcode"',
    listened_at=NOW,
    listening=True,
    welcomed=2,
)


def recorded(backend: Backend, found: Slots) -> State:
    """Record slots in an empty ledger."""
    return backend.ledger().record(FIRST, FIRST, {}, found)


def test_an_empty_ledger_knows_nothing(backend: Backend) -> None:
    """Before the first tick nothing is remembered; and where there is nothing to read, no call is made."""
    ledger = backend.ledger()
    assert (ledger.slots((NOW, NOW)), ledger.days((NOW, NOW)), ledger.notified([])) == ({}, {}, {})
    assert backend.calls == []
    assert (ledger.state(), ledger.memory()) == (None, Memory())
    assert (ledger.slots(FOUR_DAYS), ledger.days(FOUR_DAYS), ledger.notified(["told#a"])) == ({}, {}, {})


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=states, found=rich_changes)
def test_what_was_recorded_is_read_back(backend: Backend, state: State, found: Slots) -> None:
    """State, gaps with their partial totals, slots and days come back as they were written."""
    for key in backend.items():
        backend.delete(key)
    ledger = backend.ledger()
    written = ledger.record(FIRST, state, {}, found)
    assert ledger.state() == written
    assert written == msgspec.structs.replace(state, version=1)
    assert ledger.slots(FOUR_DAYS) == found
    assert_days_equal_their_slots(ledger)


def test_the_items_are_those_of_the_contract(backend: Backend) -> None:
    """Keys, numbers and times to live are as others rely on them; only quarter hours begin with slot#."""
    at = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
    state = recorded(backend, {at: totals(7) + totals(5, "GPT-5")})
    notice = Notice("told#budget#a1#2026", notified_at(5), alert(id="a"))
    decision = Decision(notices=(notice,), memory=MEMORY, evaluated=True)
    backend.ledger().apply(state, decision, ["slack"], NOW)
    stored = backend.items()
    remembered = {"told#budget#a1#2026", alert_key(NOW, "a")}
    slot, day = stored.pop("slot#2026-11-22T10:15Z"), stored.pop("day#2026-11-22")
    assert set(stored) == {"cursor", "notes", *remembered}
    assert all(one["pk"] == {"S": "default"} for one in (slot, day, *stored.values()))
    assert all((one["points"], one["queries"]) == ({"N": "12"}, {"N": "2"}) for one in (slot, day))
    assert slot["expires_at"] == {"N": str(int((at + KEPT).timestamp()))}
    assert day["expires_at"] == {"N": str(int((day_of(at) + KEPT).timestamp()))}
    written = {"N": str(int((NOW + KEPT).timestamp()))}
    assert {key for key in stored if stored[key].get("expires_at") == written} == remembered
    assert not {"expires_at"} & {*stored["cursor"], *stored["notes"]}


def test_only_changed_items_are_written(backend: Backend) -> None:
    """A tick writes the cursor, the slots that changed and their days, and nothing else."""
    found = quarter_hours(200)
    ledger = backend.ledger()
    state = recorded(backend, found)
    backend.calls.clear()
    state = ledger.record(state, state, found, {START + 98 * SLOT: totals(99_999)})
    state = ledger.record(state, state, found, {})
    decision = Decision(notices=(Notice("told#a", notified_at(1)),), evaluated=True)
    ledger.apply(state, decision, ["sns"], NOW)
    assert backend.transactions() == [
        {"cursor", "slot#2026-11-21T00:30Z", "day#2026-11-21"},
        {"cursor"},
        {"cursor", "told#a"},
    ]
    assert [operation for operation, _ in backend.calls] == [
        "TransactWriteItems",
        "PutItem",
        "TransactWriteItems",
    ]


def test_a_slot_that_turned_out_empty_counts_nothing(backend: Backend) -> None:
    """Replaced by nothing, a slot and its day hold 0 points."""
    found = quarter_hours(2)
    state = recorded(backend, found)
    ledger = backend.ledger()
    ledger.record(state, state, found, dict.fromkeys(found, Totals()))
    assert set(ledger.slots(FOUR_DAYS).values()) == {Totals()}
    assert backend.items("day#")["day#2026-11-20"]["points"] == {"N": "0"}


def test_usage_sums_whole_days_and_the_slots_at_the_edges(backend: Backend) -> None:
    """Any window's sum is that of its slots, although most of it is read as days."""
    found = quarter_hours(4 * 96)
    recorded(backend, found)
    spans = [(START + first * SLOT, START + end * SLOT) for first, end in ((10, 300), (96, 192), (5, 6))]
    backend.calls.clear()
    usage = backend.ledger().usage(spans)
    assert isinstance(usage, RecordedUsage)
    for start, end in spans:
        assert usage.between(start, end) == Totals.total(found[slot] for slot in found if start <= slot < end)
    assert len(backend.calls) == 4


def test_accounts_do_not_meet(backend: Backend) -> None:
    """What one account wrote, another does not see."""
    recorded(backend, quarter_hours(1))
    other = backend.table(account="other")
    assert other.get("cursor") is None
    assert list(other.range("a", "~")) == []
    assert list(other.get_many(["cursor"])) == []


@pytest.mark.parametrize("known", [FIRST, None], ids=["first write", "later write"])
def test_of_two_writers_one_wins_and_the_other_changes_nothing(backend: Backend, known: State | None) -> None:
    """Both read the same state: the first write stands, the second one loses and leaves no trace."""
    known = known or recorded(backend, quarter_hours(1))
    one, other = backend.ledger(), backend.ledger()
    won = one.record(known, State(started_at=NOW, cursor=Cursor(5, "q5")), {}, quarter_hours(3))
    stored = backend.items()
    with pytest.raises(LostRaceError, match="the next tick goes on"):
        other.record(known, State(started_at=NOW, cursor=Cursor(9, "q9")), {}, quarter_hours(5))
    with pytest.raises(LostRaceError):
        other.apply(
            known, Decision(notices=(Notice("told#a", notified_at(1)),), evaluated=True), ["sns"], NOW
        )
    with pytest.raises(LostRaceError):
        other.waiting(known, None)
    assert backend.items() == stored
    assert one.state() == won


def test_notes_that_were_read_before_the_state_are_read_again(backend: Backend) -> None:
    """A batch is no snapshot: another tick may write between its items."""
    ledger = backend.ledger()
    state = ledger.apply(FIRST, Decision(memory=Memory(welcomed=1)), ["sns"], NOW)
    old = backend.items()["notes"]
    ledger.apply(state, Decision(memory=Memory(welcomed=2)), ["sns"], NOW)

    def between(**request: Any) -> Any:
        answer = backend.client.batch_get_item(**request)
        others = [one for one in answer["Responses"][backend.name] if one["sk"]["S"] != "notes"]
        return {**answer, "Responses": {backend.name: [*others, old]}}

    assert backend.ledger(Instead(backend.client, batch_get_item=between)).begun()[1] == Memory(welcomed=2)


def test_only_who_reports_for_all_reads_the_roster(backend: Backend) -> None:
    """One of many accounts has no use for it, and in each of their ticks it would be most of what is read."""
    roster = Roster(several=True, members={"research": Member(since=NOW)})
    backend.ledger().of("all").apply(FIRST, Decision(roster=roster), [], NOW)
    read = [backend.ledger().of(name).begun()[2] for name in ("all", "default", "research")]
    assert read == [roster, roster, None]

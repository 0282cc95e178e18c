from collections.abc import Mapping
from datetime import datetime

import pytest

from budget_alert.alerts import HealthAlert, Severity
from budget_alert.instants import DAY
from budget_alert.rules.members import MOST_NAMED, roster_alert
from budget_alert.usage.roster import REMEMBERED, Changes, Member, Named, Roster, changes, enrolled
from budget_alert.usage.state import State
from tests.support.account import HOUR, MINUTE
from tests.support.ledgers import NOW


def read(at: datetime | None, began: datetime = NOW - 9 * DAY, waits: datetime | None = None) -> State:
    """Make the state of an account that was last read whole at an instant."""
    return State(started_at=began, completed_at=at, outbox_since=waits)


def brought(known: Roster | None, named: Named, at: datetime, summed_at: datetime | None = None) -> Roster:
    """Bring a roster up to date where there has to be one."""
    roster = enrolled(known, named, summed_at, at)
    assert roster
    return roster


def several(
    known: Roster | None, states: Mapping[str, State | None], at: datetime = NOW, **more: str
) -> Roster:
    """Bring a roster up to date with several accounts; `more` are other keys than those named for them."""
    here = [name for name in states if not name.startswith("gone ")]
    keys = {name: more.get(name, f"key of {name}") for name in here}
    found = {name.removeprefix("gone "): state for name, state in states.items()}
    return brought(known, Named(keys=keys, several=True, states=found), at)


def one(known: Roster, key: str = "key", state: State | None = None, at: datetime = NOW) -> Roster:
    """Bring a roster up to date with one account."""
    return brought(known, Named(keys={"default": key}, several=False, states={"default": state}), at)


BOTH = {"ada": read(NOW), "bob": read(NOW)}


def test_one_account_alone_needs_no_roster() -> None:
    """Nor is anything said of it."""
    assert enrolled(None, Named(keys={"default": "key"}, several=False, states={}), None, NOW) is None
    assert changes(None, None) == Changes()
    assert roster_alert(None, None, "UTC", NOW) is None


def test_the_first_several_are_known_by_their_welcomes() -> None:
    """Nothing else is said of them; they count from when each was first read."""
    roster = several(None, {"ada": read(NOW - MINUTE), "bob": read(None), "cleo": None})
    assert [(one.since, one.read_at) for one in roster.members.values()] == [
        (NOW - 9 * DAY, NOW - MINUTE),
        (NOW - 9 * DAY, None),
        (NOW, None),
    ]
    assert changes(None, roster) == Changes()


def test_a_table_without_a_roster_has_counted_its_accounts_all_along() -> None:
    """An upgrade brings no news; who was first read after the last sum is a joiner."""
    states = {"ada": read(NOW), "bob": read(NOW, began=NOW - MINUTE)}
    named = Named(keys={"ada": "a", "bob": "b"}, several=True, states=states)
    roster = brought(None, named, NOW, summed_at=NOW - HOUR)
    assert roster.members["ada"].read_at == NOW - 9 * DAY
    assert roster.members["bob"].read_at == NOW


def test_who_was_alone_before_has_left_when_there_are_several() -> None:
    """It is said, and its alerts are sent; one of several may have its name, and then nobody has left."""
    alone = read(NOW - MINUTE)
    named = Named(keys={"ada": "a", "bob": "b"}, several=True, states=BOTH, alone=alone)
    roster = brought(None, named, NOW)
    assert roster.unsent == ("default",)
    assert changes(None, roster) == Changes(left=("default",))
    stays = Named(keys={"default": "a", "bob": "b"}, several=True, states={"default": alone}, alone=alone)
    roster = brought(None, stays, NOW)
    assert (roster.unsent, changes(None, roster)) == ((), Changes())


def test_who_joins_counts_from_when_it_is_read() -> None:
    """A key that is refused at first, or a long history, puts it off."""
    known = several(None, BOTH)
    joined = several(known, {**BOTH, "cleo": None}, NOW + MINUTE)
    assert joined.members["cleo"] == Member(since=NOW + MINUTE, key="key of cleo")
    assert changes(known, joined) == Changes(joined=("cleo",))
    waiting = several(joined, {**BOTH, "cleo": read(None)}, NOW + HOUR)
    assert waiting == joined
    at_last = several(waiting, {**BOTH, "cleo": read(NOW + 2 * HOUR)}, NOW + 2 * HOUR)
    assert at_last.members["cleo"].read_at == NOW + 2 * HOUR
    assert changes(waiting, at_last) == Changes()
    later = several(at_last, {**BOTH, "cleo": read(NOW + DAY)}, NOW + DAY)
    assert later == at_last


def test_who_leaves_is_remembered_for_as_long_as_usage_is() -> None:
    """Its alerts are looked for until there are none."""
    known = several(None, BOTH)
    left = several(known, {"ada": read(NOW)}, NOW + MINUTE)
    assert changes(known, left) == Changes(left=("bob",))
    assert left.members["bob"].left_at == NOW + MINUTE
    assert left.unsent == ("bob",)
    waits = several(left, {"ada": read(NOW), "gone bob": read(NOW, waits=NOW)}, NOW + HOUR)
    assert waits == left
    done = several(left, {"ada": read(NOW), "gone bob": read(NOW)}, NOW + HOUR)
    assert done.unsent == ()
    assert "bob" not in several(done, {"ada": read(NOW)}, NOW + REMEMBERED + HOUR).members


def test_who_comes_back_counts_from_when_it_is_read_again() -> None:
    """What it had read before it left is no reading of what was spent since."""
    left = several(several(None, BOTH), {"ada": read(NOW)}, NOW + MINUTE)
    back = several(left, BOTH, NOW + DAY)
    assert (back.members["bob"].since, back.members["bob"].read_at) == (NOW + DAY, None)
    assert changes(left, back) == Changes(joined=("bob",))
    assert back.unsent == ()
    again = several(left, {**BOTH, "bob": read(NOW + DAY)}, NOW + DAY)
    assert again.members["bob"].read_at == NOW + DAY


def test_who_is_renamed_keeps_what_it_had_read() -> None:
    """It is the same key by another name: closed windows lose nothing by it."""
    known = several(None, BOTH)
    renamed = several(known, {"ada": read(NOW), "bobby": None}, NOW + HOUR, bobby="key of bob")
    assert changes(known, renamed) == Changes(renamed=(("bob", "bobby"),))
    assert renamed.members["bobby"].read_at == known.members["bob"].read_at
    assert renamed.unsent == ("bob",)


def test_a_second_name_for_a_key_is_no_renaming() -> None:
    """Nor do two names without a usable key belong together."""
    known = several(None, BOTH, ada="")
    twin = several(known, {**BOTH, "bobby": None}, NOW + HOUR, bobby="key of bob")
    assert changes(known, twin) == Changes(joined=("bobby",))
    assert twin.members["bobby"].read_at is None
    lost = several(known, {"bob": read(NOW), "adele": None}, NOW + HOUR, adele="")
    assert changes(known, lost) == Changes(joined=("adele",), left=("ada",))


def test_a_key_that_cannot_be_used_for_a_while_changes_nothing() -> None:
    """The account is still named; another key takes the place of the one known."""
    known = several(None, BOTH)
    assert several(known, BOTH, NOW + HOUR, bob="") == several(known, BOTH, NOW + HOUR) == known
    assert several(known, BOTH, NOW + HOUR, bob="new").members["bob"].key == "new"


def test_several_become_one_and_several_again() -> None:
    """Whoever sends now sees to what the others have left behind, all together among them."""
    known = several(None, {**BOTH, "default": read(NOW)})
    alone = one(known, "key of default", read(NOW), NOW + MINUTE)
    assert changes(known, alone) == Changes(left=("ada", "bob"))
    assert set(alone.unsent) == {"ada", "bob", "all"}
    again = several(alone, BOTH, NOW + HOUR)
    assert changes(alone, again) == Changes(joined=("ada", "bob"), left=("default",))
    assert again.unsent == ("default",)


def test_one_that_was_read_alone_counts_all_along_when_others_come_back() -> None:
    """It was never away."""
    alone = one(several(None, BOTH), state=read(NOW), at=NOW)
    again = several(alone, {"default": read(NOW + DAY), "ada": read(NOW)}, NOW + DAY)
    assert again.members["default"].read_at == NOW


def test_of_very_many_who_have_left_each_gets_its_turn() -> None:
    """Who was looked at and waits on stands behind those that were not."""
    known = Roster(several=True, unsent=("a", "b", "c"))
    states = {"ada": read(NOW), "gone a": read(NOW, waits=NOW), "gone b": read(NOW)}
    assert several(known, states).unsent == ("c", "a")


@pytest.mark.parametrize(
    ("read_at", "ends"),
    [(NOW - HOUR, [False, True, True]), (NOW - 2 * HOUR, [True, True, True]), (None, [False, False, True])],
)
def test_a_window_counts_who_was_read_before_it_closed(read_at: datetime | None, ends: list[bool]) -> None:
    """A window that is open counts everybody, and none misses who has left."""
    ada, gone = Member(since=NOW - DAY, read_at=read_at), Member(since=NOW, left_at=NOW)
    absent = Roster(several=True, members={"ada": ada, "gone": gone}).absent(NOW)
    closes = [NOW - 2 * HOUR, NOW - HOUR, NOW + MINUTE]
    assert [absent(end) == frozenset() for end in closes] == ends
    assert all(absent(end) <= {"ada"} for end in closes)


def said(before: Roster, after: Roster) -> HealthAlert:
    """Give what is said of a change."""
    alert = roster_alert(before, after, "UTC", NOW)
    assert alert
    return alert


def test_every_change_is_one_message() -> None:
    """It is a warning where somebody is not monitored any more, and says what to do then."""
    known = several(None, {**BOTH, "cleo": read(NOW)})
    after = several(known, {"bobby": None, "dan": None, "ada": read(NOW)}, NOW + HOUR, bobby="key of bob")
    alert = said(known, after)
    assert alert.severity is Severity.WARNING
    assert alert.text.splitlines() == [
        '"cleo" is not monitored any more: the secret does not name it',
        '"bob" is called "bobby" from now on: its last 30 days are read again',
        '"dan" is monitored from now on',
    ]
    assert "put the name and its key back" in alert.advice


def test_who_joins_alone_is_information() -> None:
    """Nothing is to be done."""
    known = several(None, BOTH)
    alert = said(known, several(known, {**BOTH, "cleo": None, "dan": None}))
    assert (alert.severity, alert.advice) == (Severity.INFO, "")
    assert alert.text == '"cleo", "dan" are monitored from now on'


def test_a_thousand_changes_are_a_short_message() -> None:
    """The first few are named, and the others counted."""
    known = several(None, {f"a{number:04}": read(NOW) for number in range(1000)})
    text = said(known, one(known, "another")).text
    assert f'"a0009" and {1000 - MOST_NAMED} more are not monitored any more' in text
    assert len(text) < 1_000
    keys = {f"b{number:04}": f"key of a{number:04}" for number in range(1000)}
    text = said(known, several(known, dict.fromkeys(keys), NOW, **keys)).text
    assert len(text.splitlines()) == MOST_NAMED + 1
    assert text.endswith("990 more are renamed as well")

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import pytest

from budget_alert.accounting.gaps import Gap
from budget_alert.accounting.roster import MOST_LEFT, Named, Roster, enrolled
from budget_alert.accounting.state import Cursor, State
from budget_alert.config.budgets import parse
from budget_alert.config.rules import Config
from budget_alert.instants import DAY, SLOT, to_micros
from budget_alert.policy.members import APART, MOST_NAMED, Members, member_findings
from tests.configs import GOOD, QUERY
from tests.ledgers import NOW

INTERVAL = timedelta(minutes=5)
PATIENCE = 3 * INTERVAL
QUIET = {"accounts": "", "behind": "", "twins": ""}
BOTH = ("production", "research")


def told(members: Members, config: Config | None = None) -> dict[str, str]:
    """Give what is said of each trouble."""
    return {finding.trouble: finding.advice for finding in member_findings(members, config, NOW, INTERVAL)}


def read_at(at: datetime | None, *, created: int | None = None, gaps: int = 0) -> State:
    """Make the state of an account that was last read to the end at an instant."""
    gap = Gap(start=NOW - DAY, end=NOW - DAY + SLOT, after=None)
    cursor = Cursor(created, f"q{created}") if created else None
    return State(started_at=NOW - DAY, completed_at=at, cursor=cursor, gaps=(gap,) * gaps)


def of_states(states: Mapping[str, State | None]) -> dict[str, str]:
    """Give what is said of accounts in these states."""
    return told(Members(tuple(states), states=states))


def test_all_is_well() -> None:
    """Accounts that are read, each for itself, are worth no word; nor is an account alone, or a new one."""
    well = {"research": read_at(NOW, created=1), "production": read_at(NOW, created=2), "new": None}
    assert of_states(well) == {"accounts": "", "behind": ""}
    well["new"] = read_at(NOW, created=3)
    assert of_states(well) == QUIET
    assert of_states({"idle": read_at(NOW), "as idle": read_at(NOW)}) == QUIET
    assert told(Members(("default",)), parse(GOOD)) == {"accounts": ""}


def test_accounts_that_cannot_be_called_so_are_counted() -> None:
    """Their names are hostile text that nobody repeats."""
    said = told(Members(BOTH, misnamed=3))["accounts"]
    assert "3 accounts of the secret are left out" in said
    assert 'letters, digits, "-", "_" and "."' in said


def test_a_rule_about_nobody_is_named_with_those_that_there_are() -> None:
    """A rule that names some account is about somebody, and one that names none is about all."""
    config = parse(f'{GOOD}accounts = ["prod-*"]\n{QUERY}accounts = ["RES*", "nobody"]\n')
    said = told(Members(BOTH), config)["accounts"]
    assert said.startswith('The rule "A" counts nothing')
    assert '"production", "research"' in said
    assert "\n" not in said


def test_without_a_config_no_rule_is_about_nobody() -> None:
    """What cannot be read is another trouble."""
    assert told(Members(BOTH)) == {"accounts": ""}


def test_two_names_of_one_account_are_said_together() -> None:
    """Their newest row is the same by its time and its id; the first name stands for the others."""
    states = {name: read_at(NOW, created=7) for name in ("b", "c", "a")} | {"d": read_at(NOW, created=8)}
    said = of_states(states)["twins"].splitlines()
    assert [line.split(" are one")[0] for line in said] == ['"a" and "b"', '"a" and "c"']


def test_everything_wrong_with_accounts_is_one_finding() -> None:
    """It is told anew when it changes, so each has a line."""
    config = parse(f'{GOOD}accounts = ["x"]\n')
    assert len(told(Members(BOTH, 1), config)["accounts"].splitlines()) == 2


def test_who_may_not_have_read_a_row_yet_is_neither_the_same_nor_another() -> None:
    """A row between two readings must not end the trouble that the next tick would begin again."""
    newest = to_micros(NOW - APART)
    assert "twins" not in of_states({"a": read_at(NOW, created=newest), "b": read_at(NOW, created=7)})
    assert "twins" not in of_states({"a": read_at(NOW, created=7), "b": read_at(None)})
    assert of_states({"a": read_at(NOW, created=newest - 1), "b": read_at(NOW, created=7)})["twins"] == ""


@pytest.mark.parametrize(
    ("at", "late"),
    [(NOW - PATIENCE, False), (NOW - PATIENCE - timedelta(seconds=1), True), (None, True), (NOW, False)],
)
def test_who_was_not_read_for_three_intervals_is_behind(at: datetime | None, *, late: bool) -> None:
    """Who was never read to the end is so since its first tick."""
    said = of_states({"research": read_at(at), "production": read_at(NOW)})["behind"]
    assert bool(said) is late
    assert not late or said.startswith("1 of 2 accounts were last read")


def test_who_has_much_to_read_is_not_behind() -> None:
    """An open gap is worked off for as long as Poe answers."""
    busy = read_at(None, gaps=1)
    answered = msgspec.structs.replace(busy, answered_at=NOW - INTERVAL)
    assert of_states({"research": answered})["behind"] == ""
    silent = msgspec.structs.replace(busy, answered_at=NOW - 4 * INTERVAL)
    assert of_states({"research": silent})["behind"]


def test_many_who_are_behind_are_counted() -> None:
    """The message stays short."""
    said = of_states({f"a{number:03}": read_at(None) for number in range(MOST_NAMED + 5)})["behind"]
    assert "15 of 15 accounts" in said
    assert '"a009" and 5 more.' in said
    assert "a010" not in said


def test_of_those_who_left_the_last_ones_are_remembered() -> None:
    """However many come and go, the roster stays an item that the table takes; who is there stays in it."""
    roster: Roster | None = Roster(several=True)
    for minute in range(MOST_LEFT + 50):
        named = Named(keys={f"one-{minute}": "key", "stays": "key"}, several=True, states={})
        roster = enrolled(roster, named, None, NOW + timedelta(minutes=minute))
    assert roster is not None
    assert set(roster.present) == {"stays", f"one-{MOST_LEFT + 49}"}
    assert roster.members.keys() - roster.present.keys() == {f"one-{49 + n}" for n in range(MOST_LEFT)}

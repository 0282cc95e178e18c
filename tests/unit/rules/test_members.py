from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.identity import TOGETHER
from budget_alert.instants import DAY, SLOT
from budget_alert.rules.members import MOST_NAMED, accounts_found
from budget_alert.rules.scope import Scope
from budget_alert.rules.troubles import Found, Trouble
from budget_alert.secret import Keyring, Secret
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.missing import Gap
from budget_alert.usage.roster import MOST_LEFT, Member, Named, Roster, enrolled
from budget_alert.usage.state import Cursor, State
from tests.support.configs import GOOD, QUERY, SPIKE
from tests.support.decisions import gathered
from tests.support.ledgers import NOW

INTERVAL = timedelta(minutes=5)
PATIENCE = 3 * INTERVAL
QUIET = {"accounts": "", "behind": "", "twins": ""}
BOTH = ("production", "research")


def said_of(  # noqa: PLR0913 - all that tells accounts apart
    *accounts: str,
    states: Mapping[str, State | None] | None = None,
    config: Config | None = None,
    misnamed: int = 0,
    since: Mapping[str, datetime] | None = None,
    keys: Mapping[str, str] | None = None,
    twins: Mapping[str, str] | None = None,
    keyed_at: datetime | None = None,
) -> dict[str, str]:
    """Give what is said of each trouble of accounts that the secret names."""
    states, since, keys, twins = states or {}, since or {}, keys or {}, twins or {}
    names = accounts or tuple(states)
    members = {
        name: Member(since=since.get(name, NOW - DAY), twin=twins.get(name, ""), keyed_at=keyed_at)
        for name in names
        if name in since or name in twins or keyed_at
    }
    held = {name: Secret(keys.get(name, name)) if keys.get(name, name) else None for name in names}
    found = accounts_found(
        gathered(
            scope=Scope(account=TOGETHER, several=True),
            secret=Keyring(keys=held, several=True, misnamed=misnamed),
            scan=CombinedReading(state=State(started_at=NOW), now=NOW, accounts=states),
            members=Roster(several=True, members=members),
            config=config,
        )
    )
    return {one.trouble.rule: one.advice for one in found}


def read_at(at: datetime | None, *, created: int | None = None, gaps: int = 0) -> State:
    """Make the state of an account that was last read to the end at an instant."""
    gap = Gap(start=NOW - DAY, end=NOW - DAY + SLOT, after=None)
    cursor = Cursor(created, f"q{created}") if created else None
    return State(started_at=NOW - DAY, completed_at=at, cursor=cursor, gaps=(gap,) * gaps)


def test_all_is_well() -> None:
    """Accounts that are read, each for itself, are worth no word; nor is an account alone, or a new one."""
    well = {"research": read_at(NOW, created=1), "production": read_at(NOW, created=2), "new": None}
    new = {"new": NOW - INTERVAL}
    assert said_of(states=well, since=new) == QUIET
    well["new"] = read_at(NOW, created=3)
    assert said_of(states=well) == QUIET
    assert said_of(states={"idle": read_at(NOW), "as idle": read_at(NOW)}) == QUIET
    alone = gathered(secret=Keyring(keys={"default": Secret("key")}), config=parse(GOOD))
    assert accounts_found(alone) == [Found(Trouble.ACCOUNTS)]
    assert accounts_found(gathered(scope=Scope(account="one", several=True))) == []


def test_accounts_that_cannot_be_called_so_are_counted() -> None:
    """Their names are hostile text that nobody repeats."""
    said = said_of(*BOTH, misnamed=3)["accounts"]
    assert "3 accounts of the secret are left out" in said
    assert 'letters, digits, "-", "_" and "."' in said


def test_a_rule_about_nobody_is_named_with_those_that_there_are() -> None:
    """So is a pattern that fits nobody beside one that fits; a rule that names none is about all."""
    config = parse(f'{GOOD}accounts = ["prod-*"]\n{QUERY}accounts = ["RES*", "nobody"]\n{SPIKE}')
    idle, partly = said_of(*BOTH, config=config)["accounts"].splitlines()
    assert idle.startswith('The rule "A" counts nothing')
    assert '"production", "research"' in idle
    assert partly.startswith('Of the `accounts` of the rule "Q", "nobody" fits none that the secret holds')


def test_two_names_of_one_account_are_said_together() -> None:
    """By one key at once, else by what they were seen to have in common; the first name stands for others."""
    states = dict.fromkeys("abcde", read_at(NOW))
    keys = {"a": "one", "b": "one", "c": "two", "d": "", "e": ""}
    said = said_of(states=states, keys=keys, twins={"b": "a", "d": "c"})["twins"]
    assert [line.split(", so")[0] for line in said.splitlines()] == [
        '"a" and "b" have one and the same key',
        '"c" and "d" are one and the same Poe account',
    ]


def test_while_a_key_is_new_nothing_is_said_of_twins() -> None:
    """What its account has read may be by the key before; twins that are known are said all the same."""
    states = dict.fromkeys("ab", read_at(NOW))
    assert "twins" not in said_of(states=states, keyed_at=NOW)
    assert said_of(states=states, keyed_at=NOW, twins={"b": "a"})["twins"]


def test_many_twins_and_many_who_are_behind_are_counted() -> None:
    """The message stays short."""
    names = [f"a{number:02}" for number in range(MOST_NAMED + 3)]
    said = said_of(states=dict.fromkeys(names, read_at(NOW)), keys=dict.fromkeys(names, "one"))
    assert said["twins"].splitlines()[MOST_NAMED:] == ["2 more"]
    behind = said_of(states=dict.fromkeys(names, read_at(None)))["behind"]
    assert '"a09" and 3 more.' in behind


@pytest.mark.parametrize(
    ("at", "late"),
    [(NOW - PATIENCE, False), (NOW - PATIENCE - timedelta(seconds=1), True), (None, True), (NOW, False)],
)
def test_who_was_not_read_for_three_intervals_is_behind(at: datetime | None, *, late: bool) -> None:
    """Who was never read to the end is so since its first tick."""
    said = said_of(states={"research": read_at(at), "production": read_at(NOW)})["behind"]
    assert bool(said) is late
    assert not late or said.startswith("1 of 2 accounts were not read to the end for three intervals")


@pytest.mark.parametrize(("ago", "late"), [(PATIENCE, False), (PATIENCE + INTERVAL, True)])
def test_who_joins_has_three_intervals_to_be_read(ago: timedelta, *, late: bool) -> None:
    """Nor is who comes back behind for the time that it was away; who is never served is named."""
    states = {"never served": None, "back": read_at(NOW - 9 * DAY), "production": read_at(NOW)}
    since = {"never served": NOW - ago, "back": NOW - ago, "production": NOW - DAY}
    said = said_of(states=states, since=since)["behind"]
    assert bool(said) is late
    assert not late or "2 of 3 accounts" in said


def test_who_has_much_to_read_is_not_behind() -> None:
    """An open gap is worked off for as long as Poe answers."""
    busy = read_at(None, gaps=1)
    answered = msgspec.structs.replace(busy, answered_at=NOW - INTERVAL)
    assert said_of(states={"research": answered})["behind"] == ""
    silent = msgspec.structs.replace(busy, answered_at=NOW - 4 * INTERVAL)
    assert said_of(states={"research": silent})["behind"]


def test_of_those_who_left_the_last_ones_are_remembered() -> None:
    """However many come and go, the roster stays an item that the table takes; who is there stays in it."""
    roster: Roster | None = Roster(several=True)
    for minute in range(MOST_LEFT + 50):
        named = Named(keys={f"one-{minute}": "key", "stays": "key"}, several=True, states={})
        roster = enrolled(roster, named, None, NOW + timedelta(minutes=minute))
    assert roster is not None
    assert set(roster.present) == {"stays", f"one-{MOST_LEFT + 49}"}
    assert roster.members.keys() - roster.present.keys() == {f"one-{49 + n}" for n in range(MOST_LEFT)}

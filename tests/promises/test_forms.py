"""One account, several, and one again, in turn and through a queue: nothing is repeated or forgotten."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from budget_alert.errors import AccountsFailedError, ScanError
from standins.poe_faults import status
from tests.support.team import CONFIG, Team, key_of, team_deployment
from tests.support.world import START

FIVE = timedelta(minutes=5)
RULES = CONFIG.partition('[[budget]]\nname = "Production"')[0]
DAYS = RULES.replace('period = "month"', 'period = "day"')


@pytest.fixture
def team() -> Iterator[Team]:
    """Give a deployment of the account "default" and others, of which the secret names only the first yet."""
    with team_deployment("default", "bob", "cleo") as team:
        team.world.configure(RULES)
        one(team)
        yield team


def one(team: Team) -> None:
    """Put one key into the secret."""
    team.world.keep_secret(key_of("default"))


def several(team: Team) -> None:
    """Put the keys of all accounts into the secret."""
    team.join()


def told(team: Team, ticks: int = 1) -> list[tuple[str, str, str, int | None]]:
    """Tick and give what is told but welcomes and who is monitored."""
    for _ in range(ticks):
        team.world.now += FIVE
        with suppress(AccountsFailedError, ScanError):
            team.round()
    return [each for each in team.told() if each[2] not in ("welcome", "roster")]


def test_a_trouble_that_one_began_is_ended_by_all_and_the_other_way_round(team: Team) -> None:
    """Whoever speaks says it, once, although the other one's memory knows of the beginning."""
    team.round()
    team.world.configure("nonsense")
    assert told(team) == [("default", "health", "config", None)]
    several(team)
    assert told(team, 3) == []
    team.world.configure(RULES)
    assert told(team, 3) == [("all", "health", "config", None)]
    one(team)
    assert told(team, 3) == []
    several(team)
    assert told(team, 3) == []
    team.world.now += timedelta(days=2)
    team.world.configure("nonsense")
    assert told(team, 3) == [("all", "health", "config", None)]
    one(team)
    assert told(team, 3) == []
    team.world.configure(RULES)
    assert told(team, 3) == [("default", "health", "config", None)]
    several(team)
    assert told(team, 3) == []


def test_what_only_several_can_be_is_over_when_there_is_one(team: Team) -> None:
    """Nobody is behind any more, nobody somebody else, and no rule about nobody, once that one is read."""
    several(team)
    team.round()
    team.told()
    team.poe("bob").keys = set()
    team.hold({"default": key_of("default"), "bob": key_of("bob"), "cleo": key_of("default")})
    begun = told(team, 8)
    assert {rule for account, _, rule, _ in begun if account == "all"} == {"behind", "twins"}
    one(team)
    assert told(team, 3) == [("default", "health", "behind", None), ("default", "health", "twins", None)]
    team.poe("bob").keys = {key_of("bob")}
    several(team)
    assert told(team, 3) == [("bob", "health", "key", None)]


def test_poe_away_from_one_and_back_for_all_is_over(team: Team) -> None:
    """All together ask Poe nothing, and know by their accounts that it answers."""
    team.round()
    team.poe("default").faults.always(status(503))
    assert told(team, 4) == [("default", "health", "poe", None)]
    several(team)
    assert told(team) == [("all", "health", "behind", None)]
    team.poe("default").faults.always(None)
    assert told(team, 3) == [("all", "health", "poe", None), ("all", "health", "behind", None)]
    one(team)
    assert told(team, 3) == []


def test_what_one_has_told_is_not_told_by_all_again(team: Team) -> None:
    """A rule for the sum goes on: of several, only what their sum passes besides is news."""
    team.round()
    team.spend("default", 1_200)
    assert {rule for _, _, rule, _ in told(team)} == {"Each", "Together"}
    several(team)
    assert told(team, 3) == []
    for _ in range(2):
        one(team)
        assert told(team, 3) == []
        several(team)
        assert told(team, 3) == []
    team.spend("bob", 900)
    assert told(team) == [("all", "budget", "Together", 2_000)]
    one(team)
    assert told(team, 3) == []
    team.spend("default", 1_000)
    assert told(team, 3) == []


def test_what_closed_windows_have_passed_is_told_once_by_whoever_it_is(team: Team) -> None:
    """A form that comes back looks at no day again that the other one has told of."""
    team.world.configure(DAYS)
    several(team)
    team.round()
    team.told()
    every = []
    for day in range(6):
        (one if day in (1, 2, 4) else several)(team)
        team.spend("default", 1_100, START + timedelta(days=day, hours=1))
        team.world.now = START + timedelta(days=day, hours=1)
        every += [rule for _, _, rule, _ in told(team, 3)]
    assert sorted(every) == ["Each"] * 6 + ["Together"] * 6


def test_a_daily_digest_of_all_is_sent_once_a_day_by_whoever_it_is(team: Team) -> None:
    """Who speaks next knows which days were summed up."""
    team.world.configure(RULES + '\n[digest]\nevery = "day"\nat = "09:00"\ntogether = true\n')
    team.round()
    team.told()
    digests: list[str] = []
    for hour in range(1, 97):
        if hour % 5 == 0:
            (one if hour % 10 else several)(team)
        team.world.now = START + timedelta(hours=hour)
        digests += [str(team.world.now)[:10] for _, _, rule, _ in told(team) if rule == "digest"]
    assert digests == [f"2026-11-0{day}" for day in (3, 4, 5, 6)]


def test_a_queue_that_comes_and_goes_repeats_nothing_and_ends_its_troubles() -> None:
    """Messages that are left of it are ticks as any other."""
    with team_deployment("ada", "bob", fans_out=True) as team:
        team.world.configure(RULES)
        team.round()
        team.drain()
        os.environ["QUEUE_URL"] = ""
        team.told()
        for number in range(1, 9):
            team.spend("ada", 200)
            os.environ["QUEUE_URL"] = team.queue if number % 3 else ""
            team.round(START + number * FIVE)
            if number % 2:
                team.drain()
        team.drain()
        team.round(START + 9 * FIVE)
        found = [each for each in team.told() if each[2] != "welcome"]
        assert found == [("ada", "budget", "Each", 1_000), ("all", "budget", "Together", 1_000)]

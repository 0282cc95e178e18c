"""One account that becomes several, and one again: what was sent is not sent anew, what began ends."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from budget_alert.errors import ScanError
from standins.poe_faults import status
from tests.support.team import CONFIG as OF_MONTHS, Team, health, key_of, team_deployment
from tests.support.world import START

FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
RULES = OF_MONTHS.partition('[[budget]]\nname = "Production"')[0]


class Forms:
    """A deployment whose secret names one account by turns, and several."""

    def __init__(self, team: Team) -> None:
        self.team = team
        team.world.configure(RULES)
        self.one()

    def one(self) -> None:
        """Put one key into the secret."""
        self.team.world.keep_secret(key_of("default"))

    def several(self) -> None:
        """Put the keys of all accounts into the secret."""
        self.team.join()

    def go_on(self, rounds: int = 3) -> list[tuple[str, str, str, int | None]]:
        """Go on, and give what is sent but welcomes and who is monitored."""
        for _ in range(rounds):
            with suppress(ScanError):  # the only account's tick raises what it has sent
                self.team.serve(self.team.world.later(minutes=5))
        return [each for each in self.team.sent() if each[2] not in ("welcome", "roster")]


@pytest.fixture
def forms() -> Iterator[Forms]:
    """Give a deployment of the account "default" and others, of which the secret names only the first yet."""
    with team_deployment("default", "bob", "cleo") as team:
        yield Forms(team)


def test_a_trouble_that_one_began_is_ended_by_all_and_the_other_way_round(forms: Forms) -> None:
    """Whoever sends says it, once, although the other one's memory knows of the beginning."""
    team = forms.team
    forms.go_on()
    team.world.configure("nonsense")
    assert forms.go_on(1) == health("config", account="default")
    forms.several()
    assert forms.go_on() == []
    team.world.configure(RULES)
    assert forms.go_on() == health("config")
    for change in (forms.one, forms.several):
        change()
        assert forms.go_on() == []
    team.world.now += 2 * DAY
    team.world.configure("nonsense")
    assert forms.go_on() == health("config")
    forms.one()
    assert forms.go_on() == []
    team.world.configure(RULES)
    assert forms.go_on() == health("config", account="default")
    forms.several()
    assert forms.go_on() == []


def test_what_only_several_can_be_is_over_when_there_is_one(forms: Forms) -> None:
    """Nobody is behind any more, nobody somebody else, and no rule about nobody, once that one is read."""
    team = forms.team
    forms.several()
    forms.go_on(1)
    team.refuse("bob")
    team.hold({"default": key_of("default"), "bob": key_of("bob"), "cleo": key_of("default")})
    assert {rule for account, _, rule, _ in forms.go_on(8) if account == "all"} == {"behind", "twins"}
    forms.one()
    assert sorted(forms.go_on()) == health("behind", "twins", account="default")
    team.refuse()
    forms.several()
    assert forms.go_on() == health("key", account="bob")


def test_poe_away_from_one_and_back_for_all_is_over(forms: Forms) -> None:
    """All together ask Poe nothing, and know by their accounts that it answers."""
    forms.go_on(1)
    forms.team.poe("default").faults.always(status(503))
    assert forms.go_on(4) == health("poe", account="default")
    forms.several()
    assert forms.go_on(1) == health("behind")
    forms.team.poe("default").faults.always(None)
    assert forms.go_on() == health("poe", "behind")
    forms.one()
    assert forms.go_on() == []


def test_what_one_has_sent_is_not_sent_by_all_again(forms: Forms) -> None:
    """A rule for the sum goes on: of several, only what their sum passes besides is news."""
    forms.go_on(1)
    forms.team.spend("default", 1_200)
    assert {rule for _, _, rule, _ in forms.go_on(1)} == {"Each", "Together"}
    for change in (forms.several, forms.one, forms.several, forms.one, forms.several):
        change()
        assert forms.go_on() == []
    forms.team.spend("bob", 900)
    assert forms.go_on(1) == [("all", "budget", "Together", 2_000)]
    forms.one()
    assert forms.go_on() == []
    forms.team.spend("default", 1_000)
    assert forms.go_on() == []
    forms.several()
    forms.go_on()
    assert forms.team.points("all") == 3_100


def test_what_closed_windows_have_passed_is_sent_once_by_whoever_it_is(forms: Forms) -> None:
    """A form that comes back looks at no day again that the other one has sent."""
    forms.team.world.configure(RULES.replace('period = "month"', 'period = "day"'))
    forms.several()
    forms.go_on(1)
    every = []
    for day in range(6):
        (forms.one if day in (1, 2, 4) else forms.several)()
        forms.team.world.now = START + day * DAY + HOUR
        forms.team.spend("default", 1_100)
        every += [rule for _, _, rule, _ in forms.go_on()]
    assert sorted(every) == ["Each"] * 6 + ["Together"] * 6


def test_a_daily_digest_of_all_is_sent_once_a_day_by_whoever_it_is(forms: Forms) -> None:
    """Who sends next knows which days were summed up."""
    forms.team.world.configure(RULES + '\n[digest]\nevery = "day"\nat = "09:00"\ntogether = true\n')
    forms.go_on(1)
    digests: list[str] = []
    for hour in range(1, 97):
        if hour % 5 == 0:
            (forms.one if hour % 10 else forms.several)()
        forms.team.world.now = START + timedelta(hours=hour)
        digests += [str(forms.team.world.now)[:10] for _, _, rule, _ in forms.go_on(1) if rule == "digest"]
    assert digests == [f"2026-11-0{day}" for day in (3, 4, 5, 6)]


def test_a_queue_that_comes_and_goes_repeats_nothing_and_ends_its_troubles() -> None:
    """Messages that are left of it are ticks as any other."""
    with team_deployment("ada", "bob", queued=True) as team:
        team.world.configure(RULES)
        team.serve()
        team.sent()
        for number in range(1, 9):
            team.spend("ada", 200)
            os.environ["QUEUE_URL"] = "queue" if number % 3 else ""
            team.round(START + number * FIVE)
            if number % 2:
                team.drain()
        team.serve(START + 9 * FIVE)
        found = [each for each in team.sent() if each[2] != "welcome"]
        assert found == [("ada", "budget", "Each", 1_000), ("all", "budget", "Together", 1_000)]

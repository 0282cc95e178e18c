"""A stack of an earlier release goes on with this one's function as it would have gone on with its own."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta

import pytest

from budget_alert.config.reading import parse
from budget_alert.errors import AccountsFailedError
from budget_alert.ledger.items import SCHEMA, body_of
from budget_alert.rules.notified import Memory
from budget_alert.secret import parse_secret
from standins.simulated_poe import SimulatedPoe
from tests.support.releases import FOLDERS, Release, counted, place, recorded, waiting
from tests.support.team import Team, team_deployment

HOUR = timedelta(hours=1)
SNOOZED = 80
"""Hours from the last tick of a release to the last one in which its budget is snoozed."""
LEVELS = {
    "Day": [500, 1_000],
    "Rolling": [1_200],
    "All of us": [1_000, 2_000],
    "Month": [2_500, 4_000],
}
"""The thresholds of the recorded budgets, in points."""


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def release(request: pytest.FixtureRequest) -> Release:
    """Give what a release has left behind."""
    return recorded(request.param)


@pytest.fixture
def team(release: Release) -> Iterator[Team]:
    """Deploy this release's function over it, an hour later; Slack takes messages again."""
    with team_deployment() as team:
        team.world.keep_secret(release.secret(team.world.slack_url))
        team.world.configure(release.config)
        for item in release.items:
            account, key = place(item)
            team.world.aws.table.items[account][key] = item
        team.poes.accounts = release.poes()
        for poe in team.poes.accounts.values():
            poe.clock = lambda: team.world.now
        refused(team, release).keys.clear()
        team.world.now = release.at + HOUR
        yield team


def refused(team: Team, release: Release) -> SimulatedPoe:
    """Give the Poe that refuses its key."""
    return team.poes.accounts[release.keys["research"]]


def gaps(team: Team) -> list[str]:
    """Name the accounts with a gap that is open."""
    cursors = team.world.items("cursor")
    return [one["pk"]["S"] for one in cursors if '"gaps"' in one["body"]["S"]]


def test_what_waits_is_sent_once_and_what_was_sent_is_not(team: Team, release: Release) -> None:
    """Slack gets what it is owed; but for that only what had not been read yet is news."""
    assert {account for account, _ in waiting(release.items)} == {"all", "production"}
    team.serve()
    assert not waiting(team.world.items())
    assert team.sent() == [("production", "budget", "Rolling", 1_200), ("production", "spike", "Burst", 300)]
    assert all(words in team.words() for words in ("“Day”", "“All of us”", "700 points"))
    assert len(team.world.slack.payloads) == len({"all", "production"})
    assert team.go_on(rounds=3) == []
    assert len(team.world.slack.payloads) == len({"all", "production"})


def test_its_config_and_its_secret_mean_the_same(release: Release) -> None:
    """Every rule is known by what it was known by, and every account by its name and its key."""
    config, known = parse(release.config), set[str]()
    for item in release.items:
        if item["sk"]["S"] == "notes":
            known |= body_of(item, Memory).rules.keys()
    assert known == set(config.fingerprints)
    levels = {budget.name: [one.points for one in budget.alert_at] for budget in config.budgets}
    assert levels == LEVELS
    keyring = parse_secret(release.secret("https://hooks.slack.com/services/T/B/x"))
    assert not keyring.problem
    assert {name: key and key.reveal() for name, key in keyring.keys.items()} == release.keys


def test_the_gap_closes_and_all_is_counted_once(team: Team, release: Release) -> None:
    """What is counted was so before, or is in the gap, or waits behind the key that is refused."""
    assert gaps(team) == ["all", "production"]
    before = counted(release.items)
    assert before < release.points()
    team.serve()
    assert gaps(team) == []
    missing = release.points() - counted(team.world.items())
    assert {account for account, _ in missing} == {"all", "research"}
    refused(team, release).keys.add(release.keys["research"])
    team.go_on(rounds=2)
    assert counted(team.world.items()) == release.points()


def test_a_trouble_ends_once(team: Team, release: Release) -> None:
    """What had begun under the release before is not begun again, and its end is sent."""
    team.serve()
    assert not [one for one in team.sent() if one[1] == "health"]
    refused(team, release).keys.add(release.keys["research"])
    ended = [one for one in team.go_on(rounds=3) if one[1] == "health"]
    assert ended == [("all", "health", "behind", None), ("research", "health", "key", None)]


def test_a_snooze_holds_and_ends(team: Team, release: Release) -> None:
    """What a snoozed budget has passed is sent when its day has come, and not before."""
    for hours in range(8, SNOOZED + 1, 8):
        team.serve(release.at + hours * HOUR)
    assert "Month" not in {rule for _, _, rule, _ in team.sent()}
    team.serve(release.at + (SNOOZED + 1) * HOUR)
    assert team.sent() == [("all", "budget", "Month", 4_000)]


def test_a_table_of_a_newer_release_is_left_alone(team: Team) -> None:
    """After a downgrade every tick fails, says what to do, and writes nothing."""
    for item in team.world.items():
        if "schema" in item:
            team.world.aws.table.items[item["pk"]["S"]][item["sk"]["S"]]["schema"] = {"N": str(SCHEMA + 1)}
    before = deepcopy(team.world.items())
    with pytest.raises(AccountsFailedError, match=r"all: .* newer version: deploy that version again"):
        team.round()
    assert team.world.items() == before
    assert team.sent() == []
    assert not team.world.slack.payloads

"""Accounts that come, go, are mistyped or are not read."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from budget_alert.alerts import Kind
from budget_alert.errors import KeyRefusedError, SecretError
from standins.poe_faults import status
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import refused
from tests.support.configs import table
from tests.support.fast import FastWorld, spend
from tests.support.team import Team, key_of, team_deployment
from tests.support.world import START

FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
CONFIG = (
    table("budget", name="Each", points=1_000, period="day", alert_at=["100%"])
    + table("budget", name="Together", points=2_000, period="day", alert_at=["100%"], together=True)
    + table("spike", name="Runaway", window="1h", times=4, at_least=500, together=True)
)
JOINED, BEHIND, TOGETHER = ("health", "roster"), ("health", "behind"), ("budget", "Together")


ROLLING = table("budget", name="Rolling", points=3_000, period="24h", alert_at=["100%"], together=True)


@pytest.fixture(params=[False, True], ids=["in turn", "queued"])
def team(request: pytest.FixtureRequest) -> Iterator[Team]:
    """Give a team of two accounts that was welcomed, in both modes."""
    with team_deployment("research", "production", queued=request.param) as team:
        team.world.configure(CONFIG)
        team.serve()
        team.go_on()
        yield team


def of_all(team: Team) -> list[tuple[str, str]]:
    """Take what was sent for all accounts together: kind and rule."""
    return [(kind, rule) for account, kind, rule, _ in team.sent() if account == "all"]


def away(team: Team, *, away: bool = True) -> None:
    """Let Slack be away, or back."""
    team.world.slack.replies.always(refused(503, "away") if away else None)


def sent_later(team: Team) -> list[str]:
    """Let Slack be back for three rounds: give what it is sent, and see that nothing waits any more."""
    away(team, away=False)
    before = len(team.world.slack.payloads)
    team.go_on(3)
    assert all(set(item["owed"]["SS"]) <= set(item["accepted"]["SS"]) for item in team.world.items("alert#"))
    return [json.dumps(one, ensure_ascii=False) for one in team.world.slack.payloads[before:]]


def test_a_joiner_whose_key_is_mistyped_brings_no_news_of_closed_windows(team: Team) -> None:
    """Six days over the limit and a burst, all before anybody could read them; the open day counts it."""
    for days in range(6):
        team.spend("research", 900, START + days * DAY)
        team.serve(START + days * DAY)
    now = START + 5 * DAY
    team.sent()
    team.join("staging")
    for days in range(5):
        team.spend("staging", 1_900, START + days * DAY)
    team.refuse("staging")
    for quarters in range(17):
        team.serve(now + quarters * HOUR / 4)
    assert [sent for sent in of_all(team) if sent != BEHIND] == [JOINED]
    team.refuse()
    team.serve(now + 4 * HOUR + FIVE)
    team.serve(now + 4 * HOUR + 2 * FIVE)
    assert team.points("all") == 6 * 900 + 5 * 1_900
    assert [sent for sent in of_all(team) if sent[0] != "health"] == []
    team.spend("staging", 1_100, now + 4 * HOUR)
    team.serve(now + 4 * HOUR + 3 * FIVE)
    assert TOGETHER in of_all(team)


def test_a_joiner_that_is_read_after_all_brings_no_news(team: Team) -> None:
    """In whatever order the queue hands the messages out."""
    for days in range(3):
        team.spend("research", 900, START + days * DAY)
        team.serve(START + days * DAY + FIVE)
    team.sent()
    team.join("staging")
    for days in range(2):
        team.spend("staging", 1_900, START + days * DAY)
    team.world.now = START + 2 * DAY + HOUR
    team.tick("research", "production", "all", "staging", "all")
    assert team.points("all") == 3 * 900 + 2 * 1_900
    assert of_all(team) == [JOINED]


@pytest.mark.parametrize("change", ["somebody joins", "somebody leaves", "somebody is renamed"])
def test_what_crossed_in_an_outage_is_sent_although_the_team_changes(team: Team, change: str) -> None:
    """What the others spent together in a day that closed while nobody looked is news all the same."""
    team.join("staging")
    team.go_on()
    for name in ("research", "production"):
        team.spend(name, 1_000, START + HOUR)
    team.spend("staging", 1, START + HOUR)
    keys = {name: key_of(name) for name in ("research", "production", "staging")}
    match change:
        case "somebody joins":
            team.join("new")
            team.spend("new", 5_000, START - DAY)
        case "somebody leaves":
            team.hold_only("research", "production")
        case _:
            keys["stage"] = keys.pop("staging")
            team.hold(keys)
    team.serve(START + 30 * HOUR)
    team.serve(START + 30 * HOUR + FIVE)
    assert sorted(of_all(team)) == [TOGETHER, JOINED, ("spike", "Runaway")]


def test_what_a_renamed_account_crossed_in_an_outage_is_sent(team: Team) -> None:
    """It is the same account: what it spent under its old name counts in the day that closed since."""
    team.spend("production", 2_000, START + HOUR)
    team.hold({"research": key_of("research"), "prod": key_of("production")})
    team.serve(START + 30 * HOUR)
    team.serve(START + 30 * HOUR + FIVE)
    assert TOGETHER in of_all(team)


def test_what_the_others_crossed_is_sent_while_one_is_refused(team: Team) -> None:
    """An account that is read again after twenty hours brings its part then, and nothing twice."""
    team.refuse("production")
    team.spend("research", 1_999, START + HOUR)
    team.spend("production", 1, START + HOUR)
    for hours in range(1, 21):
        team.serve(START + hours * HOUR)
    team.sent()
    team.join("staging")
    team.refuse()
    team.serve(START + 21 * HOUR)
    team.serve(START + 21 * HOUR + FIVE)
    sent = of_all(team)
    assert sent.count(TOGETHER) == 1
    assert JOINED in sent


@pytest.mark.parametrize("goes", ["leaves", "is renamed", "leaves as the last but one"])
def test_what_waits_for_an_account_that_is_gone_is_sent(team: Team, goes: str) -> None:
    """Whoever sends now sends it, naming whom it is about; once a channel, and then nothing is looked at."""
    away(team)
    team.spend("production", 1_500)
    team.go_on()
    if goes == "leaves as the last but one":
        team.hold_one_key()
    else:
        renamed = {"prod": key_of("production")} if goes == "is renamed" else {}
        team.hold({"research": key_of("research"), **renamed})
    team.go_on()
    sent = sent_later(team)
    assert len([text for text in sent if "account production" in text]) == 1
    assert '"unsent":[]' in team.world.items("roster")[0]["body"]["S"]


def test_what_waits_for_the_only_account_is_sent_when_there_are_several(team: Team) -> None:
    """It had another name then."""
    team.hold_one_key()
    team.go_on(2)
    away(team)
    team.spend("research", 1_500)
    team.go_on()
    team.join()
    assert [text for text in sent_later(team) if " · account" not in text and "“Each”" in text]


def test_an_account_that_is_never_served_is_named(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    """After three intervals; until it is read nothing that is summed is complete, and sums say so."""
    team.join("staging")
    for number in range(2, 9):
        team.world.now = START + number * FIVE
        team.tick("research", "production", "all")
    assert of_all(team) == [JOINED, BEHIND]
    assert '1 of 3 accounts were not read to the end for three intervals: \\"staging\\"' in team.words()
    ticks = [vars(one) for one in caplog.records if one.message == "Tick" and vars(one)["account"] == "all"]
    assert not ticks[-1]["complete"]
    team.serve(START + 9 * FIVE)
    assert of_all(team) == [BEHIND]


def test_who_falls_behind_beside_another_is_named_too(team: Team) -> None:
    """One is refused for days, then another is away for hours; and what both spent is counted later."""
    team.refuse("research")
    for hours in range(1, 49):
        team.serve(START + hours * HOUR)
    assert of_all(team).count(BEHIND) == 1
    team.poe("production").faults.always(status(503))
    team.spend("production", 2_500, START + 49 * HOUR)
    for quarters in range(24):
        team.serve(START + 49 * HOUR + quarters * HOUR / 4)
    assert of_all(team) == [BEHIND]
    named = 'were not read to the end for three intervals: \\"production\\", \\"research\\"'
    assert f"2 of 2 accounts {named}" in team.words()
    team.poe("production").faults.always(None)
    team.serve(START + 55 * HOUR)
    team.serve(START + 55 * HOUR + FIVE)
    assert TOGETHER in of_all(team)
    assert "at least" in team.words()


def test_accounts_that_are_overwritten_by_one_key_are_named(team: Team) -> None:
    """It is said who is monitored from now on, and who is not; and back again, once each."""
    team.join("staging")
    team.go_on()
    team.hold_one_key()
    assert [sent[:3] for sent in team.go_on(3)].count(("default", "health", "roster")) == 1
    assert '\\"production\\", \\"research\\", \\"staging\\" are not monitored any more' in team.words()
    assert '\\"default\\" is monitored from now on' in team.words()
    team.join()
    assert [sent[:3] for sent in team.go_on(3)].count(("all", *JOINED)) == 1
    assert '\\"default\\" is not monitored any more' in team.words()


def test_a_name_that_stands_twice_in_the_secret_is_said(team: Team) -> None:
    """Its last key counts, and nobody has left."""
    twice = team.world.secret.replace('"research"', '"research": "x", "research"')
    team.world.keep_secret(twice)
    assert [sent[1:3] for sent in team.go_on(2)] == [("health", "spelling")]


def test_who_joins_while_the_config_is_broken_goes_by_the_last_good_one(team: Team) -> None:
    """As everybody else does."""
    team.world.configure("nonsense")
    team.go_on()
    team.join("staging")
    team.go_on()
    team.spend("staging", 1_200)
    assert ("staging", "budget", "Each", 1000) in team.go_on()


def test_a_secret_that_breaks_alone_and_is_mended_for_several_is_in_order_again(team: Team) -> None:
    """Who sends now ends what the other has begun, and the other way round."""
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(START + 2 * FIVE)
    assert of_all(team) == [("health", "secret")]
    team.hold_one_key()
    assert ("default", "health", "secret", None) in team.go_on()
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(START + 30 * HOUR)
    assert ("default", "health", "secret", None) in team.sent()
    team.join()
    assert ("all", "health", "secret", None) in team.go_on()
    assert team.go_on() == []


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "in turn"])
def test_a_joiner_with_much_to_read_brings_no_news_of_closed_windows(*, queued: bool) -> None:
    """Its history takes several intervals, in which the others spend; the day that is open counts it."""
    poes = {"ada": SimulatedPoe(), "bob": SimulatedPoe()}
    config = CONFIG + table("digest", every="day", together=True)
    running = FastWorld(poes, config, START, queued=queued)

    def go_on(hours: int, start: datetime) -> list[str]:
        for number in range(hours):
            running.now = start + number * HOUR
            for name in ("ada", "bob"):
                spend(poes[name], 20, running.now)
            running.round()
            running.now += FIVE
        sent = [one.rule for one in running.slack.of("all")]
        running.slack.taken.clear()
        return [rule for rule in sent if rule != "digest"]

    assert go_on(49, START) == ["welcome"]
    cleo = SimulatedPoe()
    for number in range(2_000):
        spend(cleo, 40, running.now - number * HOUR / 3)
    running.join("cleo", cleo)
    running.pages = 3
    assert go_on(4, running.now) == ["roster"]
    assert sum(running.parts(["cleo"]).values()) < 2_000 * 40
    running.pages = 50
    assert go_on(20, running.now) == []
    assert running.parts(["all"]) == running.parts(["ada", "bob", "cleo"])
    assert running.parts(["cleo"])
    spend(cleo, 2_000, running.now + timedelta(seconds=1))
    assert "Together" in go_on(1, running.now + FIVE)


def test_a_tick_without_one_account_does_not_re_arm_a_rolling_budget() -> None:
    """What is not read has not fallen: the account that was away for hours brings no second alert."""
    poes = {"ada": SimulatedPoe(), "bob": SimulatedPoe()}
    running = FastWorld(poes, ROLLING, START)
    running.begun()
    running.drained()
    absent: set[str] = set()

    def refuse(_number: int, name: str) -> None:
        if name == "before page" and running.ticking in absent:
            raise KeyRefusedError("refused")

    running.gate.at = refuse
    for hours in range(1, 60):
        running.now = START + hours * HOUR
        absent = {"ada"} if 30 <= hours < 45 else set()
        for name, points in (("ada", 100), ("bob", 50)):
            spend(poes[name], points, running.now)
        running.round()
    assert [one.rule for one in running.slack.of("all") if one.kind is Kind.BUDGET] == ["Rolling"]
    assert sum(running.parts(["all"]).values()) == 59 * 150

"""Accounts that come, go, are mistyped or are not read: who is monitored, and what is sent of them."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from budget_alert.alerts import Kind
from budget_alert.errors import AccountsFailedError, KeyRefusedError, SecretError
from standins.poe_faults import status
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import refused
from tests.support.fast_team import FastTeam
from tests.support.team import Team, key_of, team_deployment
from tests.support.world import START

FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
CONFIG = """
[[budget]]
name = "Each"
points = 1_000
period = "day"
alert_at = ["100%"]

[[budget]]
name = "Together"
points = 2_000
period = "day"
alert_at = ["100%"]
together = true

[[spike]]
name = "Runaway"
window = "1h"
times = 4
at_least = 500
together = true
"""


@pytest.fixture(params=[False, True], ids=["in turn", "queued"])
def team(request: pytest.FixtureRequest) -> Iterator[Team]:
    """Give a team of two accounts that was welcomed, in both modes."""
    with team_deployment("research", "production", fans_out=request.param) as team:
        team.world.configure(CONFIG)
        serve(team, START)
        serve(team, START + FIVE)
        team.told()
        yield team


def serve(team: Team, at: datetime) -> None:
    """Run what the schedule starts, and all that comes of it; who fails says so."""
    with suppress(AccountsFailedError):
        team.round(at)
    if team.queue:
        team.drain()


def of_all(team: Team) -> list[tuple[str, str]]:
    """Take what was sent for all accounts together: kind and rule."""
    return [(kind, rule) for account, kind, rule, _ in team.told() if account == "all"]


def words(team: Team) -> str:
    """Give all that Slack was ever sent."""
    return json.dumps(team.world.slack.payloads, ensure_ascii=False)


JOINED = ("health", "roster")


def test_a_joiner_whose_key_is_mistyped_brings_no_news_of_closed_windows(team: Team) -> None:
    """Six days over the limit and a burst, all before anybody could read them; the open day counts it."""
    for days in range(6):
        team.spend("research", 900, START + days * DAY)
        serve(team, START + days * DAY)
    now = START + 5 * DAY
    team.told()
    team.join("staging")
    for days in range(5):
        team.spend("staging", 1_900, START + days * DAY)
    team.poe("staging").keys = set()
    for quarters in range(17):
        serve(team, now + quarters * HOUR / 4)
    assert [told for told in of_all(team) if told[1] != "behind"] == [JOINED]
    team.poe("staging").keys = {key_of("staging")}
    serve(team, now + 4 * HOUR + FIVE)
    serve(team, now + 4 * HOUR + 2 * FIVE)
    assert team.points("all") == 6 * 900 + 5 * 1_900
    assert [told for told in of_all(team) if told[0] != "health"] == []
    team.spend("staging", 1_100, now + 4 * HOUR)
    serve(team, now + 4 * HOUR + 3 * FIVE)
    assert ("budget", "Together") in of_all(team)


def test_a_joiner_that_is_read_after_all_brings_no_news(team: Team) -> None:
    """In whatever order the queue hands the messages out."""
    for days in range(3):
        team.spend("research", 900, START + days * DAY)
        serve(team, START + days * DAY + FIVE)
    team.told()
    team.join("staging")
    for days in range(2):
        team.spend("staging", 1_900, START + days * DAY)
    team.world.now = START + 2 * DAY + HOUR
    for account in ("research", "production", "all", "staging", "all"):
        team.invoke([{"MessageId": account, "Body": json.dumps({"account": account})}])
    assert team.points("all") == 3 * 900 + 2 * 1_900
    assert of_all(team) == [JOINED]


@pytest.mark.parametrize("change", ["somebody joins", "somebody leaves", "somebody is renamed"])
def test_what_crossed_in_an_outage_is_sent_although_the_team_changes(team: Team, change: str) -> None:
    """What the others spent together in a day that closed while nobody looked is news all the same."""
    team.join("staging")
    serve(team, START + 2 * FIVE)
    team.told()
    for name in ("research", "production"):
        team.spend(name, 1_000, START + HOUR)
    team.spend("staging", 1, START + HOUR)
    keys = {name: key_of(name) for name in ("research", "production", "staging")}
    match change:
        case "somebody joins":
            team.join("new")
            team.spend("new", 5_000, START - DAY)
        case "somebody leaves":
            team.hold({name: key for name, key in keys.items() if name != "staging"})
        case _:
            keys["stage"] = keys.pop("staging")
            team.hold(keys)
    serve(team, START + 30 * HOUR)
    serve(team, START + 30 * HOUR + FIVE)
    assert sorted(of_all(team)) == [("budget", "Together"), JOINED, ("spike", "Runaway")]


def test_what_the_others_crossed_is_sent_while_one_is_refused(team: Team) -> None:
    """An account that is read again after twenty hours brings its part then, and nothing twice."""
    team.poe("production").keys = set()
    team.spend("research", 1_999, START + HOUR)
    team.spend("production", 1, START + HOUR)
    for hours in range(1, 21):
        serve(team, START + hours * HOUR)
    team.told()
    team.join("staging")
    team.poe("production").keys = {key_of("production")}
    serve(team, START + 21 * HOUR)
    serve(team, START + 21 * HOUR + FIVE)
    told = of_all(team)
    assert told.count(("budget", "Together")) == 1
    assert JOINED in told


@pytest.mark.parametrize("goes", ["leaves", "is renamed", "leaves as the last but one"])
def test_what_waits_for_an_account_that_is_gone_is_sent(team: Team, goes: str) -> None:
    """Whoever sends now sends it, naming whom it is about; once a channel, and then nothing is looked at."""
    team.world.slack.replies.always(refused(503, "away"))
    team.spend("production", 1_500)
    serve(team, START + 2 * FIVE)
    team.told()
    keys = {"research": key_of("research")}
    if goes == "is renamed":
        keys["prod"] = key_of("production")
    if goes == "leaves as the last but one":
        team.poes.accounts["single-key"] = team.poe("research")
        team.poe("research").keys.add("single-key")
        team.world.keep_secret(
            json.dumps({"poe_api_key": "single-key", "slack_webhook_url": team.world.slack_url})
        )
    else:
        team.hold(keys)
    serve(team, START + 3 * FIVE)
    team.world.slack.replies.always(None)
    before = len(team.world.slack.payloads)
    for number in range(4, 7):
        serve(team, START + number * FIVE)
    sent = [json.dumps(one, ensure_ascii=False) for one in team.world.slack.payloads[before:]]
    assert len([text for text in sent if "account production" in text]) == 1
    assert all(set(item["owed"]["SS"]) <= set(item["accepted"]["SS"]) for item in team.world.items("alert#"))
    roster = team.world.items("roster")[0]["body"]["S"]
    assert '"unsent":[]' in roster


def test_what_waits_for_the_only_account_is_sent_when_there_are_several(team: Team) -> None:
    """It had another name then."""
    team.poes.accounts["single-key"] = team.poe("research")
    team.poe("research").keys.add("single-key")
    alone = json.dumps({"poe_api_key": "single-key", "slack_webhook_url": team.world.slack_url})
    team.world.keep_secret(alone)
    serve(team, START + 2 * FIVE)
    serve(team, START + 3 * FIVE)
    team.world.slack.replies.always(refused(503, "away"))
    team.spend("research", 1_500)
    serve(team, START + 4 * FIVE)
    team.join()
    team.world.slack.replies.always(None)
    before = len(team.world.slack.payloads)
    for number in range(5, 8):
        serve(team, START + number * FIVE)
    sent = [json.dumps(one, ensure_ascii=False) for one in team.world.slack.payloads[before:]]
    assert [text for text in sent if " · account" not in text and "“Each”" in text]
    assert all(set(item["owed"]["SS"]) <= set(item["accepted"]["SS"]) for item in team.world.items("alert#"))


def test_an_account_that_is_never_served_is_named(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    """After three intervals; until it is read nothing that is summed is complete, and sums say so."""
    team.join("staging")
    for number in range(2, 9):
        team.world.now = START + number * FIVE
        for account in ("research", "production", "all"):
            team.invoke([{"MessageId": account, "Body": json.dumps({"account": account})}])
    assert of_all(team) == [JOINED, ("health", "behind")]
    assert '1 of 3 accounts were not read to the end for three intervals: \\"staging\\"' in words(team)
    ticks = [vars(one) for one in caplog.records if one.message == "Tick" and vars(one)["account"] == "all"]
    assert not ticks[-1]["complete"]
    serve(team, START + 9 * FIVE)
    assert of_all(team) == [("health", "behind")]


def test_who_falls_behind_beside_another_is_named_too(team: Team) -> None:
    """One is refused for days, then another is away for hours; and what both spent is counted later."""
    team.poe("research").keys = set()
    for hours in range(1, 49):
        serve(team, START + hours * HOUR)
    assert of_all(team).count(("health", "behind")) == 1
    team.poe("production").faults.always(status(503))
    team.spend("production", 2_500, START + 49 * HOUR)
    for quarters in range(24):
        serve(team, START + 49 * HOUR + quarters * HOUR / 4)
    assert of_all(team) == [("health", "behind")]
    assert (
        '2 of 2 accounts were not read to the end for three intervals: \\"production\\", \\"research\\"'
        in words(team)
    )
    team.poe("production").faults.always(None)
    serve(team, START + 55 * HOUR)
    serve(team, START + 55 * HOUR + FIVE)
    assert ("budget", "Together") in of_all(team)
    assert "at least" in words(team)


def test_accounts_that_are_overwritten_by_one_key_are_named(team: Team) -> None:
    """It is said who is monitored from now on, and who is not; and back again, once each."""
    team.join("staging")
    serve(team, START + 2 * FIVE)
    team.told()
    team.poes.accounts["single-key"] = team.poe("research")
    team.poe("research").keys.add("single-key")
    team.world.keep_secret(
        json.dumps({"poe_api_key": "single-key", "slack_webhook_url": team.world.slack_url})
    )
    for number in range(3, 6):
        serve(team, START + number * FIVE)
    assert [told[:3] for told in team.told()].count(("default", "health", "roster")) == 1
    said = words(team)
    assert '\\"production\\", \\"research\\", \\"staging\\" are not monitored any more' in said
    assert '\\"default\\" is monitored from now on' in said
    team.join()
    for number in range(6, 9):
        serve(team, START + number * FIVE)
    assert of_all(team).count(JOINED) == 1
    assert '\\"default\\" is not monitored any more' in words(team)


def test_a_name_that_stands_twice_in_the_secret_is_said(team: Team) -> None:
    """Its last key counts, and nobody has left."""
    twice = f'"research": "{key_of("research")}", "production": "{key_of("production")}"'
    team.world.keep_secret(
        f'{{"accounts": {{"research": "x", {twice}}}, "slack_webhook_url": "{team.world.slack_url}"}}'
    )
    serve(team, START + 2 * FIVE)
    serve(team, START + 3 * FIVE)
    assert of_all(team) == [("health", "spelling")]


def test_who_joins_while_the_config_is_broken_goes_by_the_last_good_one(team: Team) -> None:
    """As everybody else does."""
    team.world.configure("nonsense")
    serve(team, START + 2 * FIVE)
    team.told()
    team.join("staging")
    serve(team, START + 3 * FIVE)
    team.spend("staging", 1_200, START + 3 * FIVE)
    serve(team, START + 4 * FIVE)
    assert ("staging", "budget", "Each", 1000) in team.told()


def test_a_team_that_becomes_one_account_and_a_team_again_repeats_nothing(team: Team) -> None:
    """What was sent of a window stays sent, and what the team had spent is counted once."""
    team.spend("research", 2_100)
    serve(team, START + 2 * FIVE)
    assert ("budget", "Together") in of_all(team)
    team.poes.accounts["single-key"] = team.poe("research")
    team.poe("research").keys.add("single-key")
    team.world.keep_secret(
        json.dumps({"poe_api_key": "single-key", "slack_webhook_url": team.world.slack_url})
    )
    serve(team, START + 3 * FIVE)
    serve(team, START + 4 * FIVE)
    team.told()
    team.join()
    for number in range(5, 8):
        serve(team, START + number * FIVE)
    assert [told for told in team.told() if told[1] != "health"] == []
    assert team.points("all") == team.points("research") == 2_100


def test_a_secret_that_breaks_alone_and_is_mended_for_several_is_in_order_again(team: Team) -> None:
    """Who speaks now ends what the other has begun, and the other way round."""
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(START + 2 * FIVE)
    assert of_all(team) == [("health", "secret")]
    team.poes.accounts["single-key"] = team.poe("research")
    team.poe("research").keys.add("single-key")
    alone = json.dumps({"poe_api_key": "single-key", "slack_webhook_url": team.world.slack_url})
    team.world.keep_secret(alone)
    serve(team, START + 3 * FIVE)
    assert ("default", "health", "secret", None) in team.told()
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(START + 30 * HOUR)
    assert ("default", "health", "secret", None) in team.told()
    team.join()
    serve(team, START + 30 * HOUR + FIVE)
    assert ("health", "secret") in of_all(team)
    serve(team, START + 30 * HOUR + 2 * FIVE)
    assert team.told() == []


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "in turn"])
def test_a_joiner_with_much_to_read_brings_no_news_of_closed_windows(*, queued: bool) -> None:
    """Its history takes several intervals, in which the others spend; the day that is open counts it."""
    poes = {"ada": SimulatedPoe(), "bob": SimulatedPoe()}
    running = FastTeam(
        poes, CONFIG.replace("[[spike]]", '[digest]\nevery = "day"\ntogether = true\n[[spike]]'), START
    )
    if not queued:
        running.fanout = None

    def go_on(hours: int, start: datetime) -> list[str]:
        for number in range(hours):
            running.now = start + number * HOUR
            for name in ("ada", "bob"):
                created = microseconds(running.now)
                poes[name].add(Row(creation_time=created, query_id=f"{name} {running.now}", cost_points=20))
            running.round()
            running.now += FIVE
        told = [one.rule for one in running.slack.told_of.pop("all", [])]
        return [rule for rule in told if rule != "digest"]

    assert go_on(49, START) == ["welcome"]
    rows = [
        Row(
            creation_time=microseconds(running.now - number * HOUR / 3), query_id=f"c{number}", cost_points=40
        )
        for number in range(2_000)
    ]
    running.join("cleo", SimulatedPoe(rows))
    running.pages = 3
    assert go_on(4, running.now) == ["roster"]
    assert sum(running.parts(["cleo"]).values()) < sum(row.cost_points for row in rows)
    running.pages = 50
    assert go_on(20, running.now) == []
    assert running.parts(["all"]) == running.parts(["ada", "bob", "cleo"])
    assert running.parts(["cleo"])
    poes["cleo"].add(Row(creation_time=microseconds(running.now), query_id="new", cost_points=2_000))
    assert "Together" in go_on(1, running.now + FIVE)


ROLLING = """
[[budget]]
name = "Rolling"
points = 3_000
period = "24h"
alert_at = ["100%"]
together = true
"""


def test_a_tick_without_one_account_does_not_re_arm_a_rolling_budget() -> None:
    """What is not read has not fallen: the account that was away for hours brings no second alert."""
    poes = {"ada": SimulatedPoe(), "bob": SimulatedPoe()}
    running = FastTeam(poes, ROLLING, START)
    running.begun()
    running.drained()
    away: set[str] = set()

    def refuse(_number: int, name: str) -> None:
        if name == "before page" and running.ticking in away:
            raise KeyRefusedError("refused")

    running.gate.at = refuse
    for hours in range(1, 60):
        running.now = START + hours * HOUR
        away = {"ada"} if 30 <= hours < 45 else set()
        for name, points in (("ada", 100), ("bob", 50)):
            created = microseconds(running.now)
            poes[name].add(Row(creation_time=created, query_id=f"{name} {hours}", cost_points=points))
        running.round()
    assert [one.rule for one in running.slack.told_of["all"] if one.kind is Kind.BUDGET] == ["Rolling"]
    assert sum(running.parts(["all"]).values()) == 59 * 150

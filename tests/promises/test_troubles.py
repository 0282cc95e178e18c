"""What goes wrong between ticks: nothing is lost, and somebody hears of it."""

import json
from datetime import timedelta
from typing import cast

import pytest

from budget_alert.errors import (
    KeyRefusedError,
    ListBrokenError,
    PoeUnavailableError,
    ScanError,
    SecretError,
    SettingsError,
    UnreadableAnswerError,
)
from budget_alert.rules.troubles import Trouble
from standins import poe_faults
from standins.poe_store import microseconds
from standins.slack_receiver import NO_SERVICE, SERVER_ERROR
from tests.support.world import MONTH, START, World

MINUTES = timedelta(minutes=5)
DAY = timedelta(days=1)


@pytest.fixture
def world(world: World) -> World:
    """Give an account that was welcomed."""
    world.tick(START)
    world.sent()
    world.slack.payloads.clear()
    return world


def health(world: World) -> list[str]:
    """Take the troubles that SNS sent since last asked."""
    return [rule for kind, rule, _ in world.sent() if kind == "health"]


def test_a_bad_config_is_reported_once_and_the_last_good_one_stays_in_force(world: World) -> None:
    """Every mistake is reported, once; budgets go on as before; the end of it is reported too."""
    world.configure(MONTH.replace("month", "mnth").replace("points", "pionts"))
    world.spend(600)
    world.tick(START + MINUTES)
    (record,) = world.sent_to_sns()
    assert sorted(alert["kind"] for alert in record["alerts"]) == ["budget", "health"]
    shown = str(world.slack.payloads)
    assert "mnth" in shown
    assert "pionts" in shown
    world.tick(START + 2 * MINUTES)
    assert world.sent() == []
    world.configure(MONTH)
    world.tick(START + 3 * MINUTES)
    assert health(world) == ["config"]


def test_another_mistake_is_reported_anew(world: World) -> None:
    """A config that is still wrong, but otherwise, is reported again."""
    for wrong in ("mnth", "dya"):
        world.configure(MONTH.replace("month", wrong))
        world.tick(world.later(minutes=5))
        assert health(world) == ["config"]


def test_a_refused_key_is_reported_when_it_begins_and_when_it_ends(world: World) -> None:
    """A key that Poe refuses is reported once with what to do; a new one in the secret ends it."""
    world.poe.keys = {"another-key"}
    for expected in (["key"], []):
        with pytest.raises(KeyRefusedError):
            world.tick(world.later(minutes=5))
        assert health(world) == expected
    world.keep_secret(world.secret_text("another-key"))
    world.tick(world.later(minutes=5))
    assert health(world) == ["key"]


def test_a_trouble_leads_to_where_its_remedy_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a new key, to the secret in the console of the topic's region, and to the runbook that was named."""
    monkeypatch.setenv("RUNBOOK_URL", "https://git.example/runbook.md")
    world.poe.keys = {"another-key"}
    with pytest.raises(KeyRefusedError):
        world.tick(world.later(minutes=5))
    shown = str(world.slack.payloads)
    for address, label in [
        ("https://poe.com/api_key", "Make a new key"),
        (
            "https://eu-west-1.console.aws.amazon.com/secretsmanager/secret?name=secret&amp;region=eu-west-1",
            "Secret in AWS",
        ),
        ("https://git.example/runbook.md#poe-refuses-the-api-key", "Runbook"),
    ]:
        assert f"<{address}|{label}>" in shown
    assert "poe-budget tick --stack " in shown


def test_alerts_leave_even_when_the_walk_fails_half_way(world: World) -> None:
    """What the first pages held is evaluated and sent, the tick raises, and the next one goes on."""
    for second in range(250):
        world.spend(4, START + timedelta(seconds=second))
    world.poe.faults.queue(None, None, *[poe_faults.status(500)] * 4)
    with pytest.raises(PoeUnavailableError):
        world.tick(START + DAY)
    world.tick(START + DAY + MINUTES)
    assert ("budget", "Everything", 1000) in world.sent()
    assert world.slot_points() == world.poe.total() == 1_000


def test_a_row_that_cannot_be_read_makes_sums_at_least(world: World) -> None:
    """A cost of 900.5 points is left out, and said."""
    world.spend(600)
    world.spend(cast("int", 900.5))
    world.tick(START + MINUTES)
    said = {alert["kind"]: alert["complete"] for record in world.sent_to_sns() for alert in record["alerts"]}
    assert said["budget"] is False
    shown = str(world.slack.payloads)
    assert "At least 60 % of " in shown
    assert "at least, because rows of " in shown
    assert "nothing missing" not in shown


def test_what_slack_refuses_for_good_is_reported_through_sns(world: World) -> None:
    """SNS has the alert, and once that Slack refuses; that Slack takes alerts again is reported too."""
    world.slack.replies.always(NO_SERVICE)
    world.spend(600)
    report = world.tick(START + MINUTES)
    assert (report.alerts.sent, report.alerts.pending) == (2, 0)
    assert world.sent() == [("budget", "Everything", 500), ("health", "slack", None)]
    world.spend(200)
    world.tick(START + 2 * MINUTES)
    assert world.sent() == [("budget", "Everything", 800)]
    world.slack.replies.always(None)
    world.spend(200)
    world.tick(START + 3 * MINUTES)
    assert world.sent() == [("budget", "Everything", 1000), ("health", "slack", None)]
    assert len(world.slack.payloads) == 2


@pytest.mark.parametrize(
    ("fault", "error", "rule", "patience"),
    [
        (poe_faults.status(503), PoeUnavailableError, "poe", 2),
        (poe_faults.list_cut_short(1), ListBrokenError, "list", 0),
        (poe_faults.html(200), UnreadableAnswerError, "answers", 0),
    ],
    ids=["away", "cut short", "another shape"],
)
def test_what_is_wrong_with_poe_is_reported_once_and_so_is_its_end(
    world: World, fault: poe_faults.Fault, error: type[ScanError], rule: str, patience: int
) -> None:
    """Where Poe is away, only the third failed tick is; each raises, and takes nothing back."""
    for hours in (1, 2, 3):
        world.spend(100, START + timedelta(hours=hours))
    world.tick(START + timedelta(hours=4))
    world.poe.faults.always(fault)
    for expected in ([], [], [rule], [])[2 - patience :]:
        with pytest.raises(error):
            world.tick(world.later(minutes=5))
        assert (health(world), world.slot_points()) == (expected, 300)
    world.poe.faults.always(None)
    assert world.tick(world.later(minutes=5)).complete
    assert (health(world), world.slot_points()) == ([rule], 300)


def test_usage_lost_for_good_is_reported_with_its_span(world: World) -> None:
    """After an outage longer than Poe keeps rows, it is said from when to when usage is unknown."""
    world.tick(START + 40 * DAY)
    (record,) = world.sent_to_sns()
    assert [alert["rule"] for alert in record["alerts"]] == ["lost"]
    assert "2026-11-03 00:00 UTC to 2026-11-13 00:00 UTC" in str(world.slack.payloads)
    world.tick(START + 40 * DAY + MINUTES)
    assert health(world) == ["lost"]


def test_an_idle_account_has_lost_nothing(world: World) -> None:
    """Forty days without usage, but with ticks, are no loss."""
    for day in range(1, 41):
        world.tick(START + day * DAY)
    assert world.sent() == []


def test_a_cost_that_lands_a_day_late_is_taken_in_by_the_audit(world: World) -> None:
    """Once a day the last 48 hours are read again, and what they crossed late is reported."""
    landed = START + timedelta(hours=25)
    world.spend(600, START + timedelta(hours=1), cost_lands_at=microseconds(landed))
    for hour in range(2, 50):
        world.spend(1, START + timedelta(hours=hour))
        world.tick(START + timedelta(hours=hour, minutes=1))
    assert world.slot_points() == world.poe.total()
    assert ("budget", "Everything", 500) in world.sent()


def test_a_slack_that_fails_gets_the_alert_later_and_sns_gets_it_once(world: World) -> None:
    """An alert stays owed to the channel that failed, and to that one only."""
    world.slack.replies.always(SERVER_ERROR)
    world.spend(600)
    report = world.tick(START + MINUTES)
    assert (report.alerts.sent, report.alerts.pending) == (0, 1)
    assert world.sent() == [("budget", "Everything", 500)]
    world.slack.replies.always(None)
    report = world.tick(START + 2 * MINUTES)
    assert (report.alerts.sent, report.alerts.pending) == (1, 0)
    assert world.sent() == []
    assert len(world.slack.payloads) == 1


def test_what_slack_is_owed_waits_while_the_secret_cannot_be_read(world: World) -> None:
    """An unreadable secret does not make Slack a channel that was removed."""
    world.slack.replies.always(SERVER_ERROR)
    world.spend(600)
    world.tick(START + MINUTES)
    world.slack.replies.always(None)
    world.keep_secret("{")
    with pytest.raises(SecretError):
        world.tick(START + 2 * MINUTES)
    world.keep_secret(world.secret_text())
    world.tick(START + 3 * MINUTES)
    assert "Everything" in str(world.slack.payloads)


def test_of_two_ticks_at_once_one_wins_and_the_other_changes_nothing(world: World) -> None:
    """A tick that finds the ledger written since it began returns normally, and has counted nothing."""
    world.spend(600)
    world.now = START + MINUTES
    overtaken = []

    def overtake(_: object) -> None:
        overtaken.append(True)
        if len(overtaken) == 1:
            world.tick()

    world.poe.faults.rule(overtake)
    report = world.tick()
    assert (report.points, report.alerts.sent, report.complete) == (0, 0, False)
    assert world.slot_points() == 600
    assert world.sent() == [("budget", "Everything", 500)]
    assert len(world.slack.payloads) == 1


def test_missing_settings_are_all_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment without its environment fails with the names of what is missing."""
    monkeypatch.delenv("SECRET_ID")
    monkeypatch.setenv("POE_API_URL", "http://example.com")
    with pytest.raises(SettingsError, match=r"SECRET_ID.*POE_API_URL"):
        world.tick()


def test_what_slack_is_owed_waits_while_its_name_is_misspelt(world: World) -> None:
    """The account is still counted and the slip named; Slack is not taken for removed, and gets it all."""
    world.slack.replies.always(SERVER_ERROR)
    world.spend(600)
    world.tick(START + MINUTES)
    world.slack.replies.always(None)
    world.slack.payloads.clear()
    slip = world.secret_text().replace("slack_webhook_url", "slack_webhook")
    world.keep_secret(slip)
    report = world.tick(START + 2 * MINUTES)
    assert (report.alerts.pending, world.slack.payloads) == (2, [])
    assert health(world) == ["webhook"]
    world.keep_secret(world.secret_text())
    assert world.tick(START + 3 * MINUTES).alerts.pending == 0
    for words in ("60 % of your monthly budget", Trouble.WEBHOOK.begins, Trouble.WEBHOOK.ends):
        assert words in str(world.slack.payloads)


def test_slack_gets_word_of_a_key_that_the_secret_has_lost(world: World) -> None:
    """Its address stands in the same secret; so a stack with Slack only is not silent."""
    world.forget_listeners()
    world.tick(world.later(days=1))
    world.slack.payloads.clear()
    world.keep_secret(json.dumps({"poe_api_key": "", "slack_webhook_url": world.slack_url}))
    with pytest.raises(SecretError):
        world.tick(world.later(minutes=5))
    assert Trouble.SECRET.begins in str(world.slack.payloads)
    world.keep_secret(world.secret_text())
    assert world.tick(world.later(minutes=5)).alerts.pending == 0
    assert Trouble.SECRET.ends in str(world.slack.payloads)

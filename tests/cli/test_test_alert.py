"""A test message through a deployed stack's own channels."""

import json

import msgspec
import pytest

from poe_budget.cli import test_alert as testing
from poe_budget.cli.test_alert import Answer, answers
from poe_budget.function import Alerts, Invoked, Tick
from standins.slack_receiver import NO_SERVICE, SERVER_ERROR
from tests.cli.monitor import Monitor
from tests.cli.running import KEY, one_line


def test_every_channel_has_it(monitor: Monitor) -> None:
    """Slack and who listens on the topic get a message marked as a test, as severe as wanted."""
    monitor.tick(600)
    monitor.world.sent()
    ended = monitor.run("test-alert", "--severity", "critical")
    assert (ended.status, ended.err) == (0, "")
    payload = monitor.world.slack.payloads[-1]
    assert "TEST" in payload["text"]
    assert "600 of 1,000" in str(payload["attachments"])
    (record,) = monitor.world.sent_to_sns()
    assert [alert["severity"] for alert in record["alerts"]] == ["critical"]
    assert monitor.run("test-alert", "--severity", "loud").status == 2


def test_test_of_channels(monitor: Monitor) -> None:
    """What each channel answers: taken, refused for good, waiting, not used, and none at all.

    The exit status is that of the channels, though the key be refused: that is said beside their answers.
    """
    world = monitor.world
    whole, keyless = world.secret_text(), world.secret_text("wrong")
    monitor.tick(1)
    for replies, secret in (
        ([], whole),
        ([NO_SERVICE], whole),
        ([], keyless),
        ([NO_SERVICE], keyless),
        ([], KEY),
    ):
        world.keep_secret(secret)
        world.later(minutes=10)
        world.slack.replies.queue(*replies)
        monitor.shows("test-alert")
    world.keep_secret(whole)
    world.forget_listeners()
    world.later(minutes=10)
    report = monitor.report(testing.Trial, "test-alert")
    assert [(one.channel, one.answer) for one in report.channels] == [("slack", "taken"), ("sns", "unused")]
    assert "nobody listens on the topic" in report.channels[1].words
    world.slack.replies.always(SERVER_ERROR)
    world.later(minutes=10)
    monitor.shows("test-alert")
    world.keep_secret(KEY)
    world.later(minutes=10)
    monitor.shows("test-alert")


def test_an_account_that_fails_beside_the_test(monitor: Monitor) -> None:
    """Where there are several, one's refused key is named, and the channels are tested all the same."""
    monitor.world.keep_secret(
        json.dumps({"accounts": {"a": KEY, "b": "wrong"}, "slack_webhook_url": f"{monitor.world.slack_url}"})
    )
    report = monitor.report(testing.Trial, "test-alert")
    assert report.error.startswith("AccountsFailedError: b: Poe refused the API key")


def ticked(channels: dict[str, str] | None, pending: int = 0) -> Tick:
    """Give what a tick did that sent a test."""
    alerts = Alerts(sent=1, pending=pending)
    return Tick(
        account="default", complete=True, pages=1, entries=1, points=0, alerts=alerts, channels=channels
    )


def test_a_function_that_sends_no_test(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no config is in force, of an older function, or of a tick that lost a race."""
    words = "the function sent no test: another tick ran at the same time, or "
    monitor.world.configure("nonsense")
    monitor.tick(1)
    ended = monitor.run("test-alert")
    assert ended.status == 1
    assert f"{words}no config can be used" in one_line(ended)
    monkeypatch.setattr("tests.cli.monitor.MonitorFunction.invoke", lambda *_: Invoked(tick=ticked(None)))
    assert f"{words}it is older" in one_line(monitor.run("test-alert"))


def test_what_the_log_says_of_a_test() -> None:
    """Why a channel did not answer, and what they answered where an older function raised."""
    reason = '{"message": "No answer", "channel": "slack", "reason": "Slack failed:\\u001b[31m 500"}'
    log = ("START RequestId", reason, '{"message": "Tick"}')
    slack, sns = answers(Invoked(tick=ticked({"sns": ""}, pending=1), log=log))
    assert (slack.answer, slack.words) == (Answer.WAITING, "Slack failed: [31m 500")
    assert sns.answer is Answer.TAKEN
    tick = msgspec.to_builtins(ticked({"sns": "", "slack": "no"}))
    older = ("START", json.dumps({"message": "Tick", **tick}))
    slack, sns = answers(Invoked(error="KeyRefusedError: no", log=older))
    assert (slack.answer, slack.words, sns.answer) == (Answer.REFUSED, "no", Answer.TAKEN)
    assert answers(Invoked(error="KeyRefusedError: no", log=("END",))) == ()

"""A test message through a deployed stack's own channels."""

import json

import msgspec
import pytest

from poe_budget.cli import test_alert as testing
from poe_budget.cli.test_alert import Answer, answers
from poe_budget.function import Alerts, Invoked, Tick
from standins.loopback import Reply
from standins.slack_receiver import NO_SERVICE, SERVER_ERROR
from tests.cli.running import KEY, one_line
from tests.cli.watched import Watched


def answered(watch: Watched, status: int = 0, *arguments: str) -> dict[str, tuple[str, str]]:
    """Test the channels, and give what each answered, and the words for that."""
    ended = watch.run("test-alert", "--json", *arguments)
    assert ended.status == status, ended
    report = msgspec.json.decode(ended.out, type=testing.Trial, strict=True)
    return {one.channel: (one.answer, one.words) for one in report.channels}


def test_every_channel_has_it(watch: Watched) -> None:
    """Slack and who listens on the topic get a message marked as a test, of what is counted by now."""
    watch.tick(600)
    watch.world.told()
    ended = watch.run("test-alert")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "slack: taken. Slack has taken it.",
        "sns: taken. SNS has taken it, for everybody who listens on the topic.",
    ]
    payload = watch.world.slack.payloads[-1]
    assert "TEST" in payload["text"]
    assert "600 of 1,000" in str(payload["attachments"])
    assert [kind for kind, *_ in watch.world.told()] == ["welcome"]


def test_it_is_as_severe_as_wanted(watch: Watched) -> None:
    """Who hears only of what is critical can be tried too."""
    watch.tick(1)
    watch.world.told()
    answered(watch, 0, "--severity", "critical")
    (record,) = watch.world.told_by_sns()
    assert [alert["severity"] for alert in record["alerts"]] == ["critical"]
    assert watch.run("test-alert", "--severity", "loud").status == 2


@pytest.mark.parametrize(
    ("reply", "answer", "words"),
    [
        (NO_SERVICE, "refused", "the webhook was removed or switched off: make a new incoming webhook"),
        (SERVER_ERROR, "waiting", "the next ticks try again"),
    ],
)
def test_slack_does_not_take_it(watch: Watched, reply: Reply, answer: str, words: str) -> None:
    """A webhook that is gone is named with what to do, what failed for now waits; each is status 1."""
    watch.tick(1)
    watch.world.slack.replies.always(reply)
    found = answered(watch, 1)
    assert found["slack"][0] == answer
    assert words in found["slack"][1]
    assert found["sns"][0] == "taken"


def test_a_stack_without_slack_or_without_a_listener(watch: Watched) -> None:
    """A channel that is not used is said to be, and does not fail the test."""
    watch.tick(1)
    watch.world.keep_secret("poe-key-that-nobody-may-see")
    watch.world.later(minutes=10)
    without_slack = answered(watch)
    assert (without_slack["slack"][0], without_slack["sns"][0]) == ("unused", "taken")
    watch.world.keep_secret(watch.world.secret_text())
    watch.world.forget_listeners()
    watch.world.later(minutes=10)
    without_listener = answered(watch)
    assert (without_listener["slack"][0], without_listener["sns"][0]) == ("taken", "unused")
    assert "nobody listens on the topic" in without_listener["sns"][1]


def test_a_key_that_poe_refuses(watch: Watched) -> None:
    """The test is about the channels: each answer is shown, and beside them what the tick failed on."""
    watch.tick(1)
    watch.world.keep_secret(watch.world.secret_text().replace(KEY, "wrong"))
    watch.world.later(minutes=10)
    ended = watch.run("test-alert")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines()[:2] == [
        "slack: taken. Slack has taken it.",
        "sns: taken. SNS has taken it, for everybody who listens on the topic.",
    ]
    assert ended.out.splitlines()[2].startswith(
        "The tick failed with KeyRefusedError: Poe refused the API key"
    )
    assert "TEST" in str(watch.world.slack.payloads[-1])
    watch.world.later(minutes=1)
    watch.world.slack.replies.always(NO_SERVICE)
    assert answered(watch, 1)["slack"][0] == "refused"


def test_an_account_that_fails_beside_the_test(watch: Watched) -> None:
    """Where there are several, one's refused key is named, and the channels are tested all the same."""
    watch.world.keep_secret(
        json.dumps({"accounts": {"a": KEY, "b": "wrong"}, "slack_webhook_url": f"{watch.world.slack_url}"})
    )
    ended = watch.run("test-alert", "--json")
    report = msgspec.json.decode(ended.out, type=testing.Trial, strict=True)
    assert ended.status == 0
    assert report.error.startswith("AccountsFailedError: b: Poe refused the API key")


def test_a_function_that_raises_after_its_test() -> None:
    """Of one that is older, the end of the log says what the channels have answered."""
    log = (
        "START",
        json.dumps({"message": "Tick", **msgspec.to_builtins(ticked({"sns": "", "slack": "no"}))}),
    )
    slack, sns = answers(Invoked(error="KeyRefusedError: no", log=log))
    assert (slack.answer, slack.words, sns.answer) == (Answer.REFUSED, "no", Answer.TAKEN)
    assert answers(Invoked(error="KeyRefusedError: no", log=("END",))) == ()


def test_nobody_to_tell(watch: Watched) -> None:
    """With no channel at all the tick fails, and its words say what to do."""
    watch.tick(1)
    watch.world.keep_secret("poe-key-that-nobody-may-see")
    watch.world.forget_listeners()
    ended = watch.run("test-alert")
    assert ended.status == 1
    assert ended.out.startswith("The tick failed with NobodyListeningError: Alerts wait (")


def test_no_usable_config(watch: Watched) -> None:
    """Where no config is in force the function has nothing to test with."""
    watch.world.configure("nonsense")
    watch.tick(1)
    ended = watch.run("test-alert")
    assert ended.status == 1
    assert (
        "the function sent no test: another tick ran at the same time, or no config can be used"
        in one_line(ended)
    )


def ticked(channels: dict[str, str] | None, pending: int = 0) -> Tick:
    """Give what a tick did that told a test."""
    alerts = Alerts(sent=1, pending=pending)
    return Tick(
        account="default", complete=True, pages=1, entries=1, points=0, alerts=alerts, channels=channels
    )


def test_a_function_that_knows_no_tests(watch: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older function, or a tick that lost a race, is said to have sent none."""
    monkeypatch.setattr("tests.cli.watched.WatchedFunction.invoke", lambda *_: Invoked(tick=ticked(None)))
    assert "the function sent no test: another tick ran" in one_line(watch.run("test-alert"))


def test_the_reason_stands_in_the_log() -> None:
    """Where a channel did not answer, the last lines of the log say why, whatever else they hold."""
    log = (
        "START RequestId",
        '{"message": "No answer", "channel": "slack", "reason": "Slack failed:\\u001b[31m 500"}',
        '{"message": "Tick"}',
    )
    slack, sns = answers(Invoked(tick=ticked({"sns": ""}, pending=1), log=log))
    assert (slack.answer, slack.words) == (Answer.WAITING, "Slack failed: [31m 500")
    assert sns.answer is Answer.TAKEN

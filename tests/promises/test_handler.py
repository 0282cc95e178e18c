"""The handler and its answer: a tick, or a test of the channels, asked for by an event."""

import json
import sys
from datetime import timedelta

import pytest

from budget_alert import wiring
from budget_alert.app import lambda_handler
from standins.slack_receiver import NO_SERVICE
from tests.support.world import MONTH, START, World


class Context:
    """Lambda's context, with time for a tick."""

    def get_remaining_time_in_millis(self) -> int:
        """Give a minute."""
        return 60_000


@pytest.fixture
def welcomed(world: World) -> World:
    """Give a deployment past its welcome."""
    lambda_handler({}, Context())
    sent(world)
    world.sent_to_sns()
    return world


def sent(world: World) -> list[str]:
    """Take the first lines that Slack was sent."""
    texts = [payload["text"] for payload in world.slack.payloads]
    world.slack.payloads.clear()
    return texts


def test_a_crossing_is_sent_once_in_both_channels(real_world: World) -> None:
    """After a welcome: what crosses a threshold is sent to Slack and SNS, and not again at the next tick."""
    world = real_world
    world.spend(100, START - timedelta(days=1))
    assert world.tick(START).alerts.sent == 1
    assert [kind for kind, _, _ in world.sent()] == ["welcome"]
    world.slack.payloads.clear()
    world.spend(600, START + timedelta(minutes=2))
    report = world.tick(START + timedelta(minutes=5))
    assert report.as_dict() == {
        "account": "default",
        "complete": True,
        "pages": 1,
        "entries": 2,
        "points": 600,
        "alerts": {"sent": 1, "pending": 0},
    }
    assert world.sent() == [("budget", "Everything", 500)]
    assert len(world.slack.payloads) == 1
    world.tick(START + timedelta(minutes=10))
    assert world.sent() == []
    assert len(world.slack.payloads) == 1


def test_a_test_is_sent_to_every_channel_and_says_what_each_answered(welcomed: World) -> None:
    """The tick that it comes with is a tick like any other, and the message says that it is a test."""
    answer = lambda_handler({"test_alert": "info"}, Context())
    assert answer["channels"] == {"slack": "", "sns": ""}
    assert answer["alerts"]["sent"] == 1
    (text,) = sent(welcomed)
    assert text == "🔵 TEST: this is how alerts about your Poe points reach you"
    assert welcomed.sent_to_sns()[-1]["alerts"][0]["kind"] == "welcome"
    assert "channels" not in lambda_handler({}, Context())
    assert sent(welcomed) == []


@pytest.mark.parametrize(
    "event", [None, [], "test_alert", {"test_alert": "true"}, {"test_alert": 1}, {"x": 2}]
)
def test_any_other_event_is_a_tick_and_nothing_else(welcomed: World, event: object) -> None:
    """Only the event that asks for a test gets one."""
    assert "channels" not in lambda_handler(event, Context())
    assert sent(welcomed) == []


def test_what_a_channel_refused_is_in_the_answer(welcomed: World) -> None:
    """A webhook that was removed is named, with what to do, and the other channel has the test."""
    welcomed.slack.replies.always(NO_SERVICE)
    answer = lambda_handler({"test_alert": "info"}, Context())
    assert "removed" in answer["channels"]["slack"]
    assert answer["channels"]["sns"] == ""


def test_a_test_is_as_severe_as_was_asked(welcomed: World) -> None:
    """Subscribers that hear only of what is critical can be tried, too."""
    lambda_handler({"test_alert": "critical"}, Context())
    assert [alert["severity"] for alert in welcomed.sent_to_sns()[-1]["alerts"]] == ["critical"]


def test_the_log_says_why_something_that_was_reached_is_not_sent(world: World) -> None:
    """In the tick after the one that sent it, by the rule; else there is no such field."""
    world.configure(MONTH)
    assert "held" not in world.tick().as_log()
    world.spend(600)
    assert "held" not in world.tick(world.later(minutes=5)).as_log()
    world.spend(1)
    line = world.tick(world.later(minutes=5)).as_log()
    assert json.loads(json.dumps(line["held"])) == [{"rule": "Everything", "why": "sent"}]


def test_each_log_line_bears_the_id_of_its_run(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By it Lambda's own lines about the run are found; a caller without one is served as well."""

    class Run(Context):
        aws_request_id = "8f5c"

    monkeypatch.setattr(wiring.log.registered_handler, "stream", sys.stdout)
    world.spend(900)
    lambda_handler({"Records": []}, Run())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["function_request_id"] for line in lines] == ["8f5c", "8f5c"]
    assert [line.get("message") for line in lines] == ["Tick", None]
    lambda_handler({}, Context())
    assert "function_request_id" not in capsys.readouterr().out

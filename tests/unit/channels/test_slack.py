import logging
import socket
import string
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from hypothesis import given, strategies as st

from budget_alert import __version__
from budget_alert.channels.blocks import payload
from budget_alert.channels.slack import REMEDIES
from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from budget_alert.http import Http
from budget_alert.messages.parts import Message
from standins.loopback import Asked, Reply, serving
from standins.slack_receiver import SERVER_ERROR, SlackReceiver, rate_limited, refused
from tests.support.made_messages import composed, standing, welcome
from tests.support.poe_client import Recording
from tests.support.webhook import MESSAGE, PATH, SECRETS, Clock, channel, failure, said

PASSING = SERVER_ERROR, refused(503, "<html>"), refused(408, "")
BROKEN = Reply(reset=True), Reply(body=b"ok", broken_at=0)
LONG = "x" * 5000

BUDGETS = composed(welcome(standing()))


@pytest.fixture
def http() -> Iterator[Http]:
    """Give a client as the function has it."""
    with Http() as pool:
        yield pool


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


def test_a_message_arrives(http: Http) -> None:
    """As JSON under the function's own User-Agent, with its blocks and a text for the notification."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Reply:
        asked.append(request)
        return Reply(body=b"ok")

    with serving(answer) as url:
        channel(http, url + PATH).send(MESSAGE, 30)
    assert [(each.method, each.path) for each in asked] == [("POST", PATH)]
    assert asked[0].headers["content-type"] == "application/json; charset=utf-8"
    assert asked[0].headers["user-agent"] == f"poe-budget-alert/{__version__}"


@pytest.mark.parametrize(
    ("pauses", "arrives", "slept"),
    [([3, 12], True, [3.0, 12.0]), ([0] * 99, False, [1.0] * 29)],
    ids=["every wait that fits is waited", "a Slack that stays busy is asked at most once a second"],
)
def test_slack_may_ask_for_pauses(
    http: Http, clock: Clock, pauses: list[int], slept: list[float], *, arrives: bool
) -> None:
    """As often as it does, the message is sent once more after it, for as long as there is time."""
    slack = SlackReceiver()
    slack.replies.queue(*map(rate_limited, pauses))
    with slack.serve() as url:
        expected = nullcontext() if arrives else pytest.raises(ChannelError, match="next tick")
        with expected:
            channel(http, url, clock).send(MESSAGE, 30)
    assert (len(slack.payloads), clock.slept) == (arrives, slept)


def test_a_pause_holds_for_whoever_sends_next(http: Http, clock: Clock) -> None:
    """One webhook has one gate: after a 429 that one message could not wait for, the next one waits."""
    slack = SlackReceiver()
    slack.replies.queue(rate_limited(5))
    with slack.serve() as url:
        gate = channel(http, url, clock)
        with pytest.raises(ChannelError, match="busy"):
            gate.send(MESSAGE, 4)
        assert (len(slack.answers), clock.slept) == (1, [])
        gate.send(MESSAGE, 30)
    assert (len(slack.payloads), clock.slept) == (1, [5.0])


@pytest.mark.parametrize(
    ("retry_after", "seconds_left"), [("31", 30.0), ("3", 3.4), ("", 30.0), ("soon", 30.0), ("-1", 30.0)]
)
def test_a_wait_that_does_not_fit_is_left_to_the_next_tick(
    http: Http, clock: Clock, retry_after: str, seconds_left: float
) -> None:
    """A busy Slack is not waited for when it asks for too long or for more than is left."""
    busy = Reply(status=429, body=b"rate_limited", headers={"Retry-After": retry_after})
    with serving(lambda _: busy) as url, pytest.raises(ChannelError, match="busy") as raised:
        channel(http, url + PATH, clock).send(MESSAGE, seconds_left)
    assert not isinstance(raised.value, ChannelRefusedError)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        *((reply, ChannelError, "the next tick sends the message again") for reply in PASSING),
        *((reply, ChannelUnsureError, "may have arrived") for reply in BROKEN),
        (Reply(body=b"<html>Please log in</html>"), ChannelUnsureError, "Please log"),
        (refused(404, ""), ChannelRefusedError, "it answered 404 nothing; make a new incoming webhook"),
        (refused(400, f"new_reason\n\x1b[31m{LONG}"), ChannelRefusedError, "400 “new_reason [31mxxx"),
        (Reply(status=400, body=b"x" * 5_000_000), ChannelRefusedError, "it answered 400 “xxx"),
        *(
            (refused(403, reason), ChannelRefusedError, f"refused the message: {remedy} (403 {reason})")
            for reason, remedy in REMEDIES.items()
        ),
    ],
)
def test_what_slack_answers_says_what_to_do(reply: Reply, kind: type[ChannelError], words: str) -> None:
    """What passes is sent again; of what breaks nobody knows; what is refused for good names its remedy."""
    error = failure(reply)
    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 400
    assert getattr(error, "is_strange", False) is (words == "Please log")


def test_nobody_answers(http: Http) -> None:
    """An address where nothing listens is no refusal."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}{PATH}"
        with pytest.raises(ChannelError, match="could not be reached") as raised:
            channel(http, url).send(MESSAGE, 5)
    assert not isinstance(raised.value, ChannelRefusedError)


@pytest.mark.parametrize(("seconds_left", "bound"), [(2.0, 2.0), (60.0, 30.0)])
def test_a_request_is_bounded(seconds_left: float, bound: float) -> None:
    """An answer is waited for at most half a minute, and never longer than the time left."""
    slack = SlackReceiver()
    with slack.serve() as url, Recording() as http:
        channel(http, url).send(MESSAGE, seconds_left)
    assert http.seconds == [bound]


def test_without_time_nothing_is_sent(http: Http) -> None:
    """A message is not begun that could not be finished."""
    slack = SlackReceiver()
    with slack.serve() as url, pytest.raises(ChannelError, match="no time left"):
        channel(http, url).send(MESSAGE, 0.4)
    assert slack.answers == []


def test_a_redirect_is_not_followed() -> None:
    """A webhook that leads elsewhere is refused, and the message goes nowhere else."""
    elsewhere = SlackReceiver()
    with elsewhere.serve() as other:
        error = failure(Reply(status=302, headers={"Location": other}))
    assert isinstance(error, ChannelRefusedError)
    assert "status 302" in str(error)
    assert elsewhere.answers == []


def test_a_webhook_without_tables_gets_the_message_without(http: Http) -> None:
    """What it refuses for its table is sent once more without; from then on no table is tried."""
    slack = SlackReceiver(tables=False)
    with slack.serve() as url:
        webhook = channel(http, url)
        webhook.send(BUDGETS, 30)
        webhook.send(BUDGETS, 30)
    assert [answer.status for answer in slack.answers] == [400, 200, 200]
    assert slack.payloads == [payload(BUDGETS, tables=False)] * 2


@pytest.mark.parametrize(
    ("message", "reason", "asked"),
    [(MESSAGE, "invalid_blocks", 1), (BUDGETS, "no_text", 1), (BUDGETS, "invalid_blocks", 2)],
    ids=["no table in it", "not for its blocks", "refused without, too"],
)
def test_a_table_is_left_out_once_and_only_for_its_own_sake(
    http: Http, message: Message, reason: str, asked: int
) -> None:
    """A refusal stands without a table, for another reason, and the second time."""
    slack = SlackReceiver()
    slack.replies.always(refused(400, reason))
    with slack.serve() as url, pytest.raises(ChannelRefusedError, match=reason):
        channel(http, url).send(message, 30)
    assert len(slack.answers) == asked


def test_a_message_without_its_table_keeps_to_the_time(http: Http, clock: Clock) -> None:
    """Both tries share the time and the gate; what does not fit is left to the next tick."""
    slack = SlackReceiver(tables=False)
    slack.replies.queue(rate_limited(3))
    slack.replies.queue(refused(400, "invalid_blocks"))
    slack.replies.queue(rate_limited(3))
    with slack.serve() as url, pytest.raises(ChannelError, match="busy"):
        channel(http, url, clock).send(BUDGETS, 5)
    assert (slack.payloads, clock.slept) == ([], [3.0])


@given(st.sampled_from(["ok", "OK\n"]) | st.text(string.printable, max_size=300), st.integers(200, 599))
def test_any_answer_is_either_taken_or_named_as_an_error(body: str, status: int) -> None:
    """Whatever the address answers, sending returns only for Slack's 200 ok."""
    words = ""
    reply = Reply(status=status, body=body.encode())
    with Http() as pool, serving(lambda _: reply) as url:
        try:
            channel(pool, url + PATH).send(MESSAGE, 5)
        except ChannelError as error:
            words = str(error)
    assert words.isprintable()
    assert (words == "") == (status == 200 and body.strip().lower() == "ok")


@pytest.mark.parametrize("status", [200, 301, 400, 404, 429, 500])
@pytest.mark.parametrize("page", ["No {} here", "<a href='{}'>", "{}?", "token {}"])
def test_an_answer_that_repeats_the_address_does_not_tell_it(status: int, page: str) -> None:
    """A proxy's page that names the path, whole or in parts, gives nothing away."""
    for part in SECRETS:
        words = said(failure(Reply(status=status, body=page.format(part).encode())))
        assert not [secret for secret in SECRETS if secret in words]


def test_an_address_cut_by_the_bound_of_the_answer_is_not_shown() -> None:
    """Half of the path is hidden like the whole."""
    page = " " * (1024 - len(PATH) + 3) + PATH
    words = said(failure(Reply(status=404, body=page.encode())))
    assert "it answered 404 “***”" in words
    assert "n0b0dy" not in words


@pytest.mark.parametrize("reply", [Reply(reset=True), Reply(body=b"ok", broken_at=0), SERVER_ERROR])
def test_no_failure_shows_the_address(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    """Neither an error, nor what is chained to it, nor a log line at DEBUG holds any part of the path."""
    caplog.set_level(logging.DEBUG)
    words = said(failure(reply)) + caplog.text
    assert not [secret for secret in SECRETS if secret in words]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1" + PATH, "http://[" + PATH, "ftp://x" + PATH, "http://" + "x" * 300 + PATH]
)
def test_no_impossible_address_is_shown(http: Http, url: str) -> None:
    """An address that cannot be used is not repeated in the error."""
    with pytest.raises(ChannelError) as raised:
        channel(http, url).send(MESSAGE, 5)
    assert not [secret for secret in SECRETS if secret in said(raised.value)]


def test_the_channel_does_not_show_its_address(http: Http) -> None:
    """The channel can be logged."""
    shown = channel(http, "https://hooks.slack.com" + PATH)
    assert not [secret for secret in SECRETS if secret in repr(shown) + str(shown)]

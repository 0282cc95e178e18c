import socket
import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert import __version__
from budget_alert.channels.blocks import payload
from budget_alert.channels.slack import REMEDIES
from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from budget_alert.http import Http
from budget_alert.messages.parts import Message
from standins.loopback import Asked, Reply, serving
from standins.slack_receiver import SERVER_ERROR, SlackReceiver, rate_limited, refused
from tests.support.poe_client import Recording
from tests.support.telling import standing, told, welcome
from tests.support.webhook import MESSAGE, PATH, Clock, channel, failure

BUDGETS = told(welcome(standing()))


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
    """Slack takes the message, with its blocks and a text for the notification."""
    slack = SlackReceiver()
    with slack.serve() as url:
        channel(http, url).send(MESSAGE, 30)
    assert [payload["text"] for payload in slack.payloads] == [
        "🟡 82 % of your monthly budget “Everything” is used, 3 days early"
    ]
    assert slack.payloads[0]["blocks"][0]["type"] == "header"


def test_the_request_names_its_sender(http: Http) -> None:
    """The request is JSON, and carries the function's own User-Agent."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Reply:
        asked.append(request)
        return Reply(body=b"ok")

    with serving(answer) as url:
        channel(http, url + PATH).send(MESSAGE, 30)
    assert [(each.method, each.path) for each in asked] == [("POST", PATH)]
    assert asked[0].headers["content-type"] == "application/json; charset=utf-8"
    assert asked[0].headers["user-agent"] == f"poe-budget-alert/{__version__}"


def test_every_wait_that_fits_is_waited(http: Http, clock: Clock) -> None:
    """As often as Slack asks for a pause, the message is sent once more after it."""
    slack = SlackReceiver()
    slack.replies.queue(rate_limited(3))
    slack.replies.queue(rate_limited(12))
    with slack.serve() as url:
        channel(http, url, clock).send(MESSAGE, 30)
    assert (len(slack.payloads), clock.slept) == (1, [3.0, 12.0])


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


def test_a_slack_that_stays_busy_ends_with_the_time(http: Http, clock: Clock) -> None:
    """It is asked again for as long as there is time, at most once a second."""
    slack = SlackReceiver()
    slack.replies.always(rate_limited(0))
    with slack.serve() as url, pytest.raises(ChannelError, match="next tick"):
        channel(http, url, clock).send(MESSAGE, 3)
    assert (len(slack.answers), clock.slept) == (3, [1.0, 1.0])


@pytest.mark.parametrize(
    "reply",
    [
        SERVER_ERROR,
        refused(503, "<html>"),
        refused(408, ""),
    ],
    ids=["500", "503", "408"],
)
def test_what_passes_is_tried_again_later(reply: Reply) -> None:
    """A failing Slack is no refusal: the next tick sends the message."""
    error = failure(reply)
    assert not isinstance(error, ChannelRefusedError | ChannelUnsureError)
    assert "the next tick sends the message again" in str(error)


@pytest.mark.parametrize(
    "reply", [Reply(reset=True), Reply(body=b"ok", broken_at=0)], ids=["reset", "broken"]
)
def test_a_message_without_an_answer_may_have_arrived(reply: Reply) -> None:
    """Where the connection breaks once the message is on its way, nobody knows."""
    error = failure(reply)
    assert isinstance(error, ChannelUnsureError)
    assert "may have arrived" in str(error)
    assert not error.is_strange


def test_nobody_answers(http: Http) -> None:
    """An address where nothing listens is no refusal."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}{PATH}"
        with pytest.raises(ChannelError, match="could not be reached") as raised:
            channel(http, url).send(MESSAGE, 5)
    assert not isinstance(raised.value, ChannelRefusedError)


def test_a_slow_slack_is_given_up_within_the_time_left(http: Http) -> None:
    """The time left bounds the wait for an answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}{PATH}"
        with pytest.raises(ChannelUnsureError, match="ReadTimeoutError"):
            channel(http, url).send(MESSAGE, 0.6)


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


@pytest.mark.parametrize("reason", REMEDIES)
def test_each_reason_of_slack_has_a_remedy(reason: str) -> None:
    """What Slack refuses for good is refused in words that say what to do, beside Slack's own."""
    error = failure(refused(403, reason))
    assert isinstance(error, ChannelRefusedError)
    assert str(error) == f"Slack refused the message: {REMEDIES[reason]} (403 {reason})"


def test_an_unknown_reason_is_shown() -> None:
    """A reason that nobody documented is shown, made harmless and cut."""
    error = failure(refused(400, "new_reason\n\x1b[31m" + "x" * 5000))
    assert isinstance(error, ChannelRefusedError)
    assert "it answered 400 “new_reason [31mxxx" in str(error)
    assert len(str(error)) < 400


def test_a_reason_of_nothing() -> None:
    """A refusal without a word is still a refusal with words."""
    assert "it answered 404 nothing; make a new incoming webhook" in str(failure(refused(404, "")))


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


def test_only_slacks_own_ok_is_an_acceptance() -> None:
    """A page that answers 200 in Slack's place has told nobody."""
    error = failure(Reply(body=b"<html>Please log in</html>"))
    assert isinstance(error, ChannelUnsureError)
    assert error.is_strange
    assert "Please log" in str(error)


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    """Of an answer only the beginning is read."""
    assert len(str(failure(Reply(status=400, body=b"x" * 5_000_000)))) < 400


@given(st.sampled_from(["ok", "OK\n"]) | st.text(string.printable, max_size=300), st.integers(200, 599))
def test_any_answer_is_either_taken_or_told_as_an_error(body: str, status: int) -> None:
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

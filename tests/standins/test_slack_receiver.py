import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from standins.loopback import Asked, Reply, serving
from standins.slack_receiver import (
    ACTION_PROHIBITED,
    CHANNEL_IS_ARCHIVED,
    NO_SERVICE,
    SERVER_ERROR,
    SlackReceiver,
    rate_limited,
    refusal,
)


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    """Give a client without retries."""
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield pool


def post(http: urllib3.PoolManager, slack: SlackReceiver, *payloads: object) -> list[tuple[int, bytes]]:
    """Post the payloads and return status and body of each answer."""
    with slack.serve() as url:
        answers = [http.request("POST", url, body=json.dumps(payload).encode()) for payload in payloads]
    return [(answer.status, answer.data) for answer in answers]


def text(words: str, kind: str = "mrkdwn") -> dict[str, str]:
    """Return a text object of Block Kit."""
    return {"type": kind, "text": words}


def header(words: str) -> dict[str, object]:
    """Return a header block."""
    return {"type": "header", "text": text(words, "plain_text")}


GOOD_BLOCKS: list[dict[str, Any]] = [
    header("x" * 150),
    {"type": "section", "text": text("x" * 3000)},
    {"type": "section", "fields": [text("x" * 2000)] * 10},
    {"type": "context", "elements": [text("small")]},
    {"type": "actions", "elements": [{"type": "button", "text": text("Open", "plain_text")}]},
    {"type": "divider"},
]
BAD_BLOCKS: list[Any] = [
    header("x" * 151),
    header(""),
    {"type": "header", "text": text("mrkdwn is not for headers")},
    {"type": "section", "text": text("x" * 3001)},
    {"type": "section", "text": "no object"},
    {"type": "section", "text": text("x", "html")},
    {"type": "section"},
    {"type": "section", "fields": [text("x")] * 11},
    {"type": "section", "fields": [text("x" * 2001)]},
    {"type": "context", "elements": []},
    {"type": "context", "elements": [text("x")] * 11},
    {"type": "no_such_block"},
    "no object",
]


def test_takes_and_keeps_good_messages(http: urllib3.PoolManager) -> None:
    """A message within Slack's limits gets `ok` and is kept."""
    slack = SlackReceiver()
    payloads = [{"text": "hello"}, {"text": "blocks", "blocks": GOOD_BLOCKS}]
    assert post(http, slack, *payloads) == [(200, b"ok"), (200, b"ok")]
    assert slack.payloads == payloads


@pytest.mark.parametrize("block", BAD_BLOCKS)
def test_refuses_bad_blocks(http: urllib3.PoolManager, block: object) -> None:
    """One block against Slack's rules refuses the whole message."""
    slack = SlackReceiver()
    assert post(http, slack, {"text": "t", "blocks": [header("good"), block]}) == [(400, b"invalid_blocks")]
    assert slack.payloads == []


@given(count=st.integers(0, 120))
def test_takes_up_to_fifty_blocks(count: int) -> None:
    """A message may have 50 blocks and no more."""
    refused = refusal({"text": "t", "blocks": [{"type": "divider"}] * count})
    assert refused == (None if count <= 50 else "invalid_blocks")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(["no object"], b"invalid_payload"), ({}, b"no_text"), ({"text": ""}, b"no_text")],
)
def test_refuses_messages_that_say_nothing(http: urllib3.PoolManager, payload: object, reason: bytes) -> None:
    """A message needs to be an object with a text or blocks."""
    assert post(http, SlackReceiver(), payload) == [(400, reason)]


@pytest.mark.parametrize("body", [b"{", b"\xff", b""])
def test_refuses_what_is_not_json(http: urllib3.PoolManager, body: bytes) -> None:
    """A body that is not JSON is an invalid payload."""
    with SlackReceiver().serve() as url:
        answer = http.request("POST", url, body=body)
    assert (answer.status, answer.data) == (400, b"invalid_payload")


def test_knows_only_its_own_address(http: urllib3.PoolManager) -> None:
    """Another path, or another method, is no webhook."""
    with SlackReceiver().serve() as url:
        assert http.request("POST", f"{url}-other", body=b'{"text": "t"}').status == 404
        assert http.request("GET", url).status == 404


@pytest.mark.parametrize("scripted", [ACTION_PROHIBITED, NO_SERVICE, CHANNEL_IS_ARCHIVED, SERVER_ERROR])
def test_answers_as_scripted(http: urllib3.PoolManager, scripted: Reply) -> None:
    """A scripted answer takes the place of the honest one, and keeps nothing."""
    slack = SlackReceiver()
    slack.replies.queue(scripted)
    answers = post(http, slack, {"text": "first"}, {"text": "second"})
    assert answers == [(scripted.status, scripted.body), (200, b"ok")]
    assert slack.payloads == [{"text": "second"}]
    assert [reply.status for reply in slack.answers] == [scripted.status, 200]


def test_rate_limit_says_when_to_try_again(http: urllib3.PoolManager) -> None:
    """A rate limit can hold for every message, and carries its seconds."""
    slack = SlackReceiver()
    slack.replies.always(rate_limited(7))
    with slack.serve() as url:
        answers = [http.request("POST", url, body=b'{"text": "t"}') for _ in range(2)]
    assert [(answer.status, answer.headers["Retry-After"]) for answer in answers] == [(429, "7")] * 2


def test_a_mistake_in_an_answer_is_raised_at_the_end(http: urllib3.PoolManager) -> None:
    """What the answering function raises is not lost in a thread: the end of serving raises it."""

    def broken(asked: Asked) -> Reply:
        raise RuntimeError(asked.path)

    hung_up = pytest.raises(urllib3.exceptions.ProtocolError)
    with pytest.raises(RuntimeError, match="/here"), serving(broken) as url, hung_up:
        http.request("GET", f"{url}/here")

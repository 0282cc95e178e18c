import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from hypothesis import given, strategies as st

from standins.loopback import Asked, Reply, serving
from standins.slack_receiver import SlackReceiver, refusal


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


def cell(words: str) -> dict[str, Any]:
    """Return a cell of a table."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [section]}


GOOD_BLOCKS: list[dict[str, Any]] = [
    header("x" * 150),
    {"type": "section", "text": text("x" * 3000)},
    {"type": "section", "fields": [text("x" * 2000)] * 10},
    {"type": "context", "elements": [text("small")]},
    {"type": "actions", "elements": [{"type": "button", "text": text("Open", "plain_text")}]},
    {"type": "divider"},
    {"type": "table", "rows": [[cell("x" * 500)] * 20]},
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
    {"type": "table", "rows": []},
    {"type": "table", "rows": [[]]},
    {"type": "table", "rows": [[cell("x")]] * 101},
    {"type": "table", "rows": [[cell("x")] * 21]},
    {"type": "table", "rows": [[cell("x"), cell(" ")]]},
    {"type": "table", "rows": [[cell("x" * 5000)], [cell("x" * 5001)]]},
    {"type": "no_such_block"},
    "no object",
]


@pytest.mark.parametrize("block", BAD_BLOCKS)
def test_one_bad_block_refuses_the_whole_message(block: object) -> None:
    """As Slack's rules say."""
    assert refusal({"text": "t", "blocks": [header("good"), block]}) == "invalid_blocks"


@given(count=st.integers(0, 120))
def test_takes_up_to_fifty_blocks(count: int) -> None:
    """A message may have 50 blocks and no more."""
    refused = refusal({"text": "t", "blocks": [{"type": "divider"}] * count})
    assert refused == (None if count <= 50 else "invalid_blocks")


def test_one_table_a_message_where_any_is_taken(http: urllib3.PoolManager) -> None:
    """A second table is refused, and every table where the webhook takes none."""
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    one, two = ({"text": "t", "attachments": [{"blocks": [table] * count}]} for count in (1, 2))
    assert [refusal(one), refusal(two)] == [None, "invalid_attachments"]
    slack = SlackReceiver(tables=False)
    assert post(http, slack, one, {"text": "t"}) == [(400, b"invalid_attachments"), (200, b"ok")]


def test_takes_and_keeps_good_messages_and_refuses_what_says_nothing(http: urllib3.PoolManager) -> None:
    """A message is an object with a text or blocks, within Slack's limits."""
    slack = SlackReceiver()
    good = [{"text": "hello"}, {"text": "blocks", "blocks": GOOD_BLOCKS}]
    bad = [["no object"], {}, {"text": ""}]
    assert post(http, slack, *good, *bad) == [
        *[(200, b"ok")] * 2,
        (400, b"invalid_payload"),
        *[(400, b"no_text")] * 2,
    ]
    assert slack.payloads == good


@pytest.mark.parametrize("body", [b"{", b"\xff", b""])
def test_refuses_what_is_not_json_and_what_is_not_its_address(http: urllib3.PoolManager, body: bytes) -> None:
    """A body that is not JSON is an invalid payload; another path, or another method, is no webhook."""
    with SlackReceiver().serve() as url:
        answer = http.request("POST", url, body=body)
        others = [http.request("POST", f"{url}-other", body=b'{"text": "t"}'), http.request("GET", url)]
    assert (answer.status, answer.data) == (400, b"invalid_payload")
    assert [other.status for other in others] == [404, 404]


def test_a_mistake_in_an_answer_is_raised_at_the_end(http: urllib3.PoolManager) -> None:
    """What the answering function raises is not lost in a thread: the end of serving raises it."""

    def broken(asked: Asked) -> Reply:
        raise RuntimeError(asked.path)

    hung_up = pytest.raises(urllib3.exceptions.ProtocolError)
    with pytest.raises(RuntimeError, match="/here"), serving(broken) as url, hung_up:
        http.request("GET", f"{url}/here")

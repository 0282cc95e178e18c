"""Only what Slack has signed, and has signed just now, is a click."""

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.signature import SignatureVerifier

from budget_alert.actions.signature import LARGEST_BODY, MOST_SKEW, signed
from budget_alert.errors import ClickRefusedError
from budget_alert.secret import Secret

KEY, BODY, NOW = (
    "8f742231b10e8888abcd99yyyzzz85a5",
    b"payload=%7B%7D&x=%C3%A9",
    datetime(2026, 11, 27, tzinfo=UTC),
)
STAMP = str(int(NOW.timestamp()))


def headers(timestamp: str = STAMP, key: str = KEY, body: bytes = BODY) -> dict[str, str]:
    """Sign a body as Slack's own library does."""
    signature = SignatureVerifier(key).generate_signature(timestamp=timestamp, body=body)
    assert signature
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}


def test_what_slack_signs_is_taken() -> None:
    """A body signed by Slack's own library is by the key, to the last second of five minutes."""
    for skew in (timedelta(0), MOST_SKEW, -MOST_SKEW):
        assert signed(headers(), BODY, NOW + skew).is_by(Secret(KEY))


@pytest.mark.parametrize(
    ("key", "body"), [("another key", BODY), (KEY, BODY + b"&"), (KEY, b""), (KEY, BODY.upper())]
)
def test_another_key_or_body_is_not(key: str, body: bytes) -> None:
    """A signature holds for one key and one body, byte by byte."""
    assert not signed(headers(key=key), body, NOW).is_by(Secret(KEY))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"x-slack-signature": ""}, "not signed"),
        ({"x-slack-signature": "v0=" + "0" * 63}, "not signed"),
        ({"x-slack-signature": "v1=" + "0" * 64}, "not signed"),
        ({"x-slack-signature": "v0=" + "é" * 64}, "not signed"),
        ({"x-slack-request-timestamp": ""}, "not signed"),
        ({"x-slack-request-timestamp": "-1"}, "not signed"),
        ({"x-slack-request-timestamp": "٣" * 10}, "not signed"),
        ({"x-slack-request-timestamp": "9" * 400}, "not signed"),
        ({"x-slack-request-timestamp": str(int(STAMP) - 301)}, "old"),
        ({"x-slack-request-timestamp": str(int(STAMP) + 301)}, "old"),
        ({"x-slack-request-timestamp": "99999999999"}, "old"),
    ],
)
def test_refused_before_the_key_is_needed(changed: dict[str, str], reason: str) -> None:
    """Missing, malformed and old signatures are refused without looking at the secret."""
    with pytest.raises(ClickRefusedError, match=reason):
        signed(headers() | changed, BODY, NOW)


def test_too_large() -> None:
    """A body larger than any of Slack's is not even hashed."""
    with pytest.raises(ClickRefusedError, match="too large"):
        signed(headers(), b"x" * (LARGEST_BODY + 1), NOW)

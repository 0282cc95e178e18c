"""A stand-in for Slack's incoming webhooks on loopback: checks what it gets as Slack does, and keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from standins.loopback import Asked, Reply, serving
from standins.script import Script
from standins.slack_rules import refusal

_PATH = "/services/T0000/B0000/loopback-webhook"


def refused(status: int, reason: str) -> Reply:
    """Return an answer in Slack's form: the reason as plain text."""
    return Reply(status=status, body=reason.encode(), headers={"Content-Type": "text/plain"})


ACTION_PROHIBITED = refused(403, "action_prohibited")
NO_SERVICE = refused(404, "no_service")
CHANNEL_IS_ARCHIVED = refused(410, "channel_is_archived")
SERVER_ERROR = refused(500, "rollup_error")


def rate_limited(seconds: int) -> Reply:
    """Return Slack's 429, to be tried again after so many seconds."""
    return Reply(status=429, body=b"rate_limited", headers={"Retry-After": str(seconds)})


class SlackReceiver:
    """A webhook that keeps what it took.

    `payloads` holds the messages taken, oldest first; `answers` every answer given, refusals included;
    `replies` is the script of what requests are answered with in place of the honest answer.
    """

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.answers: list[Reply] = []
        self.replies: Script[Reply] = Script()

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve on loopback and give the webhook's address; port 0 takes a free one."""
        with serving(self._answer, port) as url:
            yield url + _PATH

    def _answer(self, asked: Asked) -> Reply:
        reply = self.replies.next(asked) or self._honest(asked)
        self.answers.append(reply)
        return reply

    def _honest(self, asked: Asked) -> Reply:
        if asked.method != "POST" or asked.path != _PATH:
            return NO_SERVICE
        payload = _decoded(asked.body)
        reason = refusal(payload)
        if reason:
            return refused(400, reason)
        self.payloads.append(payload)
        return Reply(body=b"ok", headers={"Content-Type": "text/html"})


def _decoded(body: bytes) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None

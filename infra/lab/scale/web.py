"""What the function asks over HTTP, answered within this process: Poe for each account, and Slack."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from budget_alert.http import Again, Answer
from budget_alert.identity import TOGETHER
from lab.scale.edge import Edge
from standins.loopback import Asked, Reply
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import refusal

POE_URL = "http://127.0.0.1/poe"
WEBHOOK = "http://127.0.0.1/slack"
_NOBODY = SimulatedPoe(keys=())
_BEARER = "Bearer "
_ACCOUNT = re.compile(r"account (\S+)$")
_MORE = re.compile(r"(?:• )?and ([\d,]+) more alert")

Heard = Callable[[str, int], Reply | None]
"""Takes an account and how many alerts Slack was told of it; gives what Slack answers instead, if it does."""


class Web:
    """Http without any connection; `accounts` are the Poes by the key that each is asked with."""

    def __init__(self, edge: Edge, accounts: Mapping[str, SimulatedPoe], heard: Heard) -> None:
        self._edge = edge
        self._accounts = accounts
        self._heard = heard

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        again: Again,
        body: bytes = b"",
        **_: object,
    ) -> Answer:
        """Answer as Http does, and as often."""
        for attempt in count():
            reply = self._slack(body) if url == WEBHOOK else self._poe(method, url, headers)
            answer = Answer(reply.status, dict(reply.headers), reply.body)
            if not again(answer, attempt):
                break
        return answer

    def _poe(self, method: str, url: str, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(url.removeprefix(POE_URL))
        lower = {name.lower(): value for name, value in headers.items()}
        asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), lower)
        account = self._accounts.get(lower["authorization"].removeprefix(_BEARER), _NOBODY)
        return self._edge.through("poe GET", lambda: account.answer(asked))

    def _slack(self, body: bytes) -> Reply:
        payload = msgspec.json.decode(body)
        blocks = payload["blocks"]
        found = _ACCOUNT.search(blocks[-1]["elements"][0]["text"])
        account = found[1] if found else TOGETHER
        alerts = 1 + sum(block["type"] == "divider" for block in blocks) + _also(blocks) + _more(blocks)

        def post() -> Reply:
            if reason := refusal(payload):
                return Reply(status=400, body=reason.encode())
            return self._heard(account, alerts) or Reply(body=b"ok")

        return self._edge.through("slack POST", post, account)


def _also(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Count the alerts that an entry has a line of, besides the one that leads it."""
    texts = (block["text"]["text"] for block in blocks if block["type"] == "section")
    lines = [line for text in texts if text.startswith("*Also ") for line in text.split("\n")[1:]]
    return sum(int(found[1].replace(",", "")) if (found := _MORE.match(line)) else 1 for line in lines)


def _more(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Count the alerts that a message only counts."""
    notes = (block["elements"][0]["text"] for block in blocks if block["type"] == "context")
    found = [_MORE.match(note) for note in notes]
    return sum(int(one[1].replace(",", "")) for one in found if one)

"""Keeps what happens in a run: ticks, what was sent, and what each kind of work used."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import process_time
from typing import Any

from budget_alert.identity import TOGETHER
from lab.costs.prices import Amounts
from lab.scale.deployment import Deployment
from lab.scale.expected import Tick
from standins.memory_aws import listening
from standins.slack_receiver import blocks_of

ONCE_AN_INVOCATION = ("secretsmanager", "ssm")
ACCOUNT, ALL, INVOCATION, DISPATCH, CUT_OFF = "account", "all", "invocation", "dispatch", "cut off"
"""What work is done for: a tick of an account or of all together, a batch's secret and config, putting
accounts into the queue, and ticks that came to no end."""
_ACCOUNT = re.compile(r"· account (\S+)")
_MORE = re.compile(r"(?:• )?and ([\d,]+) more alert")


class Recorder:
    """What happened.

    `used` is what each kind of work used, with how often it was `done` and its `seconds` of CPU. `sent` are
    the alerts that the topic took, as machines read them, each with its account; `heard` is how many of each
    account Slack took. `excused` are alerts by channel, account and id that the channel had taken when an
    invocation was cut off before it could remember that: each may be sent once more. `cut_off` says of the
    present invocation that something ended it, or one of its ticks, half-way; `last` is what it used.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.ticks: list[Tick] = []
        self.refused: set[str] = set()
        self.accepted_again: set[str] = set()
        self.sent: list[dict[str, Any]] = []
        self.heard: Counter[str] = Counter()
        self.excused: Counter[tuple[str, str, str]] = Counter()
        self.used: defaultdict[str, Amounts] = defaultdict(Amounts)
        self.failed: Counter[str] = Counter()
        self.last: Counter[str] = Counter()
        self.cut_off = False
        self.steady = False
        self._deployment = deployment
        self._kind = INVOCATION
        self._taken: set[tuple[str, str]] = set()
        self._since = 0.0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the function's output for as long as the context lasts."""
        with listening(self._deployment.aws.edge, self._tick_over):
            yield

    @contextmanager
    def invocation(self, kind: str, accounts: Iterable[str] = ()) -> Iterator[None]:
        """Record an invocation, of which `accounts` may be counted."""
        self._kind, self.last, self.cut_off, self._taken = kind, Counter(), False, set()
        try:
            with self.beside(accounts):
                yield
        finally:
            if kind == INVOCATION:
                self._use(kind, {"done": 1})
            if self.cut_off:
                self._excuse()

    @contextmanager
    def beside(self, accounts: Iterable[str]) -> Iterator[None]:
        """Record another invocation in the midst of this one; what this one has used so far stays its own."""
        edge, first = self._deployment.aws.edge, len(self.ticks)
        kept, since = edge.take(), self._since
        self._since = process_time()
        try:
            yield
        finally:
            self._over(DISPATCH if self._kind == DISPATCH else CUT_OFF)
            ended = {tick.account for tick in self.ticks[first:] if tick.ended}
            begun = [self._tick(account, ended=False) for account in accounts if account not in ended]
            self.ticks[first:first] = begun
            edge.used.update(kept)
            self._since = since

    def published(self, record: Mapping[str, Any]) -> None:
        """Keep what the topic took."""
        self.sent += [{"account": record["account"], **alert} for alert in record["alerts"]]
        self._taken.add(("sns", record["account"]))

    def posted(self, message: Mapping[str, Any]) -> None:
        """Keep what Slack took."""
        blocks = blocks_of(message)
        found = _ACCOUNT.search(blocks[-1]["elements"][0]["text"])
        account = found[1] if found else TOGETHER
        self.heard[account] += _alerts(blocks)
        self._taken.add(("slack", account))

    def _tick(self, account: str, *, ended: bool, complete: bool = False) -> Tick:
        named = frozenset(self._deployment.present if account == TOGETHER else ())
        return Tick(account, self._deployment.clock.now, ended, complete, named)

    def _tick_over(self, account: str, complete: bool) -> None:  # noqa: FBT001 - as it is called
        if complete or account == TOGETHER:
            self.ticks.append(self._tick(account, ended=True, complete=complete))
            self.accepted_again |= {account} & self.refused
        elif not self._deployment.poe_of(account).keys:
            self.refused.add(account)
            self.accepted_again.discard(account)
        self._over(ALL if account == TOGETHER else ACCOUNT)

    def _over(self, kind: str) -> None:
        """Put down to a kind of work what was used since the last time."""
        used, now = self._deployment.aws.edge.take(), process_time()
        self.last.update(used)
        once = Counter({name: n for name, n in used.items() if name.startswith(ONCE_AN_INVOCATION)})
        self._use(DISPATCH if self._kind == DISPATCH else INVOCATION, once)
        self._use(kind, {**(used - once), "done": 1, "seconds": now - self._since})
        self._since = now

    def _use(self, kind: str, used: Mapping[str, float]) -> None:
        self.used[kind if self.steady else f"first {kind}"] += used

    def _excuse(self) -> None:
        """Excuse what was taken and is not remembered so, as an invocation was cut off before that."""
        for channel, account in self._taken:
            for item in self._deployment.aws.table.items_of(account, "alert#"):
                if channel not in item.get("accepted", {}).get("SS", ()):
                    self.excused[channel, account, item["sk"]["S"].rpartition("#")[2]] += 1


def _alerts(blocks: Iterable[Any]) -> int:
    """Count the alerts of a message: entries, what else their lines name, and what is only counted."""
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block]
    lines = [line for text in texts if text.startswith("*Also ") for line in text.split("\n")[1:]]
    notes = [block["elements"][0]["text"] for block in blocks if block["type"] == "context"]
    counted = [_MORE.match(line) for line in (*lines, *notes)]
    only_counted = sum(int(one[1].replace(",", "")) for one in counted if one)
    entries: int = 1 + sum(block["type"] == "divider" for block in blocks)
    return entries + only_counted + sum(one is None for one in counted[: len(lines)])

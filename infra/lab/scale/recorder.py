"""Keeps what happens in a run: ticks, what was sent, and what each kind of work used."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import process_time
from typing import Any

from budget_alert.identity import TOGETHER
from lab.scale.deployment import Deployment
from lab.scale.expected import Events, SentAlert, Tick
from standins.memory_aws import Reported, Used, listening

ONCE_AN_INVOCATION = ("secretsmanager", "ssm")
ACCOUNT, ALL, INVOCATION, DISPATCH, CUT_OFF = "account", "all", "invocation", "dispatch", "cut off"
"""What work is done for: a tick of an account or of all together, a batch's secret and config, putting
accounts into the queue, and ticks that came to no end."""


class Recorder:
    """What happened; `used` is by kind of work, `done` how often each kind was done, `seconds` what it took.

    `cut_off` says of the present invocation that something ended it, or one of its ticks, half-way.
    """

    def __init__(self) -> None:
        self.events = Events()
        self.used: dict[str, Used] = {}
        self.done: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.failed: Counter[str] = Counter()
        self.last = Used()
        self.cut_off = False
        self.steady = False
        self._kind = INVOCATION
        self._began: list[Tick] = []
        self._taken: list[tuple[str, str]] = []
        self._since = process_time()

    def watch(self, deployment: Deployment, is_refused: Callable[[str], bool]) -> None:
        """Record what happens in a deployment; Poe refuses the keys of some accounts."""
        self._deployment = deployment
        self._is_refused = is_refused

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the function's output for as long as the context lasts."""
        with listening(self._deployment.edge, self._reported, self._tick_over):
            yield

    @contextmanager
    def invocation(self, kind: str, accounts: Iterable[str] = ()) -> Iterator[None]:
        """Record an invocation, of which `accounts` may be counted; `last` is what it used."""
        self._kind, self.last, self.cut_off = kind, Used(), False
        self._taken, self._since = [], process_time()
        begun = self._begin(accounts)
        try:
            yield
        finally:
            self._over(DISPATCH if kind == DISPATCH else CUT_OFF)
            self.done[self._named(kind)] += 1
            self._forget(begun)
            if self.cut_off:
                self._excuse()

    @contextmanager
    def beside(self, account: str) -> Iterator[None]:
        """Record another invocation in the midst of this one; what this one has used so far stays its own."""
        kept, since = self._deployment.edge.take(), self._since
        begun = self._begin([account])
        self._since = process_time()
        try:
            yield
        finally:
            self._over(CUT_OFF)
            self._forget(begun)
            self._deployment.edge.used.add(kept)
            self._since = since

    def published(self, record: Mapping[str, Any]) -> None:
        """Keep what the topic took."""
        self.events.sent += [SentAlert(record["account"], alert) for alert in record["alerts"]]
        self._taken.append(("sns", record["account"]))

    def heard(self, account: str, alerts: int) -> None:
        """Keep what Slack took."""
        self.events.slack.append((account, alerts))
        self._taken.append(("slack", account))

    def _begin(self, accounts: Iterable[str]) -> list[Tick]:
        now = self._deployment.clock.now
        named = frozenset(self._deployment.present)
        begun = [
            Tick(account, now, ended=False, named=named if account == TOGETHER else frozenset())
            for account in accounts
        ]
        self.events.ticks += begun
        return begun

    def _forget(self, begun: list[Tick]) -> None:
        """Forget that ticks began which then came to their end."""
        if not begun:
            return
        first = self.events.ticks.index(begun[0])
        later = self.events.ticks[first:]
        ended = {tick.account for tick in later if tick.ended and (tick.whole or tick.refused)}
        over = {id(tick) for tick in begun if tick.account in ended}
        self.events.ticks[first:] = [tick for tick in later if id(tick) not in over]

    def _reported(self, report: Reported) -> None:
        whole = report.complete or report.account == TOGETHER
        refused = not whole and self._is_refused(report.account)
        now = self._deployment.clock.now
        named = frozenset(self._deployment.present if report.account == TOGETHER else ())
        self.events.ticks.append(
            Tick(
                account=report.account,
                at=now,
                ended=True,
                whole=whole,
                complete=report.complete,
                refused=refused,
                named=named,
            )
        )

    def _tick_over(self, account: str) -> None:
        kind = ALL if account == TOGETHER else ACCOUNT
        self._over(kind)
        self.done[self._named(kind)] += 1

    def _over(self, kind: str) -> None:
        used, now = self._deployment.edge.take(), process_time()
        self.last.add(used)
        self.seconds[self._named(kind)] += now - self._since
        self._since = now
        once = Counter({name: n for name, n in used.calls.items() if name.startswith(ONCE_AN_INVOCATION)})
        own = DISPATCH if self._kind == DISPATCH else INVOCATION
        self._kept(own).calls.update(once)
        kept = self._kept(kind)
        kept.calls.update(used.calls - once)
        kept.units.update(used.units)

    def _kept(self, kind: str) -> Used:
        return self.used.setdefault(self._named(kind), Used())

    def _named(self, kind: str) -> str:
        return kind if self.steady else f"first {kind}"

    def _excuse(self) -> None:
        """Excuse what was taken and is not remembered so, as an invocation was cut off before that."""
        for channel, account in set(self._taken):
            for item in self._deployment.aws.table.items_of(account, "alert#"):
                if channel not in item.get("accepted", {}).get("SS", ()):
                    self.events.excused.append((channel, account, item["sk"]["S"].rpartition("#")[2]))

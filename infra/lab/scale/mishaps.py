"""What goes wrong in a run, put into place: for rounds, for invocations, and for single calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from lab.scale.deployment import Deployment
from lab.scale.edge import Interrupt, Killed
from lab.scale.faults import Faults
from lab.scale.members import Member
from lab.scale.recorder import Recorder
from lab.scale.standard_queue import Letter
from standins.dynamodb import error
from standins.loopback import Asked, Reply
from standins.poe_faults import Fault, status
from standins.slack_receiver import rate_limited

BAD_GATEWAY = status(502)
CALLS = 250
"""An invocation of ten accounts passes about so many instants before and after a call."""
BUSY_SECONDS = 30


class Mishaps:
    """Draws what goes wrong, and does it."""

    def __init__(self, deployment: Deployment, faults: Faults, recorder: Recorder, rounds: int) -> None:
        self._deployment = deployment
        self._faults = faults
        self._recorder = recorder
        names = list(deployment.members)
        # The first round goes well for all, but for those whose key was never good.
        self._refused = {name: self._span(rounds) for name in names if faults("refused")}
        self._refused |= {name: range(rounds + 1_000) for name in names if faults("refused_always")}
        # So long that what its messages bring ends among the dead letters.
        self._broken = {name: range(1, rounds) for name in names if faults("broken")}
        self._away: set[str] = set()
        self._out: dict[str, Member] = {}
        self._number = 0
        for poe in deployment.poes.values():
            poe.faults.rule(self._stumble)

    def begin(self, number: int) -> None:
        """Put into place what goes wrong with accounts in a round."""
        self._number = number
        deployment = self._deployment
        if number:
            deployment.name_accounts(self._named(number))
        deployment.clients.table.broken = {name for name, span in self._broken.items() if number in span}
        able = [name for name in deployment.present if number and not self.is_refused(name)]
        self._away = {name for name in able if self._faults("away")}
        for name, member in deployment.present.items():
            poe = deployment.poes[name]
            poe.keys = set() if self.is_refused(name) else {member.key}
            poe.faults.rule(self._failing if name in self._away else self._stumble)

    def _named(self, number: int) -> Iterator[Member]:
        """Draw whom the secret names from now on; who is out may come back under the name that it had."""
        staying = {name: one for name, one in self._deployment.present.items() if not self._faults("leaves")}
        left = {name: one for name, one in self._deployment.present.items() if name not in staying}
        joining = {name: one for name, one in self._out.items() if self._faults("joins")}
        self._out = {name: one for name, one in {**self._out, **left}.items() if name not in joining}
        for member in (*staying.values(), *joining.values()):
            name = f"{member.name.partition('_')[0]}_{number}"
            yield member.called(name) if self._faults("renamed") else member

    @property
    def ever_refused(self) -> frozenset[str]:
        """The accounts whose key Poe refuses at any time."""
        return frozenset(self._refused)

    def is_refused(self, account: str) -> bool:
        """Tell whether Poe refuses an account's key now."""
        return self._number in self._refused.get(account, ())

    def may_count(self, account: str) -> bool:
        """Tell whether a tick of an account can count anything now."""
        hindered = account in self._away or account in self._deployment.clients.table.broken
        return not (hindered or self.is_refused(account))

    @contextmanager
    def around(self) -> Iterator[None]:
        """Draw what cuts an invocation off, or meets it, for as long as the context lasts."""
        interrupts = self._deployment.edge.interrupts
        if self._faults("killed"):
            interrupts.append(Interrupt("", self._faults.below(CALLS), self._kill))
        if self._faults("failing"):
            interrupts.append(Interrupt("dynamodb", self._faults.below(CALLS), self._fail))
        if self._faults("beside"):
            interrupts.append(Interrupt("dynamodb", self._faults.below(CALLS), self._beside))
        try:
            yield
        finally:
            interrupts.clear()

    def told(self) -> None:
        """Perhaps kill an invocation right after a channel took what it told."""
        if self._faults("cut_off"):
            self._kill("")

    def slack(self) -> Reply | None:
        """Perhaps give an answer of Slack's that takes nothing."""
        return rate_limited(BUSY_SECONDS) if self._faults("busy") else None

    def _span(self, rounds: int) -> range:
        first = 1 + self._faults.below(max(rounds // 2, 1))
        return range(first, first + 1 + self._faults.below(max(rounds // 2, 1)))

    def _stumble(self, _: Asked) -> Fault | None:
        return BAD_GATEWAY if self._faults("stumbles") else None

    def _failing(self, _: Asked) -> Fault | None:
        return BAD_GATEWAY

    def _kill(self, _account: str) -> None:
        self._recorder.cut_off = True
        raise Killed

    def _fail(self, _account: str) -> None:
        self._recorder.cut_off = True
        raise error("any", "InternalServerError")

    def _beside(self, account: str) -> None:
        if not account:
            return
        now = self._deployment.clock.now
        body = f'{{"account":"{account}"}}'
        with self._recorder.beside(account):
            self._deployment.work([Letter(-1, body, now - timedelta(seconds=1), now, received=1)])

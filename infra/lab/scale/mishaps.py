"""What goes wrong in a run, by chance: for rounds, for invocations, and for single calls."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import msgspec

from lab.scale.accounts import Member
from lab.scale.deployment import Deployment, Letter
from lab.scale.recorder import Recorder
from standins.dynamodb import error
from standins.loopback import Asked, Reply
from standins.memory_aws import Interrupt, Killed
from standins.poe_faults import Fault, status
from standins.slack_receiver import rate_limited

BAD_GATEWAY = status(502)
CALLS = 250
"""An invocation of ten accounts passes about so many instants before and after a call."""
BUSY_SECONDS = 30


class Chances(msgspec.Struct, frozen=True, kw_only=True):
    """How often things go wrong, each as a share.

    Of an account's rounds, `leaves` take it out of the secret, and `renamed` give it another name; of the
    rounds of one that is out, `joins` put it back.

    Of accounts: `refused` have their key refused for some rounds, `refused_always` in all of them; `broken`
    are throttled by the table whenever they write, for nearly all rounds. Of an account's rounds, `away` find
    Poe answering 502 to all they ask. Of requests to Poe, `stumbles` are answered 502 once. Of messages,
    `repeats` come back though they were dealt with, and `unsent` are not taken at first. Of invocations,
    `killed` end at some call, `failing` meet one failure of the table, and `beside` have another invocation
    work on one of their accounts at the same time. Of messages sent, `cut_off` are sent by an invocation that
    is killed right then; of those to Slack, `busy` are answered 429.
    """

    leaves: float = 0.0
    joins: float = 0.0
    renamed: float = 0.0
    refused: float = 0.01
    refused_always: float = 0.0
    broken: float = 0.002
    away: float = 0.005
    stumbles: float = 0.01
    repeats: float = 0.01
    unsent: float = 0.01
    killed: float = 0.02
    failing: float = 0.02
    beside: float = 0.05
    cut_off: float = 0.02
    busy: float = 0.02


NONE = Chances(**dict.fromkeys(Chances.__struct_fields__, 0.0))


class Faults:
    """Draws what goes wrong; `happened` counts it. Once `calm`, nothing does."""

    def __init__(self, chances: Chances, chance: Random) -> None:
        self._chances = chances
        self._chance = chance
        self.calm = False
        self.happened: Counter[str] = Counter()

    def __call__(self, name: str) -> bool:
        """Draw whether something of this name happens now, and count it if so."""
        happens = not self.calm and self._chance.random() < getattr(self._chances, name)
        self.happened[name] += happens
        return happens

    def below(self, most: int) -> int:
        """Draw a number from 0 to one less than `most`."""
        return self._chance.randrange(most)


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
        deployment.aws.broken = {name for name, span in self._broken.items() if number in span}
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
        hindered = account in self._away or account in self._deployment.aws.broken
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

    def sent(self) -> None:
        """Perhaps kill an invocation right after a channel took what it sent."""
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

"""What goes wrong in a run, by chance: for rounds, for invocations, and for single calls."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import msgspec

from lab.scale.accounts import Member
from lab.scale.deployment import Deployment, body_for
from lab.scale.recorder import Recorder
from standins.dynamodb import error
from standins.loopback import Asked
from standins.memory_aws import Interrupt, Killed, Letter
from standins.poe_faults import Fault, status

BAD_GATEWAY = status(502)
CALLS = 250
"""An invocation of ten accounts passes about so many instants before and after a call."""


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


USUAL = Chances()
NONE = Chances(**dict.fromkeys(Chances.__struct_fields__, 0.0))


class Mishaps:
    """Draws what goes wrong, and does it; `happened` counts it. Once `calm`, nothing does.

    `refused` are the rounds in which Poe refuses an account's key.
    """

    def __init__(
        self, deployment: Deployment, recorder: Recorder, chances: Chances, chance: Random, rounds: int
    ) -> None:
        self.calm = False
        self.happened: Counter[str] = Counter()
        self._deployment = deployment
        self._recorder = recorder
        self._chances = chances
        self._chance = chance
        names = list(deployment.members)
        # The first round goes well for all, but for those whose key was never good.
        self.refused = {name: self._span(rounds) for name in names if self.draws("refused")}
        self.refused |= {name: range(rounds + 1_000) for name in names if self.draws("refused_always")}
        # So long that what its messages bring ends among the dead letters.
        self._broken = {name: range(1, rounds) for name in names if self.draws("broken")}
        self._hindered: set[str] = set()
        self._out: dict[str, Member] = {}

    def draws(self, name: str) -> bool:
        """Draw whether something of this name happens now, and count it if so."""
        happens = not self.calm and self._chance.random() < getattr(self._chances, name)
        self.happened[name] += happens
        return happens

    def begin(self, number: int) -> None:
        """Put into place what goes wrong with accounts in a round."""
        deployment = self._deployment
        if number:
            deployment.name_accounts(self._named(number))
        refused = {name for name, span in self.refused.items() if number in span}
        deployment.aws.broken = {name for name, span in self._broken.items() if number in span}
        able = [name for name in deployment.present if number and name not in refused]
        away = {name for name in able if self.draws("away")}
        self._hindered = refused | deployment.aws.broken | away
        for name, member in deployment.present.items():
            poe = deployment.poe_of(name)
            poe.keys = set() if name in refused else {member.key}
            if name in away:
                poe.faults.always(BAD_GATEWAY)
            else:
                poe.faults.rule(self._stumble)

    def _named(self, number: int) -> Iterator[Member]:
        """Draw whom the secret names from now on; who is out may come back under the name that it had."""
        present = self._deployment.present
        left = {name: one for name, one in present.items() if self.draws("leaves")}
        joining = {name: one for name, one in self._out.items() if self.draws("joins")}
        self._out = {name: one for name, one in {**self._out, **left}.items() if name not in joining}
        for member in (*(one for name, one in present.items() if name not in left), *joining.values()):
            name = f"{member.name.partition('_')[0]}_{number}"
            yield msgspec.structs.replace(member, name=name) if self.draws("renamed") else member

    def may_count(self, account: str) -> bool:
        """Tell whether a tick of an account can count anything now."""
        return account not in self._hindered

    @contextmanager
    def around(self) -> Iterator[None]:
        """Draw what cuts an invocation off, or meets it, for as long as the context lasts."""
        interrupts = self._deployment.aws.edge.interrupts
        for name, where, act in (
            ("killed", "", self._kill),
            ("failing", "dynamodb", self._fail),
            ("beside", "dynamodb", self._beside),
        ):
            if self.draws(name):
                interrupts.append(Interrupt(where, self._chance.randrange(CALLS), act))
        try:
            yield
        finally:
            interrupts.clear()

    def sent(self) -> None:
        """Perhaps kill an invocation right after a channel took what it sent."""
        if self.draws("cut_off"):
            self._kill("")

    def _span(self, rounds: int) -> range:
        first, length = (1 + self._chance.randrange(max(rounds // 2, 1)) for _ in range(2))
        return range(first, first + length)

    def _stumble(self, _: Asked) -> Fault | None:
        return BAD_GATEWAY if self.draws("stumbles") else None

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
        with self._recorder.beside([account] if self.may_count(account) else []):
            self._deployment.work([Letter("beside", body_for(account), now - timedelta(seconds=1), now)])

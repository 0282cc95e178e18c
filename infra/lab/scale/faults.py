"""What goes wrong, by chance: how often each thing does, and the counts of what did."""

from collections import Counter
from random import Random

import msgspec


class Chances(msgspec.Struct, frozen=True, kw_only=True):
    """How often things go wrong, each as a share.

    Of an account's rounds, `leaves` take it out of the secret, and `renamed` give it another name; of the
    rounds of one that is out, `joins` put it back.

    Of accounts: `refused` have their key refused for some rounds, `refused_always` in all of them; `broken`
    are throttled by the table whenever they write, for nearly all rounds. Of an account's rounds, `away` find
    Poe answering 502 to all they ask. Of requests to Poe, `stumbles` are answered 502 once. Of messages,
    `repeats` come back though they were dealt with, and `unsent` are not taken at first. Of invocations,
    `killed` end at some call, `failing` meet one failure of the table, and `beside` have another invocation
    work on one of their accounts at the same time. Of messages told, `cut_off` are told by an invocation that
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


NONE = Chances(
    refused=0,
    broken=0,
    away=0,
    stumbles=0,
    repeats=0,
    unsent=0,
    killed=0,
    failing=0,
    beside=0,
    cut_off=0,
    busy=0,
)


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

"""The way out of the function: every call is counted here, and can be interrupted before it and after it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Killed(BaseException):
    """Raised where an invocation is killed: nothing in the function may catch it."""


class Interrupt(msgspec.Struct):
    """Acts once, when so many passes of calls named `where`… are over; it is told whose call it is."""

    where: str
    passes: int
    act: Callable[[str], None]


class Used(msgspec.Struct):
    """Calls by their names, and units: `reads` and `writes` of DynamoDB, bytes `logged`."""

    calls: Counter[str] = msgspec.field(default_factory=Counter)
    units: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, other: "Used") -> None:
        """Add what else was used."""
        self.calls.update(other.calls)
        self.units.update(other.units)


@dataclass
class Edge:
    """Counts calls and units since it was last asked, and holds the interrupts that wait."""

    used: Used = field(default_factory=Used)
    interrupts: list[Interrupt] = field(default_factory=list)

    def through(self, name: str, call: Callable[[], T], account: str = "") -> T:
        """Make a call for an account; interrupts are passed before it, and again after its effect."""
        self.used.calls[name] += 1
        self._pass(name, account)
        answer = call()
        self._pass(name, account)
        return answer

    def use(self, unit: str, amount: int) -> None:
        """Count units."""
        self.used.units[unit] += amount

    def take(self) -> Used:
        """Give what was used since the last time."""
        used, self.used = self.used, Used()
        return used

    def _pass(self, name: str, account: str) -> None:
        for interrupt in [one for one in self.interrupts if name.startswith(one.where)]:
            interrupt.passes -= 1
            if interrupt.passes < 0:
                self.interrupts.remove(interrupt)
                interrupt.act(account)

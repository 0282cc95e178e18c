"""Tries a history with something amiss at each of its gates; what comes of equal states is looked at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from standins.simulated_poe import SimulatedPoe
from tests.support.fast import Gate


class Running(Protocol):
    """Accounts in memory, as far as a search needs to know."""

    gate: Gate

    def state(self) -> dict[str, Any]:
        """Give what lasts from one step of a history to the next."""

    def go_back(self, state: Mapping[str, Any]) -> None:
        """Let all be again as it was when `state` gave this."""


R = TypeVar("R", bound=Running)
Names = tuple[str, ...]


@dataclass
class Search(Generic[R]):
    """A history of `steps`; something is `amiss` at any gate of the first `exposed` of them, so many `times`.

    `amiss` is called at a gate, and may raise; only gates where `chosen` is true count, and of the second
    time those that lie `near` the first. `check` says what must have come of it, and of the history `without`
    it; it is given the names of the gates where it was amiss, as far as they `matter`. A step knows nothing
    but what those before it have left behind: so each state is followed up once, be it met in many ways.
    """

    running: R
    steps: Sequence[Callable[[R], object]]
    amiss: Callable[[R], object]
    check: Callable[[R, Names], object]
    exposed: int
    times: int = 1
    near: float = float("inf")
    without: bool = True
    chosen: Callable[[R], bool] = lambda _: True
    matter: Callable[[str], bool] = lambda _: False
    _ended: set[Any] = field(default_factory=set)
    _tried: dict[Any, int] = field(default_factory=dict)

    def cases(self) -> int:
        """Search, and return in how many ways."""
        return self._cases(self.times, 0, ())

    def _cases(self, times: int, first: int, names: Names) -> int:
        """Let it be amiss so many times more from step `first` on."""
        if not times:
            self._end(first, names)
            return 1
        known = times, first, names, self._now()
        if known not in self._tried:
            near = self.running.gate.passed + self.near if times < self.times else float("inf")
            self._tried[known] = sum(
                self._cases_in(step, near, times, names) for step in range(first, self.exposed)
            )
            if self.without or times < self.times:
                self._end(self.exposed, names)
        return self._tried[known]

    def _cases_in(self, step: int, near: float, times: int, names: Names) -> int:
        """Let it be amiss at each gate of a step, and leave it as it is without."""
        before = self._mark()
        gates = self._undisturbed(step)
        after, found = self._mark(), 0
        for gate in (gate for gate in gates if gate <= near):
            self._back(before)
            met = self._disturbed(step, gate)
            found += self._cases(times - 1, step + 1, (*names, *filter(self.matter, met)))
        self._back(after)
        return found

    def _undisturbed(self, step: int) -> list[int]:
        """Run a step, and give the gates that it passed."""
        gates: list[int] = []
        self.running.gate.at = lambda gate, _: gates.append(gate) if self.chosen(self.running) else None
        self.steps[step](self.running)
        self.running.gate.at = lambda _gate, _name: None
        return gates

    def _disturbed(self, step: int, amiss_at: int) -> list[str]:
        """Run a step in which it is amiss at a gate, and give the gate's name."""
        met: list[str] = []

        def at(gate: int, name: str) -> None:
            if gate == amiss_at:
                met.append(name)
                self.amiss(self.running)

        self.running.gate.at = at
        self.steps[step](self.running)
        self.running.gate.at = lambda _gate, _name: None
        return met

    def _end(self, first: int, names: Names) -> None:
        """Run the steps that are left, and see what has come of it all."""
        for step in range(first, len(self.steps)):
            known = step, names, self._now()
            if known in self._ended:
                return
            self._ended.add(known)
            self.steps[step](self.running)
        self.check(self.running, names)

    def _mark(self) -> tuple[dict[str, Any], int]:
        return self.running.state(), self.running.gate.passed

    def _back(self, mark: tuple[dict[str, Any], int]) -> None:
        state, self.running.gate.passed = mark
        self.running.go_back(state)

    def _now(self) -> bytes:
        return msgspec.msgpack.encode(self.running.state(), enc_hook=_plain, order="deterministic")


def _plain(value: object) -> str:
    """Write what has no form of its own; the rows of a Poe are the history's, and the same at each step."""
    return "" if isinstance(value, SimulatedPoe) else repr(value)

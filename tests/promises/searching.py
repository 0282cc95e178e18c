"""Tries a history with something amiss at each of its gates; what comes of equal states is looked at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from standins.simulated_poe import SimulatedPoe
from tests.support.fast import FastWorld, let_pass

Names = tuple[str, ...]
Record = Callable[[str, object], None]
_NAMELESS = re.compile(rb'((?:version|noted|holder)\\*":)(?:\{"[NS]":")?\w+')
"""Versions and who holds a lease: ticks ask only whether these are still the same."""


@dataclass
class Search:
    """A history of `steps`; something is `amiss` at any gate of the first `exposed` of them, so many `times`.

    `amiss` is called at a gate, and may raise; only gates where `chosen` is true count, and of the second
    time those that lie `near` the first. `check` says what must have come of it, and of the history `without`
    it; it is given the names of the gates where it was amiss, as far as they `matter`. A step knows nothing
    but what those before it have left behind: so each state is followed up once, be it met in many ways.
    """

    running: FastWorld
    steps: Sequence[Callable[[FastWorld], object]]
    amiss: Callable[[FastWorld], object]
    check: Callable[[FastWorld, Names], object]
    exposed: int
    times: int = 1
    near: float = float("inf")
    without: bool = True
    chosen: Callable[[FastWorld], bool] = lambda _: True
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
        gates = self._run(step)
        after, found = self._mark(), 0
        for gate, name in gates.items():
            if gate <= near:
                self._back(before)
                self._run(step, gate)
                found += self._cases(times - 1, step + 1, (*names, *filter(self.matter, [name])))
        self._back(after)
        return found

    def _run(self, step: int, amiss_at: int = 0) -> dict[int, str]:
        """Run a step in which it is amiss at a gate, if any; name the gates that it passed and that count."""
        gates: dict[int, str] = {}

        def at(gate: int, name: str) -> None:
            if self.chosen(self.running):
                gates[gate] = name
            if gate == amiss_at:
                self.amiss(self.running)

        self.running.gate.at = at
        self.steps[step](self.running)
        self.running.gate.at = let_pass
        return gates

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
        """Give a text that is the same for states of which the same comes."""
        state = msgspec.json.encode(self.running.state(), enc_hook=_plain, order="deterministic")
        return _NAMELESS.sub(rb"\1", state)


def _plain(value: object) -> str:
    """Write what has no form of its own; the rows of a Poe are the history's, and the same at each step."""
    return "" if isinstance(value, SimulatedPoe) else repr(value)

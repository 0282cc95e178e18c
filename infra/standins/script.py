"""What a test has planned for the next requests to a stand-in."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from standins.loopback import Asked

Step = TypeVar("Step")


class Script(Generic[Step]):
    """Steps for the requests to come: the queued ones first, one a request, then what the rule says.

    None stands for an honest answer, in the queue as in the rule; without a script all answers are honest.
    """

    def __init__(self) -> None:
        self._queue: deque[Step | None] = deque()
        self._rule: Callable[[Asked], Step | None] = lambda _: None

    def queue(self, *steps: Step | None) -> None:
        """Plan one step for each of the next requests, after those already queued."""
        self._queue.extend(steps)

    def rule(self, rule: Callable[[Asked], Step | None]) -> None:
        """Ask `rule` for the step of every request that finds the queue empty."""
        self._rule = rule

    def always(self, step: Step | None) -> None:
        """Give `step` to every request that finds the queue empty; None ends that."""
        self._rule = lambda _: step

    def next(self, asked: Asked) -> Step | None:
        """Return the step for this request and take it off the queue."""
        return self._queue.popleft() if self._queue else self._rule(asked)

"""Ticks of the real function, on a clock of one's own or on the real one."""

import logging
import os
import time
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from budget_alert import wiring
from budget_alert.app import lambda_handler
from budget_alert.rounds import run


class SimulatedClock:
    """A clock that shows `now` until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the instant that the clock shows."""
        return self.now


def countdown(seconds: float) -> Callable[[], float]:
    """Count the real seconds left of an invocation, never less than none."""
    end = time.monotonic() + seconds
    return lambda: max(0.0, end - time.monotonic())


def quiet() -> None:
    """Let the function log warnings only: its lines for every tick would run through the picture."""
    wiring.log.setLevel(logging.WARNING)
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"


def simulated_tick(clock: Callable[[], datetime], seconds: float = 60) -> dict[str, Any]:
    """Run the handler's one tick at the instant that `clock` shows, and return its answer.

    It raises what the handler raises. `seconds` is the real time that the tick may take.
    """
    # As the handler does; the handler itself always goes by the real clock.
    with wiring.tools(countdown(seconds), clock) as tools:
        return run(tools, None)


def real_tick(seconds: float) -> dict[str, Any]:
    """Run the handler once, by the real clock, and return its answer; it raises what the handler raises."""
    left = countdown(seconds)
    context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: round(left() * 1000))
    return lambda_handler({}, context)

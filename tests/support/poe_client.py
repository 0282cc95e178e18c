"""The real client of Poe, with a key, a deadline and a sleep that are recorded."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from budget_alert.deadline import Deadline
from budget_alert.errors import BudgetAlertError, ScanError, SecretError
from budget_alert.http import Answer, Http
from budget_alert.poe.client import Poe
from budget_alert.secret import Secret
from standins.loopback import Script
from standins.poe_faults import Fault
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "poe-key-that-nobody-may-see"
PATHS = {"page": "/usage/points_history", "balance": "/usage/current_balance"}


@dataclass
class Keys:
    """A secret that holds one text after the other, the last one for good; None cannot be read."""

    texts: list[str | None] = field(default_factory=lambda: [KEY], repr=False)
    readings: list[str] = field(default_factory=list)

    def __call__(self, *, fresh: bool = False) -> Secret:
        """Give the next one."""
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        self.readings.append("fresh" if fresh else "cached")
        if text is None:
            raise SecretError("The secret could not be read")
        return Secret(text)


@dataclass
class Time:
    """Seconds that pass only in sleep."""

    left: float = 300.0
    slept: list[float] = field(default_factory=list)

    def remaining(self) -> float:
        """Give the seconds left."""
        return self.left

    def sleep(self, seconds: float) -> None:
        """Pass some seconds."""
        self.slept.append(seconds)
        self.left -= seconds


class Recording(Http):
    """Http that records how many seconds each request may take."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def request(self, method: str, url: str, **how: Any) -> Answer:
        """Record, and ask."""
        self.seconds.append(how["seconds"]())
        return super().request(method, url, **how)


@contextmanager
def reader(url: str, keys: Keys | None = None, time: Time | None = None) -> Iterator[Poe]:
    """Give a client of the Poe at `url`, by default with the right key and minutes of time."""
    time = time or Time()
    with Http() as http:
        yield Poe(http, url, keys or Keys(), Deadline(time.remaining), time.sleep)


def simulated(rows: int = 0, **more: Any) -> SimulatedPoe:
    """Give a simulated Poe of so many rows, a second apart, named from "0", the newest one."""
    at = microseconds(NOW)
    history = (
        Row(creation_time=at - age * 1_000_000, query_id=str(age), cost_points=1, **more)
        for age in range(rows)
    )
    return SimulatedPoe(history, clock=lambda: NOW, keys=[KEY])


def words_of(error: BaseException) -> str:
    """Give all that a log could print of an error, with everything chained to it."""
    return "".join(traceback.format_exception(error))


class Question:
    """One of the two questions, to a simulated Poe that has three rows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.poe: SimulatedPoe = simulated(3)
        self.time = Time()
        self.keys = Keys()

    @property
    def faults(self) -> Script[Fault]:
        """The faults of its answers."""
        return self.poe.faults if self.name == "page" else self.poe.balance_faults

    @property
    def requests(self) -> list[Any]:
        """What was asked of it."""
        return list(self.poe.requests if self.name == "page" else self.poe.balance_requests)

    def of(self, client: Poe) -> object:
        """Ask it."""
        return client.page(None) if self.name == "page" else client.balance()

    def ask(self) -> object:
        """Ask it over HTTP."""
        with self.poe.serve() as url, reader(url, self.keys, self.time) as client:
            return self.of(client)

    def fails(self, fault: Fault, error: type[BudgetAlertError] = ScanError, words: str = "") -> str:
        """Ask it where each answer has this fault; give all that the error shows."""
        self.faults.always(fault)
        with pytest.raises(error, match=words or None) as caught:
            self.ask()
        failed = caught.value
        return f"{words_of(failed)}{failed!r}{failed.__cause__!r}{failed.__context__!r}"

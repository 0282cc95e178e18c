"""Channels that keep what they are sent, and fail on demand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger

from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from budget_alert.messages.parts import Message

DOWN = ChannelError("does not answer: the next tick tries again")
REFUSED = ChannelRefusedError("the address was revoked: make a new one")
UNSURE = ChannelUnsureError("has not answered: the message may have arrived")
STRANGE = ChannelUnsureError("answered not with “ok”: check the address", is_strange=True)


@dataclass
class FakeChannel:
    """Takes messages, but raises what `answers` holds for each in turn; `during` runs while it is sent to.

    As a topic it knows whether anybody listens, and how often it was asked.
    """

    answers: list[BaseException | None] = field(default_factory=list)
    during: Callable[[], object] = lambda: None
    refuses: str = ""
    """The id of an alert that makes it refuse the whole message."""
    taken: list[list[str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    asked: int = 0
    seconds: list[float] = field(default_factory=list)
    listening: bool = True
    problem: ChannelError | None = None
    looked: int = 0

    def send(self, message: Message, seconds_left: float) -> None:
        """Take a message, or raise."""
        self.asked += 1
        self.seconds.append(seconds_left)
        self.titles.append(message.title)
        self.during()
        ids = sorted(alert.id for alert in message.alerts)
        if self.refuses in ids:
            raise REFUSED
        if self.answers and (error := self.answers.pop(0)) is not None:
            raise error
        self.taken.append(ids)

    def has_listener(self) -> bool:
        """Say it, or raise."""
        self.looked += 1
        if self.problem is not None:
            raise self.problem
        return self.listening


class Log:
    """A logger whose lines can be read back."""

    def __init__(self) -> None:
        self._stream = StringIO()
        self.logger = Logger(service=f"test-{uuid4().hex}", level="DEBUG", stream=self._stream)

    @property
    def text(self) -> str:
        """All that was logged."""
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged, line by line."""
        return [json.loads(line) for line in self.text.splitlines()]

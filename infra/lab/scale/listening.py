"""What the function's own output tells of its ticks: the log's lines, and the metrics printed beside them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import TextIOBase

import msgspec

from lab.costs.meter import LOG_EVENT, logged_to
from lab.scale.edge import Edge


class Reported(msgspec.Struct, frozen=True):
    """A tick that came to its end: whose, and whether it read all there was."""

    account: str
    complete: bool


class _Metrics(msgspec.Struct):
    account: str


class _Lines(logging.Handler):
    def __init__(self, edge: Edge, reported: Callable[[Reported], None]) -> None:
        super().__init__()
        self._edge = edge
        self._reported = reported

    def emit(self, record: logging.LogRecord) -> None:
        self._edge.use("logged", len(self.format(record).encode()) + LOG_EVENT)
        if record.getMessage() == "Tick":
            extra = vars(record)
            self._reported(Reported(extra["account"], extra["complete"]))


class _Printed(TextIOBase):
    def __init__(self, edge: Edge, over: Callable[[str], None]) -> None:
        self._edge = edge
        self._over = over

    def write(self, text: str) -> int:
        if text.startswith("{"):
            self._edge.use("logged", len(text.encode()) + LOG_EVENT)
            self._over(msgspec.json.decode(text, type=_Metrics).account)
        return len(text)


@contextmanager
def listening(
    edge: Edge, reported: Callable[[Reported], None], over: Callable[[str], None]
) -> Iterator[None]:
    """Take the function's output for as long as the context lasts.

    `reported` is told every tick that came to its end; `over` then whose it was, when all its calls are made.
    """
    with logged_to(_Lines(edge, reported)), redirect_stdout(_Printed(edge, over)):
        yield

"""Lambda's Runtime API, as far as one invocation needs it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from time import perf_counter, time
from typing import TYPE_CHECKING

import msgspec

from lab.bench.server import Asked, answered, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = "/2018-06-01/runtime"
_NEXT = f"{_ROOT}/invocation/next"
_INVOCATION = "one"
_MILLISECONDS = 1000
_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:watch"


class Outcome(msgspec.Struct, frozen=True):
    """How an invocation ended: when, by `perf_counter`; whether well; and what the function said."""

    at: float
    successful: bool
    said: bytes


class RuntimeApi:
    """Gives one invocation to one runtime client, and keeps how it ended.

    `address` is what the client finds in AWS_LAMBDA_RUNTIME_API. A client that asks for a second invocation
    is through: `idle` is set then, and its question stays unanswered until it is let go.
    """

    def __init__(self, seconds: float) -> None:
        self.address = ""
        self.idle = threading.Event()
        self.let_go = threading.Event()
        self._seconds = seconds
        self._given = False
        self._outcomes: queue.Queue[Outcome] = queue.Queue()

    def outcome(self, timeout: float) -> Outcome:
        """Wait for how the invocation ends, so many seconds at most; raises TimeoutError."""
        try:
            return self._outcomes.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError("the runtime client has not answered in time") from None

    def answer(self, asked: Asked) -> bytes | None:
        """Answer the runtime client."""
        at = perf_counter()
        if asked.path == _NEXT:
            return self._next()
        if asked.path == f"{_ROOT}/invocation/{_INVOCATION}/response":
            self._outcomes.put(Outcome(at, successful=True, said=asked.body))
        else:
            # What is left are /init/error and the invocation's /error.
            self._outcomes.put(Outcome(at, successful=False, said=asked.body))
        return answered(b'{"status": "OK"}', 202)

    def _next(self) -> bytes | None:
        if self._given:
            self.idle.set()
            self.let_go.wait()
            return None
        self._given = True
        headers = {
            "Lambda-Runtime-Aws-Request-Id": _INVOCATION,
            "Lambda-Runtime-Deadline-Ms": str(round((time() + self._seconds) * _MILLISECONDS)),
            "Lambda-Runtime-Invoked-Function-Arn": _ARN,
        }
        return answered(b"{}", headers=headers)


@contextmanager
def runtime_api(seconds: float) -> Iterator[RuntimeApi]:
    """Serve the Runtime API for one invocation that may take so many seconds."""
    api = RuntimeApi(seconds)
    with serving(api.answer) as api.address:
        try:
            yield api
        finally:
            api.let_go.set()

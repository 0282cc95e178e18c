"""What ticks ask of AWS, in the units that AWS charges for."""

import logging
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any
from unittest.mock import patch

import boto3
import msgspec

from budget_alert import wiring
from lab.costs.use import Work
from standins.dynamodb import size_of

_READ_UNIT, _WRITE_UNIT = 4096, 1024
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
LOG_EVENT = 26
_COUNTED = {"GetSecretValue": "secret_calls", "Publish": "published"}


class Meter(logging.Handler):
    """Counts the work of all clients made while it is attached, and of the log; Poe is not AWS's.

    `metrics` are the names of all metrics emitted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.metrics: set[str] = set()
        self.printed = StringIO()
        self._used: Counter[str] = Counter()
        self._sizes: dict[tuple[str, str], int] = {}

    def used(self) -> Work:
        """Give what was used since the last call."""
        # Metrics go to the log as lines that the function prints.
        for line in self.printed.getvalue().splitlines():
            self._used["logged"] += len(line.encode()) + LOG_EVENT
            metered = msgspec.json.decode(line)["_aws"]["CloudWatchMetrics"][0]
            self.metrics.update(one["Name"] for one in metered["Metrics"])
        used, self._used = Work(**self._used), Counter()
        self.printed.truncate(0)
        self.printed.seek(0)
        return used

    def sent(self, params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        """Count what the request alone tells, and ask for what an update leaves behind."""
        self._used["aws_calls"] += 1
        if model.name == "TransactWriteItems":
            # A transaction writes each item twice:
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
            sizes = (self._size(one) for one in params["TransactItems"])
            self._used["writes"] += sum(2 * _units(size, _WRITE_UNIT) for size in sizes)
        elif model.name == "PutItem":
            self._used["writes"] += _units(size_of(params["Item"]), _WRITE_UNIT)
        elif model.name == "BatchGetItem":
            # What does not exist is charged as the smallest item is; what does may add to that.
            self._used["reads"] += sum(len(wanted["Keys"]) for wanted in params["RequestItems"].values())
        elif model.name == "UpdateItem":
            params["ReturnValues"] = "ALL_NEW"
        elif model.name in _COUNTED:
            self._used[_COUNTED[model.name]] += 1

    def answered(self, parsed: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        """Count what only the answer tells: how much was read, and how large an update's item is."""
        if model.name == "Query":
            self._sizes |= {_place(item): size_of(item) for item in parsed["Items"]}
            self._used["reads"] += _units(sum(map(size_of, parsed["Items"])), _READ_UNIT)
        elif model.name == "GetItem":
            self._used["reads"] += _units(size_of(parsed.get("Item", {})), _READ_UNIT)
        elif model.name == "BatchGetItem":
            (items,) = parsed["Responses"].values()
            self._used["reads"] += sum(_units(size_of(item), _READ_UNIT) - 1 for item in items)
        elif model.name == "UpdateItem":
            self._used["writes"] += _units(size_of(parsed.get("Attributes", {})), _WRITE_UNIT)

    def _size(self, written: Mapping[str, Any]) -> int:
        """Give the size of an item of a transaction; what is changed was read just before."""
        if "Put" in written:
            return size_of(written["Put"]["Item"])
        return self._sizes.get(_place(written["Update"]["Key"]), 0)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line of the log."""
        self._used["logged"] += len(self.format(record).encode()) + LOG_EVENT


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


@contextmanager
def metered(name: str = "metered") -> Iterator[Meter]:
    """Meter the function's clients and its log for as long as the context lasts.

    The function keeps its clients for as long as AWS's part of the environment stays the same: each context
    in one process needs a `name` of its own.
    """
    meter, session = Meter(), boto3.Session

    def hooked() -> boto3.Session:
        made = session()
        made.events.register("before-parameter-build", meter.sent)
        made.events.register("after-call", meter.answered)
        return made

    with (
        patch.dict(os.environ, {"AWS_EXECUTION_ENV": name}),
        patch.object(boto3, "Session", hooked),
        logged_to(meter),
        redirect_stdout(meter.printed),
    ):
        os.environ.pop("POWERTOOLS_METRICS_DISABLED", None)
        yield meter


@contextmanager
def logged_to(handler: logging.Handler) -> Iterator[None]:
    """Give the function's log, from information on, to one handler alone for as long as the context lasts."""
    handler.setFormatter(wiring.log.registered_formatter)
    log = logging.getLogger(wiring.log.name)
    level, handlers = log.level, list(log.handlers)
    log.setLevel(logging.INFO)
    log.handlers = [handler]
    try:
        yield
    finally:
        log.handlers = handlers
        log.setLevel(level)


def _units(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))

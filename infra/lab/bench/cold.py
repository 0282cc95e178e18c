"""A cold tick beside a bare handler that makes the same calls."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lab.bench.figures import Figure, figure
from lab.bench.invoking import Invoked, instructions, invoked, valgrind
from lab.bench.stage import staged, staged_bare
from lab.bench.worlds import ROOT, TEMPLATE_CONFIG, environment, settled, ticked

if TYPE_CHECKING:
    from lab.bench.endpoint import Call, Running

TIMES = 15
PART = "cold"
BOUND = 1.20
_CLIENTS = {"DynamoDB": "dynamodb", "AmazonSSM": "ssm", "secretsmanager": "secretsmanager"}
_ASKED_OF_POE = {
    "Authorization": "Bearer a-key-of-nobody",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


class Handler(msgspec.Struct, frozen=True):
    """A function to invoke, and the environment that it finds."""

    name: str
    environ: dict[str, str]


def measured(times: int = TIMES) -> Iterator[Figure]:
    """Measure a quiet tick with the template's config: seconds with and without bytecode, instructions."""
    with settled(TEMPLATE_CONFIG) as endpoint:
        calls = recorded(endpoint)
        for compiled, words, bound in (
            (True, "with bytecode", BOUND),
            (False, "without bytecode", None),
        ):
            with handlers(endpoint, calls, compiled=compiled) as (ours, bare):
                yield from _seconds(ours, bare, words, times, bound)
                if compiled and valgrind():
                    yield _instructions(ours, bare)
        _still_quiet(calls, recorded(endpoint))


def recorded(endpoint: Running) -> list[Call]:
    """Give the calls of one quiet tick."""
    endpoint.calls()
    ticked(endpoint, datetime.now(UTC))
    return endpoint.calls()


def _still_quiet(before: list[Call], after: list[Call]) -> None:
    """Raise where ticks ask something else by now: the first one of each hour looks at more than others."""
    if [str(call) for call in before] != [str(call) for call in after]:
        raise RuntimeError("the hour has turned while cold ticks were measured: measure them again")


def bare_calls(endpoint: Running, calls: list[Call]) -> str:
    """Write calls down for the bare handler: client, operation and parameters of each, as JSON."""
    return json.dumps([_bare(endpoint, call) for call in calls])


def _bare(endpoint: Running, call: Call) -> tuple[str, str, dict[str, object]]:
    if call.service == "Poe":
        return "poe", endpoint.address + call.operation, dict(_ASKED_OF_POE)
    operation = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", call.operation).lower()
    return _CLIENTS[call.service], operation, call.parameters


@contextmanager
def handlers(endpoint: Running, calls: list[Call], *, compiled: bool) -> Iterator[tuple[Handler, Handler]]:
    """Lay out the function and the bare handler, in a folder each."""
    with tempfile.TemporaryDirectory() as folder:
        ours = environment(endpoint, staged(ROOT / "handler", Path(folder) / "ours", compiled=compiled))
        bare = environment(endpoint, staged_bare(Path(folder) / "bare", compiled=compiled))
        # Whatever is imported besides has its bytecode, as in Lambda's runtime.
        more = {"PYTHONDONTWRITEBYTECODE": "1"}
        asked = {"BARE_CALLS": bare_calls(endpoint, calls)}
        yield (
            Handler("budget_alert.app.lambda_handler", ours | more),
            Handler("bare.lambda_handler", bare | more | asked),
        )


def _seconds(ours: Handler, bare: Handler, words: str, times: int, bound: float | None) -> Iterator[Figure]:
    rounds = [(_invoked(ours), _invoked(bare)) for _ in range(times + 1)][1:]
    for name, of in (("wall time", _wall), ("CPU time", _cpu)):
        mine, theirs = ([of(pair[place]) for pair in rounds] for place in (0, 1))
        yield figure(
            PART, f"a cold tick {words}, {name}, against a bare handler", "ms", (mine, theirs), bound
        )


def _invoked(handler: Handler) -> Invoked:
    return invoked(handler.name, handler.environ)


def _wall(one: Invoked) -> float:
    return one.wall * 1000


def _cpu(one: Invoked) -> float:
    return one.cpu * 1000


def _instructions(ours: Handler, bare: Handler) -> Figure:
    counts = [[instructions(one.name, one.environ) / 1e6] for one in (ours, bare)]
    name = "a cold tick with bytecode, instructions, against a bare handler"
    return figure(PART, name, "million", counts, BOUND)

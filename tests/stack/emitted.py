"""The metrics that there really are: what the function writes, and what AWS has of the stack's resources."""

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from typing import Any

import pytest

from budget_alert.errors import BudgetAlertError
from budget_alert.report import Report
from tests.stack.deployed import Deployed
from tests.support.team import team_deployment
from tests.support.world import KEY, MONTH, START, World, memory_deployment

Metric = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name, and the dimensions as pairs of name and value."""

# From AWS's documentation: the metrics of a function and of a queue, by the dimension that names it.
OF_A_FUNCTION = ("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions")
OF_A_QUEUE = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "ApproximateNumberOfMessagesVisible")


def of_aws(queue: str = "UndeliveredTicks") -> set[Metric]:
    """Return what AWS emits for the function and for the queue that should be empty."""
    function = (("FunctionName", "Function"),)
    named = (("QueueName", f"{queue}.QueueName"),)
    return {("AWS/Lambda", name, function) for name in OF_A_FUNCTION} | {
        ("AWS/SQS", name, named) for name in OF_A_QUEUE
    }


def of_several_accounts(*, fans_out: bool) -> list[str]:
    """Return the name of each custom metric that a round over two accounts writes, as often as it does."""
    with _written() as output, team_deployment("one", "two", queued=fans_out) as team:
        team.serve(START)
    return [name for _, name, dimensions in _metrics(output) if dimensions == (("service", "watch"),)]


def of_a_good_tick() -> tuple[Report, set[Metric]]:
    """Run a tick that sends a crossed budget, and return its report and the metrics it writes."""
    with _written() as output, memory_deployment() as world:
        world.configure(MONTH)
        world.spend(300, START - timedelta(hours=2), bot_name="Some-Bot")
        world.tick(START)
        world.spend(600, bot_name="Some-Bot")
        report = world.tick(world.later(minutes=5))
    return report, set(_metrics(output))


def of_a_failed_tick() -> set[Metric]:
    """Return the metrics that a tick writes which Poe refuses the key."""
    with _written() as output, memory_deployment() as world:
        world.keep_secret(world.secret_text(f"not-{KEY}"))
        _fail(world)
    return set(_metrics(output))


def _fail(world: World) -> None:
    try:
        world.tick(START)
    except BudgetAlertError:
        return
    raise AssertionError("The tick should have failed.")


@contextmanager
def _written() -> Iterator[io.StringIO]:
    """Take what is written to the log, under the name that the stack gives the function's metrics."""
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(io.StringIO()) as output:
        patched.setenv("POWERTOOLS_SERVICE_NAME", Deployed().environment()["POWERTOOLS_SERVICE_NAME"])
        yield output


def _metrics(output: io.StringIO) -> Iterator[Metric]:
    """Read the metrics out of the lines, as CloudWatch does by its embedded metric format."""
    lines: Iterable[Any] = map(json.loads, output.getvalue().splitlines())
    for line in lines:
        for block in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for dimensions in block["Dimensions"]:
                values = tuple((name, line[name]) for name in sorted(dimensions))
                yield from ((block["Namespace"], one["Name"], values) for one in block["Metrics"])

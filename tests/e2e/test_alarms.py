"""Tests of the nested stack as it is deployed: its alarms reach who listens, and its dashboard is there."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.e2e.account import Account
from tests.e2e.surroundings import Running
from tests.stack.deployed import Deployed

# These come first: meanwhile the schedule, which takes a minute, wakes its stack.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.usefixtures("scheduled")]

ALARM = "AWS::CloudWatch::Alarm"
STATES = ["ALARM", "OK"]


def names(stack: str) -> list[str]:
    """Return the names of the alarms of a stack, as the template says."""
    nested = Deployed(**{"AWS::StackName": stack}).observability()
    found = [nested.properties(name).get("AlarmName") for name in nested.resources()]
    return [name for name in found if name]


def metrics(lines: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield the name of each metric that the lines hold, and the service that it is of."""
    for line in lines:
        for block in line["_aws"]["CloudWatchMetrics"]:
            yield from ((one["Name"], line["service"]) for one in block["Metrics"])


def test_every_alarm_is_heard_when_it_begins_and_when_it_ends(account: Account, plain: Running) -> None:
    """Whoever subscribes to the topic gets a message for each change of each alarm."""
    for name in names("plain"):
        # The server judges alarms now and then, too: whatever it has found, both changes are still to come.
        account.set_alarm(name, "INSUFFICIENT_DATA")
        account.received(plain.queue)
        for state in STATES:
            account.set_alarm(name, state)
            (message,) = account.received(plain.queue)
            assert (message["AlarmName"], message["NewStateValue"]) == (name, state)


def test_the_deployed_function_writes_what_the_alarms_watch(account: Account, plain: Running) -> None:
    """Under the deployed environment the metrics carry the name of the stack, as the alarms do."""
    account.tick(plain.stack)
    written = set(metrics(json.loads(line) for line in account.log(plain.stack) if '"_aws"' in line))
    nested = Deployed(**{"AWS::StackName": "plain"}).observability()
    alarms = [nested.properties(name) for name, one in nested.resources().items() if one["Type"] == ALARM]
    own = [one for one in alarms if one["Namespace"] == "PoeBudgetAlert"]
    assert {(one["MetricName"], one["Dimensions"][0]["Value"]) for one in own} <= written


def test_the_dashboard_is_the_templates(account: Account, plain: Running) -> None:
    """The dashboard that the outputs name shows this stack's own metrics and log."""
    body: Any = account.dashboard(plain.stack)
    queries = [one["properties"]["query"] for one in body["widgets"] if one["type"] == "log"]
    assert all(query.startswith(f"SOURCE '{plain.stack.outputs['LogGroupName']}' ") for query in queries)
    assert '"service", "plain"' in json.dumps(body)

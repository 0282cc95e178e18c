"""The whole of it for several accounts behind one Poe: in turn, and through the queue."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.account import Account, Stack
from tests.e2e.surroundings import SharedWorld, assert_no_secrets, shared_surroundings
from tests.support.processes import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

# The tick of all together waits for half an interval, and the schedule starts others meanwhile.
PATIENCE = 120
CONFIG = """
[[budget]]
name = "Each"
points = 100_000
period = "30d"
alert_at = ["50%"]

[[budget]]
name = "All of us"
points = 200_000
period = "30d"
alert_at = ["40%"]
together = true
"""


@pytest.fixture
def pair() -> Iterator[SharedWorld]:
    """Give two accounts."""
    with shared_surroundings("research", "production") as world:
        yield world


@pytest.fixture
def trio() -> Iterator[SharedWorld]:
    """Give three accounts."""
    with shared_surroundings("research", "production", "trial") as world:
        yield world


def sent(messages: list[Any]) -> set[tuple[str, str, str]]:
    """Return of every alert whose it is, its kind and its rule."""
    return {(one["account"], alert["kind"], alert["rule"]) for one in messages for alert in one["alerts"]}


def test_accounts_are_read_in_turn(account: Account, pair: SharedWorld) -> None:
    """One run reads two accounts and their sum; a refused key of one stops neither the other nor the sum."""
    stack = account.deploy("beside", **pair.parameters, IntervalMinutes="60")
    account.change_by_hand(stack, secret=pair.secret, config=CONFIG)
    queue = account.subscribe_queue(stack)

    first = account.tick(stack)
    assert [one["account"] for one in first["accounts"]] == ["production", "research"]
    assert first["complete"]
    assert sent(account.received(queue)) == {
        (name, "welcome", "welcome") for name in ("all", "production", "research")
    }
    assert_sums(account, stack, pair)

    pair.poes["production"].keys.clear()
    pair.spend("research", 80_000)
    assert account.failing_tick(stack).startswith("production: Poe refused the API key")
    assert sent(account.received(queue)) == {
        ("all", "budget", "All of us"),
        ("production", "health", "key"),
        ("research", "budget", "Each"),
    }
    assert_sums(account, stack, pair)
    assert_no_secrets(account.log(stack), *pair.secrets())


def test_accounts_go_through_the_queue(account: Account, trio: SharedWorld) -> None:
    """Switched to the queue, a stack goes on; what an account and the sum cross is sent all the same."""
    # The local server can update all alarms of the nested stack or none: so the interval changes as well.
    stack = account.deploy("fanned", **trio.parameters, IntervalMinutes="60")
    account.change_by_hand(stack, secret=trio.secret, config=CONFIG)
    queue = account.subscribe_queue(stack)
    account.tick(stack)
    account.received(queue)

    stack = account.deploy("fanned", **trio.parameters, IntervalMinutes="1", FanOut="true")
    trio.poes["trial"].keys.clear()
    trio.spend("research", 80_000)
    report = account.tick(stack)
    assert (report["queued"], report["pages"]) == (4, 0)

    heard: set[tuple[str, str, str]] = set()
    wanted = {("all", "budget", "All of us"), ("research", "budget", "Each"), ("trial", "health", "key")}

    def everything() -> bool:
        heard.update(sent(account.received(queue)))
        return wanted <= heard

    wait_for(everything, f"all of {wanted}", PATIENCE)
    assert heard == wanted
    assert_sums(account, stack, trio)
    assert account.waiting(stack.outputs["FailedTicksUrl"]) == []

    account.deploy("fanned", **trio.parameters, IntervalMinutes="60", FanOut="false")
    assert account.failing_tick(stack).startswith("trial: Poe refused the API key")
    assert account.received(queue) == []
    assert_no_secrets(account.log(stack), *trio.secrets())


def test_a_message_that_nobody_can_read_is_put_aside(account: Account, pair: SharedWorld) -> None:
    """Somebody else's message ends among the failed ticks; what stands in the queue beside it is done."""
    stack = account.deploy("poisoned", **pair.parameters, IntervalMinutes="60", FanOut="true")
    account.change_by_hand(stack, secret=pair.secret, config=CONFIG)
    client, due = account.aws.client("sqs"), stack.outputs["DueTicksUrl"]
    # Nobody waits here three times for six times the function's timeout.
    aside = {"deadLetterTargetArn": account.queue_arn(stack, "FailedTicksUrl"), "maxReceiveCount": 1}
    hurried = {"VisibilityTimeout": "10", "RedrivePolicy": json.dumps(aside)}
    client.set_queue_attributes(QueueUrl=due, Attributes=hurried)
    entries = ["no JSON", json.dumps({"account": "research"})]
    client.send_message_batch(
        QueueUrl=due,
        Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(entries)],
    )
    failed = wait_for(lambda: account.waiting(stack.outputs["FailedTicksUrl"]), "failed tick", PATIENCE)
    assert failed == ["no JSON"]
    assert account.points(stack, "research") == pair.poes["research"].total()


def assert_sums(account: Account, stack: Stack, world: SharedWorld) -> None:
    """Fail unless every account is counted as Poe has it, and all together are their sum."""
    counted = {name: account.points(stack, name) for name in world.poes}
    assert counted == {name: poe.total() for name, poe in world.poes.items()}
    assert account.points(stack, "all") == sum(counted.values())

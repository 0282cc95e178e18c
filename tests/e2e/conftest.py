"""What the end-to-end tests share: one build and one account; each has a Poe and a Slack of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.account import Account
from tests.e2e.lines import BUILD
from tests.e2e.surroundings import Running, World, settled, surroundings
from tests.support import sam
from tests.support.aws import LocalAws


@pytest.fixture(scope="session")
def built(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clone in which the README's first line of deploying was run."""
    clone = sam.clone(tmp_path_factory.mktemp("clone"))
    sam.run_lines(BUILD, clone, local_aws.environment)
    return clone


@pytest.fixture(scope="session")
def account(local_aws: LocalAws, built: Path) -> Account:
    """Give the account that stacks are deployed to."""
    return Account(local_aws, built)


@pytest.fixture(scope="session")
def scheduled(account: Account) -> Iterator[Running]:
    """Give a stack that its schedule wakes."""
    with surroundings() as world:
        parameters = {**world.parameters, "IntervalMinutes": "1", "MonthlyBudgetPoints": "100000"}
        stack = account.deploy("watch", **parameters)
        queue = account.subscribe_queue(stack)
        assert account.tick(stack)["complete"]
        (welcome,) = account.received(queue)
        assert [alert["kind"] for alert in welcome["alerts"]] == ["welcome"]
        assert len(world.slack.payloads) == 1
        world.poe.add(settled(datetime.now(UTC), 60_000))
        yield Running(stack=stack, world=world, queue=queue)


@pytest.fixture(scope="session")
def plain(account: Account) -> Iterator[Running]:
    """Give a stack for all that leave it as it is; nothing wakes it within an hour."""
    with surroundings() as world:
        stack = account.deploy("plain", **world.parameters, IntervalMinutes="60")
        yield Running(stack=stack, world=world, queue=account.subscribe_queue(stack))


@pytest.fixture
def world() -> Iterator[World]:
    """Give what surrounds a stack."""
    with surroundings() as served:
        yield served

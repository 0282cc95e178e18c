"""Fixtures that start the services, once a session and only when a test asks for one."""

from collections.abc import Iterator

import pytest

from tests.support.aws import LocalAws, local_aws as _running_aws
from tests.support.dynamodb import dynamodb_local as _running_dynamodb


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a DynamoDB Local; tests that share it take tables of their own."""
    with _running_dynamodb(tmp_path_factory.mktemp("dynamodb")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Give a local AWS server with its IAM enforced."""
    with _running_aws(tmp_path_factory.mktemp("aws")) as server:
        yield server

"""Fixtures that start the services, once a session and only when a test asks for one."""

import os
from collections.abc import Iterator

import pytest

from tests.support import tools
from tests.support.aws import LocalAws, local_aws as _running_aws
from tests.support.processes import free_port, listening


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of Amazon's own DynamoDB Local; tests that share it take tables of their own."""
    home, port = tools.dynamodb(), free_port()
    options = ["-inMemory", "-disableTelemetry", "-port", str(port)]
    program = ["-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    log = tmp_path_factory.mktemp("dynamodb") / "dynamodb.log"
    with listening([tools.command("java"), *program, *options], port, home, log, os.environ):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Give a local AWS server with its IAM enforced."""
    with _running_aws(tmp_path_factory.mktemp("aws")) as server:
        yield server

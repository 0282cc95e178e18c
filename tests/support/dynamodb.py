"""DynamoDB Local, Amazon's own: conditions and transactions as Amazon implements them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import tools
from tests.support.processes import free_port, listening


@contextmanager
def dynamodb_local(folder: Path) -> Iterator[str]:
    """Run an empty DynamoDB that forgets, logging into `folder`, and give its endpoint's address."""
    home, port = tools.dynamodb(), free_port()
    command: list[str | Path] = [
        tools.command("java"),
        "-Djava.library.path=./DynamoDBLocal_lib",
        "-jar",
        "DynamoDBLocal.jar",
        "-inMemory",
        "-disableTelemetry",
        "-port",
        str(port),
    ]
    with listening(command, port, home, folder / "dynamodb.log", os.environ):
        yield f"http://127.0.0.1:{port}"

"""Tables in moto and in DynamoDB Local; a test module asks for them with `pytest_plugins`."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.dynamodb.models.table import Table as MotoTable
from mypy_boto3_dynamodb import DynamoDBClient

from tests.support.tables import Backend, create_table
from tests.support.world import snapshot


@pytest.fixture
def moto() -> Iterator[Backend]:
    """Give an empty table in moto."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setattr(MotoTable, "__deepcopy__", snapshot, raising=False)
        yield from _backend(_client(None))


@pytest.fixture
def local(dynamodb_local: str) -> Iterator[Backend]:
    """Give an empty table in Amazon's own DynamoDB Local."""
    yield from _backend(_client(dynamodb_local))


@pytest.fixture(params=["moto", pytest.param("local", marks=pytest.mark.xdist_group("dynamodb"))])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Give an empty table, in one after the other."""
    backend: Backend = request.getfixturevalue(request.param)
    return backend


@lru_cache
def _client(endpoint: str | None) -> DynamoDBClient:
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def _backend(client: DynamoDBClient) -> Iterator[Backend]:
    backend = Backend(client, f"ledger-{uuid4().hex}")
    create_table(client, backend.name)

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        backend.calls.append((model.name, params))

    client.meta.events.register("provide-client-params.dynamodb", record)
    yield backend
    client.meta.events.unregister("provide-client-params.dynamodb", record)

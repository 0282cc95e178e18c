import logging
import os

import boto3
import pytest
from moto import mock_aws

from budget_alert import wiring
from lab.costs.meter import Meter, metered
from lab.costs.use import Work
from standins.dynamodb import size_of


class Operation:
    """What botocore says of an operation."""

    def __init__(self, name: str) -> None:
        self.name = name


def item(size: int) -> dict[str, dict[str, str]]:
    """Return an item of so many bytes."""
    return {"pk": {"S": "x" * (size - 5)}, "sk": {"S": "a"}}


@pytest.mark.parametrize(
    ("made", "size"),
    [
        ({"pk": {"S": "abc"}}, 5),
        ({"pk": {"S": "é"}}, 4),
        ({"n": {"N": "12345"}}, 5),
        ({"b": {"B": b"1234"}}, 5),
        ({"s": {"SS": ["ab", "c"]}}, 9),
    ],
)
def test_an_item_has_its_size(made: dict[str, dict[str, object]], size: int) -> None:
    """Names and texts count their bytes, two digits of a number one, and a set some more."""
    assert size_of(made) == size


@pytest.mark.parametrize(("size", "units"), [(10, 2), (1024, 2), (1025, 4), (4000, 8)])
def test_a_transaction_writes_each_item_twice(size: int, units: int) -> None:
    """Each begun kilobyte of an item is a unit, and in a transaction two."""
    meter = Meter()
    meter.sent({"TransactItems": [{"Put": {"Item": item(size)}}]}, Operation("TransactWriteItems"))
    assert meter.used() == Work(writes=units, aws_calls=1)


def test_a_query_reads_the_sum_of_its_items_and_a_batch_each_for_itself() -> None:
    """Three items of 2 KB are two units of 4 KB in a query, and three in a batch."""
    meter = Meter()
    meter.answered({"Items": [item(2048)] * 3}, Operation("Query"))
    assert meter.used() == Work(reads=2)
    meter.sent({"RequestItems": {"ledger": {"Keys": [{}] * 3}}}, Operation("BatchGetItem"))
    meter.answered({"Responses": {"ledger": [item(2048), item(5000), item(9)]}}, Operation("BatchGetItem"))
    assert meter.used() == Work(reads=4, aws_calls=1)


def test_a_transaction_that_changes_items_writes_each_as_large_as_it_was_read() -> None:
    """What a transaction leaves behind is not answered; the outbox has been read just before."""
    meter = Meter()
    meter.answered({"Items": [item(1500)]}, Operation("Query"))
    update = {"Update": {"Key": {name: item(1500)[name] for name in ("pk", "sk")}}}
    meter.sent({"TransactItems": [update]}, Operation("TransactWriteItems"))
    assert meter.used() == Work(reads=1, writes=4, aws_calls=1)


def test_an_item_that_is_put_alone_is_written_once() -> None:
    """A conditional put costs half of a transaction."""
    meter = Meter()
    meter.sent({"Item": item(1500)}, Operation("PutItem"))
    assert meter.used() == Work(writes=2, aws_calls=1)


def test_what_is_not_there_is_read_all_the_same() -> None:
    """An item that does not exist is charged as the smallest one."""
    meter = Meter()
    meter.sent({"RequestItems": {"ledger": {"Keys": [{}, {}]}}}, Operation("BatchGetItem"))
    meter.answered({"Responses": {"ledger": [item(10)]}}, Operation("BatchGetItem"))
    assert meter.used() == Work(reads=2, aws_calls=1)
    meter.answered({}, Operation("GetItem"))
    assert meter.used() == Work(reads=1)


def test_an_update_writes_what_it_leaves_behind() -> None:
    """It is asked to say so, and charged once."""
    meter, asked = Meter(), dict[str, object]()
    meter.sent(asked, Operation("UpdateItem"))
    assert asked == {"ReturnValues": "ALL_NEW"}
    meter.answered({"Attributes": item(1500)}, Operation("UpdateItem"))
    assert meter.used() == Work(writes=2, aws_calls=1)


def test_the_functions_clients_are_metered_while_the_context_lasts() -> None:
    """Calls of a session made meanwhile are counted, with the function's log and its metrics."""
    with mock_aws(), metered("of a test") as meter:
        assert os.environ["AWS_EXECUTION_ENV"] == "of a test"
        client = boto3.Session().client("secretsmanager", region_name="eu-west-1")
        client.create_secret(Name="secret", SecretString="it")
        client.get_secret_value(SecretId="secret")
        wiring.log.info("A line")
        print('{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Ticks"}]}]}}')  # noqa: T201 - as metrics are
        used = meter.used()
    assert (used.secret_calls, used.aws_calls) == (1, 2)
    assert used.logged > 60 + 2 * 26
    assert meter.metrics == {"Ticks"}
    assert meter not in logging.getLogger(wiring.log.name).handlers
    assert meter.used() == Work()

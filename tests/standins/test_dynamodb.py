from collections.abc import Callable
from typing import Any

import pytest

from standins.dynamodb import LARGEST_ITEM, DynamoDB, holds, updated
from tests.standins.ledger_calls import calls, is_error, outcome
from tests.support.tables import Backend

pytest_plugins = ["tests.promises.dynamodb"]

TWICE = {"pk": {"S": "a"}, "sk": {"S": "b"}}
RANGE = "pk = :pk AND sk BETWEEN :first AND :last"
EVERY = {":pk": {"S": "research"}, ":first": {"S": "a"}, ":last": {"S": "z"}}


def query(table: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Ask for all items of an account."""
    asked = {"KeyConditionExpression": RANGE, "ExpressionAttributeValues": EVERY, "ConsistentRead": True}
    return "query", {"TableName": table, **asked, **more}


@pytest.mark.parametrize("seed", range(12))
def test_the_stand_in_answers_as_dynamodb_does(backend: Backend, seed: int) -> None:
    """Call by call, whatever the ledger may ask: the same items, and the same errors for the same reasons."""
    stand_in = DynamoDB()
    for call in calls(seed, backend.name):
        assert outcome(stand_in, call) == outcome(backend.client, call), call


@pytest.mark.parametrize("seed", range(12, 18))
@pytest.mark.xdist_group("dynamodb")
def test_the_stand_in_counts_the_units_that_dynamodb_counts(local: Backend, seed: int) -> None:
    """What DynamoDB Local says that a call consumed is what the stand-in counts.

    But for what is not there, and for transactions: of these the stand-in goes by DynamoDB's documentation.
    """
    stand_in = DynamoDB()
    compared = 0
    for operation, arguments in calls(seed, local.name):
        stand_in.units.clear()
        done = outcome(stand_in, (operation, arguments))
        answer = (
            outcome(local.client, (operation, arguments)) if operation == "transact_write_items" else done
        )
        if is_error(answer) or operation == "transact_write_items" or asks_in_vain(arguments, done):
            continue
        answer = getattr(local.client, operation)(**arguments, ReturnConsumedCapacity="TOTAL")
        consumed = answer["ConsumedCapacity"]
        units = sum(one["CapacityUnits"] for one in (consumed if isinstance(consumed, list) else [consumed]))
        assert sum(stand_in.units.values()) == units, (operation, arguments)
        compared += 1
    assert compared > 5


def test_what_is_not_there_is_charged_for_and_a_transaction_twice() -> None:
    """A question for an item that does not exist takes a unit, each item of a transaction two a kilobyte."""
    table = DynamoDB()
    keys = [{"pk": {"S": "research"}, "sk": {"S": key}} for key in ("slot#1", "slot#2", "slot#3")]
    table.batch_get_item(RequestItems={"ledger": {"Keys": keys, "ConsistentRead": True}})
    assert table.units == {"reads": 3}
    puts = [{"Put": {"TableName": "ledger", "Item": {**key, "body": {"S": "x" * 1500}}}} for key in keys]
    table.transact_write_items(TransactItems=puts)
    assert table.units == {"reads": 3, "writes": 12}
    table.put_item(TableName="ledger", Item=keys[0])
    assert table.units["writes"] == 14, "what it replaced was larger"


def test_a_long_answer_comes_in_the_same_pages(local: Backend) -> None:
    """A query gives a page of a megabyte, and where to go on."""
    stand_in = DynamoDB()
    for client in (stand_in, local.client):
        for number in range(9):
            item = {"pk": {"S": "research"}, "sk": {"S": f"slot#{number}"}, "body": {"S": "x" * 300_000}}
            client.put_item(TableName=local.name, Item=item)
    more: dict[str, Any] = {}
    for _ in range(2):
        answer = stand_in.query(**query(local.name, **more)[1])
        found = outcome(local.client, query(local.name, **more))
        assert answer["Items"] == found["Items"]
        assert answer.get("LastEvaluatedKey") == found.get("LastEvaluatedKey")
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


REFUSED: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "a key twice in a batch": lambda table: (
        "batch_get_item",
        {"RequestItems": {table: {"Keys": [TWICE, TWICE], "ConsistentRead": True}}},
    ),
    "an item that is too large": lambda table: (
        "put_item",
        {"TableName": table, "Item": {**TWICE, "c": {"S": "x" * LARGEST_ITEM}}},
    ),
    "an item written twice at once": lambda table: (
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": table, "Item": TWICE}}] * 2},
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_what_dynamodb_refuses_is_refused(local: Backend, mistake: str) -> None:
    """With the same error."""
    call = REFUSED[mistake](local.name)
    assert outcome(DynamoDB(), call)[0] == outcome(local.client, call)[0] == "ValidationException"


def test_what_the_ledger_does_not_ask_is_not_answered() -> None:
    """The stand-in would rather fail than guess what an expression means."""
    for wrong in ("size(body) > :most", "version < :known", "attribute_exists(pk) AND version = :known"):
        with pytest.raises(NotImplementedError):
            holds(wrong, {}, {})
    for wrong in ("REMOVE holder", "ADD accepted :one, owed :one", "SET version = version + :one"):
        with pytest.raises(NotImplementedError):
            updated(wrong, {}, {})
    with pytest.raises(NotImplementedError):
        DynamoDB().get_item(TableName="ledger", Key={}, ConsistentRead=False)
    with pytest.raises(NotImplementedError):
        DynamoDB().query(**query("ledger")[1] | {"KeyConditionExpression": "pk = :pk"})


def asks_in_vain(arguments: dict[str, Any], done: Any) -> bool:
    """Tell whether a question was for something that is not there."""
    if "RequestItems" in arguments:
        ((_, request),) = arguments["RequestItems"].items()
        return len(done[0]) < len(request["Keys"])
    return "KeyConditionExpression" in arguments and not done["Items"]

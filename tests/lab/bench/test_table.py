import boto3
import pytest
from moto import mock_aws

from budget_alert.ledger.table import Table
from lab.bench.table import LARGEST_ANSWER, Item, MemoryTable


def entry(key: str, **numbers: int) -> Item:
    """Give an item."""
    return {"pk": {"S": "default"}, "sk": {"S": key}, **{name: {"N": str(n)} for name, n in numbers.items()}}


class Client:
    """boto3's client on a table in memory."""

    def __init__(self, table: MemoryTable) -> None:
        self.table = table

    def __getattr__(self, name: str) -> object:
        """Give the method of an operation."""
        operation = "".join(part.title() for part in name.split("_"))
        return lambda **asked: self.table.answer(operation, asked)


def ledger(table: MemoryTable) -> Table:
    """Give what the function reaches a table with."""
    return Table(Client(table), "ledger", "default")  # type: ignore[arg-type]


def test_the_ledger_reads_what_it_wrote() -> None:
    """One item, many, a range, and what an update leaves."""
    table = ledger(MemoryTable([entry("slot#1"), entry("slot#3")]))
    table.write(entry("cursor", version=1), 0, [entry("slot#2")], [entry("alert#1")])
    table.update(["alert#1"], "ADD accepted :channel", {":channel": {"SS": ["sns"]}})
    assert table.get("cursor") == entry("cursor", version=1)
    assert table.get("nothing") is None
    assert list(table.get_many(["slot#1", "nothing"])) == [entry("slot#1")]
    assert [one["sk"]["S"] for one in table.range("slot#1", "slot#2")] == ["slot#1", "slot#2"]
    assert table.get("alert#1") == entry("alert#1") | {"accepted": {"SS": ["sns"]}}


def test_a_frozen_table_accepts_writes_and_stays_as_it_is() -> None:
    """So each repetition of a tick finds the same."""
    memory = MemoryTable([entry("cursor", version=1)])
    memory.frozen = True
    ledger(memory).write(entry("cursor", version=2), 1, [entry("slot#1")], [])
    assert ledger(memory).get("cursor") == entry("cursor", version=1)
    assert ledger(memory).get("slot#1") is None


def test_a_long_answer_comes_in_pieces_as_from_aws() -> None:
    """Of a megabyte each: the calls of a tick are counted, so they must be as many."""
    long = {"body": {"S": "x" * (LARGEST_ANSWER // 2)}}
    memory = MemoryTable(entry(f"slot#{place}") | long for place in range(5))
    asked = {
        "ExpressionAttributeValues": {":pk": {"S": "default"}, ":first": {"S": "slot#"}, ":last": {"S": "t"}}
    }
    first = memory.answer("Query", asked)
    assert len(first["Items"]) == 2
    assert first["LastEvaluatedKey"] == entry("slot#1")
    assert len(list(ledger(memory).range("slot#", "t"))) == 5


def test_an_operation_that_the_ledger_never_asks_is_refused() -> None:
    """A new call of the ledger must be thought of here."""
    with pytest.raises(KeyError, match="Scan"):
        MemoryTable().answer("Scan", {})


@mock_aws
def test_a_query_answers_as_moto_does() -> None:
    """The same items in the same order, between two keys."""
    client = boto3.client("dynamodb", "eu-west-1")
    client.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    items = [entry(f"slot#{place}", points=place) for place in (3, 1, 2, 4)]
    for item in items:
        client.put_item(TableName="ledger", Item=item)
    theirs = list(Table(client, "ledger", "default").range("slot#2", "slot#3"))
    assert list(ledger(MemoryTable(items)).range("slot#2", "slot#3")) == theirs

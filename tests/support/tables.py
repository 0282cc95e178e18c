"""The ledger's table: in memory, or one that counts its calls, and clients that do otherwise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from budget_alert.ledger.items import Item
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from standins.dynamodb import DynamoDB

Call = tuple[str, dict[str, Any]]


def create_table(client: DynamoDBClient, name: str) -> None:
    """Create an empty table as the stack does."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )


@dataclass(frozen=True)
class Backend:
    """An empty table, and every call that the ledger makes to it."""

    client: DynamoDBClient
    name: str
    calls: list[Call] = field(default_factory=list)

    def table(self, client: Any = None, account: str = "default") -> Table:
        """Give the items of an account, through another client if one is given."""
        return Table(client or self.client, self.name, account)

    def ledger(self, client: Any = None) -> Ledger:
        """Give the ledger on them."""
        return Ledger(self.table(client))

    def outbox(self, client: Any = None) -> Outbox:
        """Give an outbox on them, with a holder of leases of its own."""
        return Outbox(self.table(client))

    def items(self, prefix: str = "") -> dict[str, Item]:
        """Give what is stored under the keys that begin so."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True)
        stored: list[Any] = [item for page in pages for item in page["Items"]]
        return {item["sk"]["S"]: item for item in stored if item["sk"]["S"].startswith(prefix)}

    def put(self, key: str, **attributes: Any) -> None:
        """Store an item as somebody else would."""
        own = {"pk": {"S": "default"}, "sk": {"S": key}}
        self.client.put_item(TableName=self.name, Item={**own, **attributes})

    def delete(self, key: str) -> None:
        """Delete an item, as the time to live does."""
        self.client.delete_item(TableName=self.name, Key={"pk": {"S": "default"}, "sk": {"S": key}})

    def transactions(self) -> list[set[str]]:
        """Give the keys that each write put, all or none, since the calls were last cleared."""
        return [
            {put["Put"]["Item"]["sk"]["S"] for put in request.get("TransactItems", [{"Put": request}])}
            for operation, request in self.calls
            if operation in {"TransactWriteItems", "PutItem"} and not _is_marks(request)
        ]


class MemoryTable(Table):
    """One account's items in memory; `parts` are the tables of all accounts that have any."""

    def __init__(self, client: DynamoDB | None = None, account: str = "default") -> None:
        self.client = client or DynamoDB()
        boto3: Any = self.client
        super().__init__(boto3, "ledger", account)

    def of(self, account: str) -> "MemoryTable":
        """Give the items of another account."""
        return MemoryTable(self.client, account)

    @property
    def items(self) -> dict[str, Item]:
        """The items by their sort keys; they may be changed."""
        return self.client.items[self.account]

    @items.setter
    def items(self, items: dict[str, Item]) -> None:
        self.client.items[self.account] = items

    @property
    def parts(self) -> dict[str, "MemoryTable"]:
        """The tables of all accounts."""
        return {account: self.of(account) for account in self.client.items}


class _MemoryBackend(Backend):
    def items(self, prefix: str = "") -> dict[str, Item]:
        client: Any = self.client
        return {one["sk"]["S"]: one for one in client.items_of("default", prefix)}


def memory_backend() -> Backend:
    """Give an empty table in memory."""
    calls: list[Call] = []

    def called(operation: str, asked: Mapping[str, Any], work: Callable[[], Item]) -> Item:
        calls.append((operation, dict(asked)))
        return work()

    client: Any = DynamoDB(through=called)
    return _MemoryBackend(client, "ledger", calls)


def _is_marks(request: dict[str, Any]) -> bool:
    return any("Update" in one for one in request.get("TransactItems", ()))


class Instead:
    """A client that does some operations otherwise."""

    def __init__(self, client: Any, **operations: Callable[..., Any]) -> None:
        self._client = client
        vars(self).update(operations)

    def __getattr__(self, name: str) -> Any:
        """Give the client's own operation."""
        return getattr(self._client, name)


def failing_once(client: Any, operation: str, error: Exception, after: int) -> Instead:
    """Give a client whose operation raises an error when it was asked for so many times."""
    asked = count()

    def ask(**request: Any) -> Any:
        if next(asked) == after:
            raise error
        return getattr(client, operation)(**request)

    return Instead(client, **{operation: ask})

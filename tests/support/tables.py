"""A table of the ledger's that counts its calls, and a client that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from mypy_boto3_dynamodb import DynamoDBClient

from budget_alert.ledger.items import Item
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from standins.dynamodb import DynamoDB

Call = tuple[str, dict[str, Any]]


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


class Failing:
    """A client whose `operation` raises an error, so many `times`, after it was asked for `after` times."""

    def __init__(
        self, client: Any, operation: str, error: BaseException, after: int = 0, times: int = 1_000
    ) -> None:
        self._client = client
        self._operation = operation
        self._error = error
        self._fails = range(after, after + times)
        self._asked = -1

    def __getattr__(self, name: str) -> Any:
        """Give the client's own operation, or the one that raises."""
        if name != self._operation:
            return getattr(self._client, name)
        self._asked += 1
        return self._fail if self._asked in self._fails else getattr(self._client, name)

    def _fail(self, **_: Any) -> NoReturn:
        raise self._error

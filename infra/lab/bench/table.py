"""A DynamoDB table in memory: the calls that the ledger makes, answered as AWS answers them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from standins.expressions import updated

Item = dict[str, Any]
LARGEST_ANSWER = 1024 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""


class MemoryTable:
    """Items by partition and sort key. Conditions are taken to hold: here nobody else writes.

    While `frozen`, writes are accepted and change nothing, so that every tick finds the same table.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.frozen = False
        self._items: dict[str, dict[str, Item]] = {}
        self._keys: dict[str, list[str]] = {}
        for item in items:
            self._put(item)

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one operation by its name in the API; raises KeyError for one that the ledger never asks."""
        operations = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._query,
            "TransactWriteItems": self._transact_write_items,
            "PutItem": self._put_item,
            "UpdateItem": self._update_item,
        }
        return operations[operation](asked)

    def _get_item(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self._found(asked["Key"])
        return {"Item": found} if found else {}

    def _batch_get_item(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        wanted = asked["RequestItems"].items()
        found = {name: [item for key in keys["Keys"] if (item := self._found(key))] for name, keys in wanted}
        return {"Responses": found, "UnprocessedKeys": {}}

    def _query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        values = asked["ExpressionAttributeValues"]
        account = values[":pk"]["S"]
        keys, items = self._keys.get(account, []), self._items.get(account, {})
        first = bisect_left(keys, values[":first"]["S"])
        if "ExclusiveStartKey" in asked:
            first = bisect_right(keys, asked["ExclusiveStartKey"]["sk"]["S"])
        found: list[Item] = []
        size = 0
        for key in keys[first : bisect_right(keys, values[":last"]["S"])]:
            if size > LARGEST_ANSWER:
                return {"Items": found, "LastEvaluatedKey": _key(found[-1])}
            found.append(items[key])
            size += len(msgspec.json.encode(items[key]))
        return {"Items": found}

    def _transact_write_items(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        for one in asked["TransactItems"]:
            if "Put" in one:
                self._put(one["Put"]["Item"])
            else:
                self._update_item(one["Update"])
        return {}

    def _put_item(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._put(asked["Item"])
        return {}

    def _update_item(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        stored = self._found(asked["Key"]) or asked["Key"]
        self._put(updated(asked["UpdateExpression"], stored, asked["ExpressionAttributeValues"]))
        return {}

    def _found(self, key: Mapping[str, Any]) -> Item | None:
        return self._items.get(key["pk"]["S"], {}).get(key["sk"]["S"])

    def _put(self, item: Item) -> None:
        if self.frozen:
            return
        account, key = item["pk"]["S"], item["sk"]["S"]
        items = self._items.setdefault(account, {})
        if key not in items:
            insort(self._keys.setdefault(account, []), key)
        items[key] = item


def _key(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}

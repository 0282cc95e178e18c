"""DynamoDB's client as the ledger uses it, on a dict: conditions, transactions, pages, limits and units.

Limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from botocore.exceptions import ClientError

from lab.costs.meter import size_of
from lab.scale.edge import Edge
from standins.expressions import holds, updated

READ_UNIT, WRITE_UNIT = 4096, 1024
MOST_IN_A_TRANSACTION, MOST_IN_A_BATCH = 100, 100
LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
LARGEST_PAGE = 1024 * 1024
LARGEST_BATCH = 16 * 1024 * 1024

Attributes = dict[str, Any]
_WRITES = ("PutItem", "TransactWriteItems", "UpdateItem")


class MemoryTable:
    """One table with the keys `pk` and `sk`; `broken` are the partitions that take no writes for now.

    Methods take and give what boto3's do, of the arguments that the ledger uses.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._items: dict[str, dict[str, Attributes]] = {}
        self._order: dict[str, list[str]] = {}
        self.broken: set[str] = set()

    def items_of(self, account: str, prefix: str = "") -> Iterator[Attributes]:
        """Give the items of a partition whose sort key begins so, in order, past the edge."""
        return (self._items[account][key] for key in self._order.get(account, ()) if key.startswith(prefix))

    def get_item(self, *, TableName: str, Key: Attributes, ConsistentRead: bool) -> Attributes:  # noqa: N803 - boto3's
        """Give one item."""
        del TableName
        _only_consistent(ConsistentRead)

        def found() -> Attributes:
            item = self._stored(Key)
            self._edge.use("reads", _units(item, READ_UNIT))
            return {"Item": item} if item else {}

        return self._called("GetItem", [Key], found)

    def batch_get_item(self, *, RequestItems: Mapping[str, Attributes]) -> Attributes:  # noqa: N803 - boto3's
        """Give the items that exist of up to a hundred, and name those that were too much for one answer."""
        ((name, request),) = RequestItems.items()
        _only_consistent(request["ConsistentRead"])
        keys = request["Keys"]
        if not 0 < len(keys) <= MOST_IN_A_BATCH or len({_place(key) for key in keys}) < len(keys):
            raise _invalid("BatchGetItem", "too many keys, or none, or one twice")

        def found() -> Attributes:
            items, rest = self._fitting(keys)
            return {
                "Responses": {name: items},
                "UnprocessedKeys": {name: {**request, "Keys": rest}} if rest else {},
            }

        return self._called("BatchGetItem", keys, found)

    def query(
        self,
        *,
        TableName: str,  # noqa: N803 - boto3's, as all of these
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Attributes,  # noqa: N803
        ConsistentRead: bool,  # noqa: N803
        ExclusiveStartKey: Attributes | None = None,  # noqa: N803
    ) -> Attributes:
        """Give a page of the items between two sort keys."""
        del TableName
        _only_consistent(ConsistentRead)
        if KeyConditionExpression != "pk = :pk AND sk BETWEEN :first AND :last":
            raise NotImplementedError(KeyConditionExpression)
        account, first, last = (ExpressionAttributeValues[name]["S"] for name in (":pk", ":first", ":last"))

        def found() -> Attributes:
            order = self._order.get(account, [])
            after = ExclusiveStartKey["sk"]["S"] if ExclusiveStartKey else None
            begin = bisect_left(order, first) if after is None else bisect_right(order, after)
            page, more = _page(self._items[account][key] for key in order[begin : bisect_right(order, last)])
            self._edge.use("reads", max(1, ceil(sum(map(size_of, page)) / READ_UNIT)))
            more_key = {"LastEvaluatedKey": {name: page[-1][name] for name in ("pk", "sk")}} if more else {}
            return {"Items": page, "Count": len(page), **more_key}

        return self._called("Query", [{"pk": {"S": account}}], found)

    def put_item(self, **put: Any) -> Attributes:  # noqa: ANN401 - boto3's
        """Put one item where its condition holds."""
        item = put.pop("Item")

        def work() -> Attributes:
            if not self._holds(item, put):
                raise _error("PutItem", "ConditionalCheckFailedException")
            self._put("PutItem", item, 1)
            return {}

        return self._called("PutItem", [item], work)

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> Attributes:  # noqa: N803 - boto3's
        """Put or change all items, or none where a condition does not hold."""
        asked = [one.get("Put") or one["Update"] for one in TransactItems]
        items = [one.get("Item") or self._updated(**one) for one in asked]
        places = {_place(item) for item in items}
        size = sum(map(size_of, items))
        if (
            not 0 < len(items) <= MOST_IN_A_TRANSACTION
            or len(places) < len(items)
            or size > LARGEST_TRANSACTION
        ):
            raise _invalid("TransactWriteItems", "too many items, or none, or one twice, or too large")

        def write() -> Attributes:
            held = [self._holds(item, one) for item, one in zip(items, asked, strict=True)]
            if not all(held):
                codes = [{"Code": "None" if one else "ConditionalCheckFailed"} for one in held]
                raise _error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=codes)
            for item in items:
                self._put("TransactWriteItems", item, 2)
            return {}

        return self._called("TransactWriteItems", items, write)

    def update_item(
        self,
        *,
        TableName: str,  # noqa: N803 - boto3's, as all of these
        Key: Attributes,  # noqa: N803
        UpdateExpression: str,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Attributes,  # noqa: N803
    ) -> Attributes:
        """Change an item, or make it, where its condition holds."""
        del TableName

        def update() -> Attributes:
            if not holds(ConditionExpression, self._stored(Key), ExpressionAttributeValues):
                raise _error("UpdateItem", "ConditionalCheckFailedException")
            self._put("UpdateItem", self._updated(Key, UpdateExpression, ExpressionAttributeValues), 1)
            return {}

        return self._called("UpdateItem", [Key], update)

    def _updated(
        self,
        Key: Attributes,  # noqa: N803 - boto3's, as all of these
        UpdateExpression: str,  # noqa: N803
        ExpressionAttributeValues: Attributes,  # noqa: N803
        **_: object,
    ) -> Attributes:
        return updated(UpdateExpression, {**Key, **self._stored(Key)}, ExpressionAttributeValues)

    def _called(
        self, operation: str, keys: Sequence[Attributes], work: Callable[[], Attributes]
    ) -> Attributes:
        accounts = {key["pk"]["S"] for key in keys}

        def call() -> Attributes:
            if operation in _WRITES and accounts & self.broken:
                raise _error(operation, "ThrottlingException")
            return work()

        return self._edge.through(f"dynamodb {operation}", call, min(accounts) if len(accounts) == 1 else "")

    def _stored(self, key: Attributes) -> Attributes:
        return self._items.get(key["pk"]["S"], {}).get(key["sk"]["S"], {})

    def _holds(self, item: Attributes, put: Mapping[str, Any]) -> bool:
        condition = put.get("ConditionExpression")
        values = put.get("ExpressionAttributeValues", {})
        return condition is None or holds(condition, self._stored(item), values)

    def _put(self, operation: str, item: Attributes, times: int) -> None:
        if size_of(item) > LARGEST_ITEM:
            raise _invalid(operation, "an item is too large")
        account, key = _place(item)
        known = self._items.setdefault(account, {})
        # What is replaced is charged for by the larger of the two sizes.
        units = max(_units(item, WRITE_UNIT), _units(known.get(key, {}), WRITE_UNIT))
        if key not in known:
            insort(self._order.setdefault(account, []), key)
        known[key] = item
        self._edge.use("writes", times * units)

    def _fitting(self, keys: Sequence[Attributes]) -> tuple[list[Attributes], Sequence[Attributes]]:
        items: list[Attributes] = []
        size = 0
        for number, key in enumerate(keys):
            item = self._stored(key)
            size += size_of(item)
            if size > LARGEST_BATCH:
                return items, keys[number:]
            # "Requests for nonexistent items consume the minimum read capacity units":
            # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
            self._edge.use("reads", _units(item, READ_UNIT))
            items += [item] if item else []
        return items, ()


def failure() -> ClientError:
    """Give what boto3 raises once DynamoDB has failed as often as the client asks."""
    return _error("any", "InternalServerError")


def _page(items: Iterable[Attributes]) -> tuple[list[Attributes], bool]:
    page: list[Attributes] = []
    size = 0
    for item in items:
        if size >= LARGEST_PAGE:
            return page, True
        page.append(item)
        size += size_of(item)
    return page, False


def _place(item: Attributes) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _units(item: Attributes, unit: int) -> int:
    return max(1, ceil(size_of(item) / unit))


def _only_consistent(consistent: bool) -> None:  # noqa: FBT001 - boto3's
    if not consistent:
        raise NotImplementedError("the ledger reads consistently")


def _invalid(operation: str, message: str) -> ClientError:
    return _error(operation, "ValidationException", message)


def _error(operation: str, code: str, message: str = "", **more: Any) -> ClientError:  # noqa: ANN401 - as boto3
    response: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(response, operation)

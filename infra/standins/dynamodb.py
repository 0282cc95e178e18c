"""DynamoDB as the ledger asks it, on dicts: conditions, transactions, pages, limits and what AWS charges for.

Limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from botocore.exceptions import ClientError

READ_UNIT, WRITE_UNIT = 4096, 1024
MOST_AT_ONCE = 100
LARGEST_ITEM = 400 * 1024
LARGEST_PAGE = 1024 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
LARGEST_BATCH = 16 * 1024 * 1024
WRITES = frozenset({"PutItem", "TransactWriteItems", "UpdateItem"})

Item = dict[str, Any]
Through = Callable[[str, Mapping[str, Any], Callable[[], Item]], Item]
"""Takes an operation, its arguments and what answers it."""

_RANGE = "pk = :pk AND sk BETWEEN :first AND :last"
_CONDITION = re.compile(r"attribute_(not_)?exists\((\w+)\)|(\w+) = (:\w+)")
_SET = re.compile(r"(\w+) = (:\w+)")
_ADD = re.compile(r"ADD (\w+) (:\w+)")


class DynamoDB:
    """boto3's client of one table with the keys `pk` and `sk`, for what the ledger asks.

    `items` holds all items by partition and sort key, and may be changed by hand; `units` counts the read and
    write units that AWS would charge for. Each call goes `through` a function, which may refuse it.
    """

    def __init__(self, items: Iterable[Item] = (), through: Through = lambda _, __, work: work()) -> None:
        self.items: defaultdict[str, dict[str, Item]] = defaultdict(dict)
        self.units: Counter[str] = Counter()
        self._through = through
        self._sizes: dict[tuple[str, str], int] = {}
        self._operations: Mapping[str, Callable[[Mapping[str, Any]], Item]] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._query,
            "PutItem": self._put_item,
            "UpdateItem": self._update_item,
            "TransactWriteItems": self._transact_write_items,
        }
        for item in items:
            account, key = place_of(item)
            self.items[account][key] = item

    def __getattr__(self, name: str) -> Callable[..., Item]:
        """Give the method of an operation by boto3's name; raises AttributeError where there is none."""
        operation = name.title().replace("_", "")
        if operation not in self._operations:
            raise AttributeError(name)
        return lambda **asked: self.call(operation, asked)

    def call(self, operation: str, asked: Mapping[str, Any]) -> Item:
        """Answer an operation by its name in the API; raises what boto3 raises."""
        return self._through(operation, asked, lambda: self._operations[operation](asked))

    def put_back(self, items: Mapping[str, Mapping[str, Item]]) -> None:
        """Hold these items, by partition and sort key, and no others."""
        self.items = defaultdict(dict, {account: dict(part) for account, part in items.items()})
        self._sizes.clear()

    def items_of(self, account: str, prefix: str = "") -> Iterator[Item]:
        """Give the items of a partition whose sort key begins so, in order, and charge for nothing."""
        part = self.items.get(account, {})
        return (part[key] for key in sorted(part) if key.startswith(prefix))

    def _get_item(self, asked: Mapping[str, Any]) -> Item:
        _only_consistent(asked)
        item = self._stored(asked["Key"])
        self.units["reads"] += _units(self._size(item), READ_UNIT)
        return {"Item": item} if item else {}

    def _batch_get_item(self, asked: Mapping[str, Any]) -> Item:
        ((name, request),) = asked["RequestItems"].items()
        _only_consistent(request)
        keys = request["Keys"]
        if not 0 < len(keys) <= MOST_AT_ONCE or len(set(map(place_of, keys))) < len(keys):
            raise error("BatchGetItem", "ValidationException", "too many keys, or none, or one twice")
        found: list[Item] = []
        size = 0
        for number, key in enumerate(keys):
            item = self._stored(key)
            size += self._size(item)
            if size > LARGEST_BATCH:
                return {
                    "Responses": {name: found},
                    "UnprocessedKeys": {name: {**request, "Keys": keys[number:]}},
                }
            # "Requests for nonexistent items consume the minimum read capacity units":
            # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
            self.units["reads"] += _units(self._size(item), READ_UNIT)
            found += [item] if item else []
        return {"Responses": {name: found}, "UnprocessedKeys": {}}

    def _query(self, asked: Mapping[str, Any]) -> Item:
        _only_consistent(asked)
        if asked["KeyConditionExpression"] != _RANGE:
            raise NotImplementedError(asked["KeyConditionExpression"])
        values = asked["ExpressionAttributeValues"]
        account, first, last = (values[name]["S"] for name in (":pk", ":first", ":last"))
        after = asked.get("ExclusiveStartKey", {"sk": {"S": ""}})["sk"]["S"]
        part = self.items.get(account, {})
        page: list[Item] = []
        size, more = 0, False
        for key in sorted(key for key in part if first <= key <= last and key > after):
            if size >= LARGEST_PAGE:
                more = True
                break
            page.append(part[key])
            size += self._size(part[key])
        self.units["reads"] += _units(size, READ_UNIT)
        return {"Items": page} | ({"LastEvaluatedKey": _key(page[-1])} if more else {})

    def _put_item(self, asked: Mapping[str, Any]) -> Item:
        self._write("PutItem", [asked])
        return {}

    def _update_item(self, asked: Mapping[str, Any]) -> Item:
        self._write("UpdateItem", [asked])
        return {}

    def _transact_write_items(self, asked: Mapping[str, Any]) -> Item:
        self._write("TransactWriteItems", [one.get("Put") or one["Update"] for one in asked["TransactItems"]])
        return {}

    def _write(self, operation: str, writes: Sequence[Mapping[str, Any]]) -> None:
        items = [one.get("Item") or self._updated(one) for one in writes]
        sizes = [size_of(item) for item in items]
        whole = operation == "TransactWriteItems"
        if (
            not 0 < len(items) <= MOST_AT_ONCE
            or len(set(map(place_of, items))) < len(items)
            or max(sizes) > LARGEST_ITEM
            or sum(sizes) > LARGEST_TRANSACTION
        ):
            raise error(operation, "ValidationException", "too many items, none, one twice, or too large")
        held = [self._holds(item, one) for item, one in zip(items, writes, strict=True)]
        if not all(held) and not whole:
            raise error(operation, "ConditionalCheckFailedException")
        if not all(held):
            codes = [{"Code": "None" if one else "ConditionalCheckFailed"} for one in held]
            raise error(operation, "TransactionCanceledException", CancellationReasons=codes)
        for item, size in zip(items, sizes, strict=True):
            # What is replaced is charged for by the larger of the two sizes; a transaction writes twice.
            units = max(_units(size, WRITE_UNIT), _units(self._size(self._stored(item)), WRITE_UNIT))
            self.units["writes"] += units * (2 if whole else 1)
            account, key = place_of(item)
            self.items[account][key] = item
            self._sizes[account, key] = size

    def _updated(self, asked: Mapping[str, Any]) -> Item:
        stored = {**asked["Key"], **self._stored(asked["Key"])}
        return updated(asked["UpdateExpression"], stored, asked["ExpressionAttributeValues"])

    def _holds(self, item: Item, asked: Mapping[str, Any]) -> bool:
        condition, values = asked.get("ConditionExpression"), asked.get("ExpressionAttributeValues", {})
        return condition is None or holds(condition, self._stored(item), values)

    def _stored(self, key: Item) -> Item:
        return self.items.get(key["pk"]["S"], {}).get(key["sk"]["S"], {})

    def _size(self, item: Item) -> int:
        # To measure each item that is read, over and over, would take most of the time.
        return (self._sizes.get(place_of(item)) or size_of(item)) if item else 0


def partitions(asked: Mapping[str, Any]) -> set[str]:
    """Name the partitions that the arguments of an operation are about."""
    if "TransactItems" in asked:
        return {
            name for one in asked["TransactItems"] for write in one.values() for name in partitions(write)
        }
    if "RequestItems" in asked:
        return {key["pk"]["S"] for request in asked["RequestItems"].values() for key in request["Keys"]}
    if "KeyConditionExpression" in asked:
        return {asked["ExpressionAttributeValues"][":pk"]["S"]}
    return {(asked.get("Item") or asked["Key"])["pk"]["S"]}


def place_of(item: Item) -> tuple[str, str]:
    """Give the partition and the sort key of an item."""
    return item["pk"]["S"], item["sk"]["S"]


def size_of(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Give an item's size in bytes as DynamoDB counts it, a number at its largest.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value(*next(iter(typed.items()))) for name, typed in item.items())


def error(operation: str, code: str, message: str = "", **more: object) -> ClientError:
    """Give what boto3 raises once DynamoDB has refused an operation as often as the client asks."""
    response: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(response, operation)


def holds(condition: str, stored: Item, values: Item) -> bool:
    """Tell whether a condition holds for a stored item, an empty one standing for none.

    Raises NotImplementedError for a condition that the ledger does not write.
    """
    found = _CONDITION.fullmatch(condition)
    if not found:
        raise NotImplementedError(condition)
    none, exists, name, value = found.groups()
    if exists:
        return (exists in stored) is not bool(none)
    return name in stored and stored[name] == values[value]


def updated(expression: str, stored: Item, values: Item) -> dict[str, Any]:
    """Give the item that an update leaves behind; raises NotImplementedError as `holds` does."""
    if found := _ADD.fullmatch(expression):
        name, value = found.groups()
        known = stored.get(name, {}).get("SS", ())
        return {**stored, name: {"SS": sorted({*known, *values[value]["SS"]})}}
    parts = [_SET.fullmatch(part) for part in expression.removeprefix("SET ").split(", ")]
    if not expression.startswith("SET ") or None in parts:
        raise NotImplementedError(expression)
    return {**stored, **{part[1]: values[part[2]] for part in parts if part}}


def _value(kind: str, value: Any) -> int:  # noqa: ANN401 - one of DynamoDB's types
    if kind == "SS":
        return sum(len(one.encode()) + 1 for one in value) + 3
    if kind == "N":
        return ceil(len(value) / 2) + 1
    return len(value if kind == "B" else value.encode())


def _units(size: int, unit: int) -> int:
    return max(1, ceil(size / unit))


def _key(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}


def _only_consistent(asked: Mapping[str, Any]) -> None:
    if not asked.get("ConsistentRead"):
        raise NotImplementedError("the ledger reads consistently")

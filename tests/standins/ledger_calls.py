"""Calls as the ledger makes them, drawn by chance, for one client of DynamoDB as for another."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from botocore.exceptions import ClientError

ACCOUNTS = ("research", "production")
KEYS = ("cursor", "notes", "slot#1", "slot#2", "slot#3", "alert#1", "lease#sns")
LEASE = "SET holder = :holder, leased_until = :until"

Call = tuple[str, dict[str, Any]]
Draw = Callable[[Random, str], Call]


def calls(seed: int, table: str, number: int = 40) -> Iterator[Call]:
    """Draw so many calls; the same seed gives the same ones."""
    chance = Random(seed)  # noqa: S311 - it picks examples
    for _ in range(number):
        yield chance.choice(DRAWN)(chance, table)


def outcome(client: Any, call: Call) -> Any:
    """Give what a client answers, items in order of their keys, or the codes of its error."""
    operation, arguments = call
    try:
        answer = getattr(client, operation)(**arguments)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        return error.response["Error"]["Code"], [reason.get("Code", "None") for reason in reasons]
    if operation == "batch_get_item":
        ((name, items),) = answer["Responses"].items() or (("", []),)
        return sorted(map(_plain, items), key=str), answer["UnprocessedKeys"].get(name)
    return {name: _plain(answer[name]) for name in ("Item", "Items", "LastEvaluatedKey") if name in answer}


def is_error(found: Any) -> bool:
    """Tell whether an outcome is that of an error."""
    return isinstance(found, tuple) and isinstance(found[0], str)


def _plain(value: Any) -> Any:
    """Make sets comparable: they have no order."""
    if isinstance(value, Mapping):
        return {name: sorted(one) if name == "SS" else _plain(one) for name, one in sorted(value.items())}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _key(chance: Random) -> dict[str, Any]:
    return {"pk": {"S": chance.choice(ACCOUNTS)}, "sk": {"S": chance.choice(KEYS)}}


def _item(chance: Random) -> dict[str, Any]:
    size = chance.choice([10, 900, 1100, 4500])
    version = {"version": {"N": str(chance.randrange(3))}}
    return {**_key(chance), "body": {"S": "é" * size}, **version, "packed": {"B": b"\x00\xff" * 7}}


def _put(chance: Random) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {},
        {"ConditionExpression": "attribute_not_exists(pk)"},
        {
            "ConditionExpression": "version = :known",
            "ExpressionAttributeValues": {":known": {"N": str(chance.randrange(3))}},
        },
    ]
    return chance.choice(kinds)


def _get_item(chance: Random, table: str) -> Call:
    return "get_item", {"TableName": table, "Key": _key(chance), "ConsistentRead": True}


def _batch_get_item(chance: Random, table: str) -> Call:
    every = [{"pk": {"S": account}, "sk": {"S": key}} for account in ACCOUNTS for key in KEYS]
    keys = chance.sample(every, chance.randrange(1, 6))
    return "batch_get_item", {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}


def _query(chance: Random, table: str) -> Call:
    first, last = sorted(chance.sample([*KEYS, "alert$", "slot#", "z"], 2))
    values = {":pk": chance.choice(ACCOUNTS), ":first": first, ":last": last}
    return "query", {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()},
        "ConsistentRead": True,
    }


def _put_item(chance: Random, table: str) -> Call:
    return "put_item", {"TableName": table, "Item": _item(chance), **_put(chance)}


def _transact(chance: Random, table: str) -> Call:
    items = {(one["pk"]["S"], one["sk"]["S"]): one for one in (_item(chance) for _ in range(3))}
    puts = [{"Put": {"TableName": table, "Item": item, **_put(chance)}} for item in items.values()]
    return "transact_write_items", {"TransactItems": puts}


def _lease(chance: Random, table: str) -> Call:
    last, holder = chance.choice(["", "ours", "theirs"]), chance.choice(["ours", "theirs"])
    values = {":holder": {"S": holder}, ":until": {"N": str(chance.randrange(10))}}
    if not last:
        return _update(_leased(chance, table), LEASE, "attribute_not_exists(pk)", values)
    return _update(_leased(chance, table), LEASE, "holder = :last", values | {":last": {"S": last}})


def _release(chance: Random, table: str) -> Call:
    values = {":holder": {"S": chance.choice(["ours", "theirs"])}, ":until": {"N": "0"}}
    return _update(_leased(chance, table), "SET leased_until = :until", "holder = :holder", values)


def _mark(chance: Random, table: str) -> Call:
    values = {":channel": {"SS": [chance.choice(["sns", "slack"])]}}
    alert = _named(chance, table, "alert#1")
    return _update(alert, "ADD accepted :channel", "attribute_exists(pk)", values)


def _leased(chance: Random, table: str) -> dict[str, Any]:
    return _named(chance, table, "lease#sns")


def _named(chance: Random, table: str, key: str) -> dict[str, Any]:
    return {"TableName": table, "Key": {"pk": {"S": chance.choice(ACCOUNTS)}, "sk": {"S": key}}}


def _update(item: dict[str, Any], expression: str, condition: str, values: dict[str, Any]) -> Call:
    return "update_item", {
        **item,
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }


DRAWN: tuple[Draw, ...] = (
    _get_item,
    _batch_get_item,
    _query,
    _put_item,
    _transact,
    _transact,
    _lease,
    _release,
    _mark,
)

"""Values <-> items of the table: keys, numbers that others read, and a JSON body."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from budget_alert.errors import LedgerError
from budget_alert.instants import EPOCH
from budget_alert.usage.entries import Query
from budget_alert.usage.slots import Day
from budget_alert.usage.totals import Amount, Dimensions, Totals

SCHEMA = 4
"""1 named no single queries; 2 held hours of days, not quarter hours; up to 3 alerts were one struct.

It rises with whatever the release before would read wrongly, or not at all: so that one stops and says why.
"""
HOURLY = 2
KEPT = timedelta(days=400)
LONGEST_PLAIN_BYTES = 250_000
"""A longer body is compressed: DynamoDB takes 400 KB an item, and escapes can make one of any names long."""
Item = dict[str, Any]
T = TypeVar("T")


class _HourlyDay(msgspec.Struct, frozen=True):
    total: Totals
    hours: tuple[int, ...]


class _StoredTotals(msgspec.Struct, frozen=True, omit_defaults=True):
    parts: tuple[tuple[Dimensions, Amount], ...]
    largest: tuple[Query, ...] = ()


def slot_key(start: datetime) -> str:
    """Name the item of a quarter hour."""
    return f"slot#{start.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def day_key(start: datetime) -> str:
    """Name the item of a UTC day."""
    return f"day#{start.astimezone(UTC):%Y-%m-%d}"


def alert_key(written_at: datetime, alert_id: str) -> str:
    """Name the item of an alert, so that alerts sort by when they were written."""
    return f"{alerts_from(written_at)}#{alert_id}"


def alerts_from(written_at: datetime) -> str:
    """Give the least key of the alerts written at or after an instant."""
    return f"alert#{written_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def item(account: str, key: str, body: object, since: datetime | None = None, **numbers: int) -> Item:
    """Make an item with a JSON body; `since` is when its 400 days begin, None for items kept for ever."""
    made: Item = {
        "pk": {"S": account},
        "sk": {"S": key},
        "schema": {"N": str(SCHEMA)},
        **_packed(msgspec.json.encode(body, enc_hook=_plain)),
    }
    if since is not None:
        made["expires_at"] = {"N": str((since + KEPT - EPOCH) // timedelta(seconds=1))}
    return made | {name: {"N": str(number)} for name, number in numbers.items()}


def body_of(stored: Item, kind: type[T]) -> T:
    """Read an item's body; raises LedgerError for one of a newer version, or one that cannot be read."""
    with _reading(stored) as key:
        if int(stored.get("schema", {"N": "0"})["N"]) > SCHEMA:
            raise LedgerError(
                f"The table's item {key} was written by a newer version: deploy that version again"
            )
        text = zlib.decompress(stored["packed"]["B"]) if "packed" in stored else stored["body"]["S"]
        return msgspec.json.decode(text, type=kind, dec_hook=_rich)


def slot_item(account: str, start: datetime, totals: Totals) -> Item:
    """Make the item of a quarter hour."""
    return item(account, slot_key(start), totals, start, points=totals.points, queries=totals.queries)


def day_item(account: str, start: datetime, day: Day) -> Item:
    """Make the item of a UTC day."""
    return item(account, day_key(start), day, start, points=day.total.points, queries=day.total.queries)


def day_in(stored: Item) -> Day:
    """Read a day from its item; one that holds hours only has each spread over its quarters, whole points."""
    with _reading(stored):
        if int(stored.get("schema", {"N": "0"})["N"]) > HOURLY:
            return body_of(stored, Day)
    old = body_of(stored, _HourlyDay)
    return Day(old.total, tuple((points + place) // 4 for points in old.hours for place in range(4)))


def slot_start(stored: Item) -> datetime:
    """Read the start of a quarter hour from its item's key; raises LedgerError where there is none."""
    with _reading(stored) as key:
        # Thirty times as quick as strptime, and a tick over many accounts reads thousands.
        start = datetime.fromisoformat(key.removeprefix("slot#"))
        if start.tzinfo is not UTC:
            raise ValueError
        return start


def day_start(stored: Item) -> datetime:
    """Read the start of a UTC day from its item's key; raises LedgerError where there is none."""
    with _reading(stored) as key:
        return datetime.strptime(key, "day#%Y-%m-%d").replace(tzinfo=UTC)


def size_of(made: Item) -> int:
    """Estimate an item's size in bytes, a little on the large side."""
    return len(made["packed"]["B"] if "packed" in made else made["body"]["S"].encode()) + 256


def _packed(body: bytes) -> Item:
    if len(body) > LONGEST_PLAIN_BYTES:
        return {"packed": {"B": zlib.compress(body)}}
    return {"body": {"S": body.decode()}}


@contextmanager
def _reading(stored: Item) -> Iterator[str]:
    key = stored["sk"]["S"]
    try:
        yield key
    except (KeyError, msgspec.DecodeError, ValueError, ArithmeticError, zlib.error) as error:
        raise LedgerError(
            f"The table's item {key} cannot be read: it was changed by something else. Restore the "
            "table to a point before that, or delete the item to have it made anew"
        ) from error


def _plain(value: object) -> object:
    if isinstance(value, Totals):
        return _StoredTotals(tuple(value.items()), value.largest)
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError


def _rich(kind: type, value: Any) -> object:  # noqa: ANN401 - msgspec hands over whatever the JSON held
    if kind is Totals:
        kept = msgspec.convert({"parts": value} if isinstance(value, list) else value, _StoredTotals)
        return Totals(dict(kept.parts), kept.largest)
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError

"""One page of Poe's usage history: bytes -> typed entries, row by row."""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from budget_alert.errors import UnreadableAnswerError

LARGEST_COST = 10**15
LONGEST_NAME_BYTES = 120


class Entry(msgspec.Struct, frozen=True):
    """One row of the history; `api_key` is "" where the row names none.

    `created` is in microseconds since 1970, `points` may be negative (a refund), `usd_micros` is
    the row's own price in millionths of a dollar, None where it brings none.
    """

    created: int
    query_id: str
    bot: str
    usage_type: str
    api_key: str
    points: int
    usd_micros: int | None


class Page(msgspec.Struct, frozen=True):
    """The readable entries of one answer, newest first, and how to go on.

    `last_id` is the query id of the last row that has one; `has_more` is None where Poe did not say.
    """

    entries: tuple[Entry, ...]
    unreadable: int
    last_id: str | None
    has_more: bool | None

    @property
    def is_last(self) -> bool:
        """Whether the list ends here: Poe says so, or says nothing and sent no row."""
        rows = len(self.entries) + self.unreadable
        return self.has_more is False or (self.has_more is None and rows == 0)


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    has_more: bool | None = None


class _Identified(msgspec.Struct):
    query_id: str


class _Row(_Identified):
    creation_time: int | float | str
    bot_name: str
    usage_type: str
    cost_points: int | float | str
    cost_usd: Any = None
    api_key_name: Any = None


_ANSWER = msgspec.json.Decoder(_Answer)
_ROW = msgspec.json.Decoder(_Row)
_IDENTIFIED = msgspec.json.Decoder(_Identified)


def parse_page(body: bytes) -> Page:
    """Read one answer of `/usage/points_history`.

    A row that cannot be read is left out and counted. Raises UnreadableAnswerError where the answer
    as a whole is not what Poe documents.
    """
    if body.lstrip()[:1] == b"<":
        raise UnreadableAnswerError(_not_documented("it is a web page, as a proxy sends one"))
    try:
        answer = _ANSWER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableAnswerError(_not_documented(f"it is no such JSON ({error})")) from error
    if answer.data is None and answer.has_more is not False:
        raise UnreadableAnswerError(_not_documented("it has no rows and does not say that it is the last"))
    rows = answer.data or []
    if answer.has_more and not rows:
        raise UnreadableAnswerError(_not_documented("it is empty, yet says that there is more"))
    entries = tuple(entry for row in rows if (entry := _entry(row)) is not None)
    return Page(entries, len(rows) - len(entries), _last_id(rows), answer.has_more)


def _not_documented(what: str) -> str:
    return (
        f"Poe's usage history answered with something else than its documentation says: {what}. The next "
        "tick tries again; if this lasts, look for a newer version of this function, Poe may have changed"
    )


def _entry(row: msgspec.Raw) -> Entry | None:
    try:
        fields = _ROW.decode(row)
        return Entry(
            created=_integral(fields.creation_time),
            query_id=_present(fields.query_id),
            bot=_cut(fields.bot_name),
            usage_type=_cut(fields.usage_type),
            api_key=_cut(fields.api_key_name) if isinstance(fields.api_key_name, str) else "",
            points=_cost(fields.cost_points),
            usd_micros=_usd_micros(fields.cost_usd),
        )
    except (msgspec.DecodeError, ValueError, OverflowError, InvalidOperation):
        return None


def _integral(value: float | str) -> int:
    """Read 12, 12.0, "12" and "12.0" alike; raises ValueError or InvalidOperation for anything else."""
    number = Decimal(value)
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError
    return int(number)


def _cost(value: float | str) -> int:
    points = _integral(value)
    if abs(points) > LARGEST_COST:
        raise ValueError
    return points


def _present(query_id: str) -> str:
    if not query_id:
        raise ValueError
    return query_id


def _usd_micros(value: object) -> int | None:
    """Read a price such as "0.12" or 0.12; what is no price counts as none (the field is undocumented)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        micros = Decimal(str(value).removeprefix("$")) * 1_000_000
        return int(micros.to_integral_value()) if abs(micros) <= LARGEST_COST else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _cut(name: str) -> str:
    """Bound a name in bytes, for it is stored with every slot; what is cut ends in an ellipsis."""
    if len(name) <= LONGEST_NAME_BYTES // 4 or len(raw := name.encode()) <= LONGEST_NAME_BYTES:
        return name
    return raw[: LONGEST_NAME_BYTES - 3].decode(errors="ignore") + "…"


def _last_id(rows: Iterable[msgspec.Raw]) -> str | None:
    return next(_ids(reversed(list(rows))), None)


def _ids(rows: Iterable[msgspec.Raw]) -> Iterator[str]:
    for row in rows:
        try:
            yield _present(_IDENTIFIED.decode(row).query_id)
        except (msgspec.DecodeError, ValueError):
            continue

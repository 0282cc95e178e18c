"""Poe's answers: bytes -> a page of typed entries, row by row, and bytes -> what is left on the account."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from budget_alert.errors import UnreadableAnswerError
from budget_alert.instants import from_micros
from budget_alert.poe import fields
from budget_alert.poe.fields import UNREADABLE, decoded
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.left import PoeBalance

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""No later grant is believed: a time zone, or one month more, could take it past the last year there is."""


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    has_more: bool | None = None


_Name = Annotated[str, msgspec.Meta(max_length=fields.LONGEST_NAME_BYTES)]


class PlainRow(msgspec.Struct, gc=False):
    """A row within all bounds, if each of its characters is one byte."""

    creation_time: Annotated[int, msgspec.Meta(ge=0, le=fields.LATEST_MICROS)]
    query_id: Annotated[str, msgspec.Meta(min_length=1, max_length=fields.LONGEST_ID_BYTES)]
    bot_name: _Name
    # The three that are documented: they come as shared texts, and none is made anew for each row.
    usage_type: Literal["API", "Chat", "Canvas App"]
    cost_points: Annotated[int, msgspec.Meta(ge=-fields.LARGEST_COST, le=fields.LARGEST_COST)]
    cost_usd: str | int | float | None = None
    api_key_name: _Name | None = None
    chat_name: _Name | None = None
    canvas_tab_name: _Name | None = None


class PlainAnswer(msgspec.Struct):
    """A page of nothing but such rows."""

    data: list[PlainRow]
    has_more: bool | None = None


class _Identified(msgspec.Struct):
    query_id: str


class _Created(msgspec.Struct):
    creation_time: int | float | str


class _Row(_Identified):
    creation_time: int | float | str
    bot_name: str
    usage_type: str
    cost_points: int | float | str
    cost_usd: Any = None
    api_key_name: Any = None
    chat_name: Any = None
    canvas_tab_name: Any = None


_CANVAS = "Canvas App"
PRICES_REMEMBERED = 4096
"""Many rows cost the same."""
_price = lru_cache(maxsize=PRICES_REMEMBERED)(fields.usd_micros)
_PLAIN_ANSWER = msgspec.json.Decoder(PlainAnswer)
_ANSWER = msgspec.json.Decoder(_Answer)
_ROW = msgspec.json.Decoder(_Row)
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CREATED = msgspec.json.Decoder(_Created)
_IDENTIFIED = msgspec.json.Decoder(_Identified)


def parse_page(body: bytes) -> Page:
    """Read one answer of `/usage/points_history`.

    A row that cannot be read is left out and counted. Raises UnreadableAnswerError where the answer
    as a whole is not what Poe documents.
    """
    return _plain(body) or _row_by_row(body)


def _plain(body: bytes) -> Page | None:
    """Read a page all at once, where each row holds what Poe documents; None where one may not.

    It gives what reading it row by row gives, in a small part of the time.
    """
    try:
        answer = _PLAIN_ANSWER.decode(body)
    except UNREADABLE:
        return None
    if not answer.data:
        return None
    # In one expression: a call for each row would take as long as making its entry.
    entries = tuple(
        [
            Entry(
                row.creation_time,
                row.query_id,
                row.bot_name,
                row.usage_type,
                row.api_key_name or "",
                row.cost_points,
                None if row.cost_usd is None else _price(row.cost_usd),
                (row.canvas_tab_name if row.usage_type == _CANVAS else None) or row.chat_name or "",
            )
            for row in answer.data
        ]
    )
    # The decoder counts characters; a backslash, too, may stand for one of several bytes.
    several = not body.isascii() or b"\\" in body
    if several and not all(map(_is_within_bounds, entries)):
        return None
    return Page(entries, (), answer.data[-1].query_id, answer.has_more)


def _is_within_bounds(entry: Entry) -> bool:
    names = entry.bot, entry.api_key, entry.used_for
    longest = max([len(name.encode()) for name in names])
    return longest <= fields.LONGEST_NAME_BYTES and len(entry.query_id.encode()) <= fields.LONGEST_ID_BYTES


def _row_by_row(body: bytes) -> Page:
    answer = decoded(body, _ANSWER, _not_documented)
    if answer.data is None and answer.has_more is not False:
        raise _not_documented("it has no rows and does not say that it is the last")
    rows = answer.data or []
    if answer.has_more and not rows:
        raise _not_documented("it is empty, yet says that there is more")
    entries: list[Entry] = []
    left_out: list[tuple[int, int | None]] = []
    for row in rows:
        if (entry := _entry(row)) is not None:
            entries.append(entry)
        else:
            left_out.append((len(entries), _creation(row)))
    return Page(tuple(entries), tuple(left_out), _last_id(rows), answer.has_more)


def _not_documented(what: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"Poe's usage history answered with something else than its documentation says: {what}. The next "
        "tick tries again; if this lasts, look for a newer version of this function, Poe may have changed"
    )


def _entry(row: msgspec.Raw) -> Entry | None:
    try:
        given = _given(row)
        return Entry(
            created=fields.creation_time(given.creation_time),
            query_id=fields.query_id(given.query_id),
            bot=fields.name(given.bot_name),
            usage_type=fields.name(given.usage_type),
            api_key=fields.name(given.api_key_name),
            points=fields.points(given.cost_points),
            usd_micros=fields.usd_micros(given.cost_usd),
            used_for=_used_for(given),
        )
    except UNREADABLE:
        return None


def _creation(row: msgspec.Raw) -> int | None:
    """Read when a row was created of which something else cannot be read; None where that cannot, either."""
    try:
        return fields.creation_time(_CREATED.decode(row).creation_time)
    except UNREADABLE:
        return None


def _given(row: msgspec.Raw) -> _Row:
    try:
        return _ROW.decode(row)
    except UNREADABLE:
        # Seldom: a field that nobody documents must not spoil its row, and reading each alone takes longer.
        parts = _PARTS.decode(row).items()
        return _ROW.decode(msgspec.json.encode({name: part for name, part in parts if _is_readable(part)}))


def _is_readable(part: msgspec.Raw) -> bool:
    try:
        msgspec.json.decode(part)
    except UNREADABLE:
        return False
    return True


def _used_for(row: _Row) -> str:
    tab = fields.name(row.canvas_tab_name) if row.usage_type == _CANVAS else ""
    return tab or fields.name(row.chat_name)


def _last_id(rows: Iterable[msgspec.Raw]) -> str | None:
    return next(_ids(reversed(list(rows))), None)


def _ids(rows: Iterable[msgspec.Raw]) -> Iterator[str]:
    for row in rows:
        try:
            yield fields.query_id(_IDENTIFIED.decode(row).query_id)
        except UNREADABLE:
            continue


_Balance: TypeAlias = Mapping[str, msgspec.Raw]
_BALANCE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NUMBER = msgspec.json.Decoder(int | float | str)
_SWITCH = msgspec.json.Decoder(bool | dict[str, msgspec.Raw])
_ABSENT = (b"", b"null")


def parse_balance(body: bytes) -> PoeBalance:
    """Read one answer of `/usage/current_balance`; raises UnreadableAnswerError where it names no balance.

    Poe documents `current_point_balance` alone (https://creator.poe.com/api-reference/getCurrentBalance);
    the other names are those of its own command-line tool. Of those, the names of the two amounts are
    unsure, so that a few more spellings are taken. Another field that cannot be read is left out, and a
    grant of 0 points is none.
    """
    answer = decoded(body, _BALANCE, _unreadable)
    next_daily_grant, daily_grant = _grant(answer, "daily")
    next_monthly_grant, monthly_grant = _grant(answer, "monthly")
    return PoeBalance(
        points=_points(answer),
        cycle_start=_instant(answer, "points_cycle_start_time"),
        next_daily_grant=next_daily_grant,
        next_monthly_grant=next_monthly_grant,
        daily_grant=daily_grant,
        monthly_grant=monthly_grant,
        auto_recharge=_is_on(answer, "auto_recharge"),
    )


def _points(answer: _Balance) -> int:
    whole = _number(answer, "current_point_balance", fields.points)
    if whole is not None:
        return whole
    given = [name for name in ("plan_points_balance", "addon_point_balance") if _is_given(answer, name)]
    parts = [_number(answer, name, fields.points) for name in given]
    # A part that cannot be read must not count as 0: the account would seem to run dry.
    readable = [part for part in parts if part is not None]
    if not readable or len(readable) < len(parts):
        raise _unreadable("it names no balance that can be read")
    return sum(readable)


def _grant(answer: _Balance, every: str) -> tuple[datetime | None, int | None]:
    names = (f"next_{every}_grant_amount", f"{every}_grant_amount", f"{every}_grant_points")
    amounts = (_number(answer, name, fields.points) for name in names)
    amount = next((amount for amount in amounts if amount is not None and amount >= 0), None)
    return (None, None) if amount == 0 else (_instant(answer, f"next_{every}_grant_time"), amount)


def _instant(answer: _Balance, name: str) -> datetime | None:
    micros = _number(answer, name, fields.creation_time)
    instant = from_micros(micros) if micros else None
    return instant if instant and instant < LATEST else None


def _number(answer: _Balance, name: str, read: Callable[[float | str], int]) -> int | None:
    try:
        return read(_NUMBER.decode(answer.get(name, b"")))
    except UNREADABLE:
        return None


def _is_on(answer: _Balance, name: str) -> bool:
    """Tell whether a setting is there and is not switched off: Poe names what was never switched on, too."""
    try:
        setting = _SWITCH.decode(answer.get(name, b""))
        return setting if isinstance(setting, bool) else bytes(setting.get("enabled", b"true")) == b"true"
    except UNREADABLE:
        return False


def _is_given(answer: _Balance, name: str) -> bool:
    return bytes(answer.get(name, b"")) not in _ABSENT


def _unreadable(what: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"Poe's answer to the question for the balance cannot be read: {what}. The next tick tries again; if "
        "this lasts, look for a newer version of this function, Poe may have changed, or remove the rules on "
        "the balance and the billing budgets"
    )

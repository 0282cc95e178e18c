"""Poe's answers: bytes -> a page of typed entries, row by row, and bytes -> what is left on the account."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec

from budget_alert.errors import UnreadableAnswerError
from budget_alert.instants import from_micros
from budget_alert.poe import fields
from budget_alert.poe.fields import UNREADABLE, T, decoded
from budget_alert.usage.entries import Entry, Page, PoeBalance

R = TypeVar("R")
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


_Given: TypeAlias = Mapping[str, msgspec.Raw]
"""A row or a balance. Each field is decoded by itself: one that nobody documents must not spoil another."""
_CANVAS = "Canvas App"
PRICES_REMEMBERED = 4096
"""Many rows cost the same."""
_price = lru_cache(maxsize=PRICES_REMEMBERED)(fields.usd_micros)
_PLAIN_ANSWER = msgspec.json.Decoder(PlainAnswer)
_ANSWER = msgspec.json.Decoder(_Answer)
_GIVEN = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NUMBER = msgspec.json.Decoder(int | float | str)
_TEXT = msgspec.json.Decoder(str)
_SWITCH = msgspec.json.Decoder(bool | dict[str, msgspec.Raw])


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
    last_id: str | None = None
    for raw in rows:
        row = _row(raw)
        if (entry := _entry(row)) is not None:
            entries.append(entry)
        else:
            left_out.append((len(entries), _field(row, "creation_time", _NUMBER, fields.creation_time)))
        last_id = _field(row, "query_id", _TEXT, fields.query_id) or last_id
    return Page(tuple(entries), tuple(left_out), last_id, answer.has_more)


def _not_documented(what: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"Poe's usage history answered with something else than its documentation says: {what}. The next "
        "tick tries again; if this lasts, look for a newer version of this function, Poe may have changed"
    )


def _row(raw: msgspec.Raw) -> _Given:
    try:
        return _GIVEN.decode(raw)
    except UNREADABLE:
        return {}


def _entry(row: _Given) -> Entry | None:
    try:
        usage_type = _needed(row, "usage_type", _TEXT, fields.name)
        tab = _field(row, "canvas_tab_name", _TEXT, fields.name) if usage_type == _CANVAS else None
        return Entry(
            created=_needed(row, "creation_time", _NUMBER, fields.creation_time),
            query_id=_needed(row, "query_id", _TEXT, fields.query_id),
            bot=_needed(row, "bot_name", _TEXT, fields.name),
            usage_type=usage_type,
            api_key=_field(row, "api_key_name", _TEXT, fields.name) or "",
            points=_needed(row, "cost_points", _NUMBER, fields.points),
            usd_micros=_field(row, "cost_usd", _NUMBER, fields.usd_micros),
            used_for=tab or _field(row, "chat_name", _TEXT, fields.name) or "",
        )
    except UNREADABLE:
        return None


def _needed(given: _Given, name: str, decoder: msgspec.json.Decoder[T], read: Callable[[T], R]) -> R:
    """Read a field; raises one of UNREADABLE where it is not there or cannot be read."""
    return read(decoder.decode(given.get(name, b"")))


def _field(given: _Given, name: str, decoder: msgspec.json.Decoder[T], read: Callable[[T], R]) -> R | None:
    """Read a field; None where it is not there or cannot be read."""
    try:
        return _needed(given, name, decoder, read)
    except UNREADABLE:
        return None


def parse_balance(body: bytes) -> PoeBalance:
    """Read one answer of `/usage/current_balance`; raises UnreadableAnswerError where it names no balance.

    Poe documents `current_point_balance` alone (https://creator.poe.com/api-reference/getCurrentBalance);
    the other names are those of its own command-line tool. Of those, the names of the two amounts are
    unsure, so that a few more spellings are taken. Another field that cannot be read is left out, and a
    grant of 0 points is none.
    """
    answer = decoded(body, _GIVEN, _unreadable)
    next_daily_grant, daily_grant = _grant(answer, "daily")
    next_monthly_grant, monthly_grant = _grant(answer, "monthly")
    return PoeBalance(
        points=_points(answer),
        cycle_start=_instant(answer, "points_cycle_start_time"),
        next_daily_grant=next_daily_grant,
        next_monthly_grant=next_monthly_grant,
        daily_grant=daily_grant,
        monthly_grant=monthly_grant,
        auto_recharge=_field(answer, "auto_recharge", _SWITCH, _is_on) or False,
    )


def _points(answer: _Given) -> int:
    whole = _field(answer, "current_point_balance", _NUMBER, fields.points)
    if whole is not None:
        return whole
    names = ("plan_points_balance", "addon_point_balance")
    given = [name for name in names if bytes(answer.get(name, b"null")) != b"null"]
    parts = [_field(answer, name, _NUMBER, fields.points) for name in given]
    # A part that cannot be read must not count as 0: the account would seem to run dry.
    readable = [part for part in parts if part is not None]
    if not readable or len(readable) < len(parts):
        raise _unreadable("it names no balance that can be read")
    return sum(readable)


def _grant(answer: _Given, every: str) -> tuple[datetime | None, int | None]:
    names = (f"next_{every}_grant_amount", f"{every}_grant_amount", f"{every}_grant_points")
    amounts = (_field(answer, name, _NUMBER, fields.points) for name in names)
    amount = next((amount for amount in amounts if amount is not None and amount >= 0), None)
    return (None, None) if amount == 0 else (_instant(answer, f"next_{every}_grant_time"), amount)


def _instant(answer: _Given, name: str) -> datetime | None:
    micros = _field(answer, name, _NUMBER, fields.creation_time)
    instant = from_micros(micros) if micros else None
    return instant if instant and instant < LATEST else None


def _is_on(setting: object) -> bool:
    """Tell whether a setting is not switched off: Poe names what was never switched on, too."""
    return bytes(setting.get("enabled", b"true")) == b"true" if isinstance(setting, dict) else setting is True


def _unreadable(what: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"Poe's answer to the question for the balance cannot be read: {what}. The next tick tries again; if "
        "this lasts, look for a newer version of this function, Poe may have changed, or remove the rules on "
        "the balance and the billing budgets"
    )

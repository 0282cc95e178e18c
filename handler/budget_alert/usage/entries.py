"""One page of Poe's usage history: bytes -> typed entries, row by row."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

from budget_alert.errors import UnreadableAnswerError
from budget_alert.usage import fields
from budget_alert.usage.answers import UNREADABLE, decoded


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One row of the history; `api_key` is "" where the row names none.

    `created` is in microseconds since 1970, `points` may be negative (a refund), `usd_micros` is
    the row's own price in millionths of a dollar, None where it brings none. `used_for` names the chat
    or canvas tab, bounded like all names, "" where the row names none.
    """

    created: int
    query_id: str
    bot: str
    usage_type: str
    api_key: str
    points: int
    usd_micros: int | None
    used_for: str = ""


class Page(msgspec.Struct, frozen=True):
    """The readable entries of one answer, newest first, and how to go on.

    `left_out` has for each row that could not be read how many entries stand before it, and its creation
    where that can be read. `last_id` is the query id of the last row that has one; `has_more` is None where
    Poe did not say.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[tuple[int, int | None], ...]
    last_id: str | None
    has_more: bool | None

    @property
    def unreadable(self) -> int:
        """How many rows could not be read."""
        return len(self.left_out)

    @property
    def is_last(self) -> bool:
        """Whether the list ends here: Poe says so, or says nothing and sent no row."""
        rows = len(self.entries) + self.unreadable
        return self.has_more is False or (self.has_more is None and rows == 0)


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    has_more: bool | None = None


_Name = Annotated[str, msgspec.Meta(max_length=fields.LONGEST_NAME_BYTES)]


class _PlainRow(msgspec.Struct, gc=False):
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


class _PlainAnswer(msgspec.Struct):
    data: list[_PlainRow]
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
_PLAIN_ANSWER = msgspec.json.Decoder(_PlainAnswer)
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

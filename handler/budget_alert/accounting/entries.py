"""One page of Poe's usage history: bytes -> typed entries, row by row."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from budget_alert.accounting import fields
from budget_alert.errors import UnreadableAnswerError


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


_UNREADABLE = (msgspec.DecodeError, RecursionError, *fields.NOT_A_VALUE)
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
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
    answer = _answer(body)
    if answer.data is None and answer.has_more is not False:
        raise UnreadableAnswerError(_not_documented("it has no rows and does not say that it is the last"))
    rows = answer.data or []
    if answer.has_more and not rows:
        raise UnreadableAnswerError(_not_documented("it is empty, yet says that there is more"))
    entries = tuple(entry for row in rows if (entry := _entry(row)) is not None)
    return Page(entries, len(rows) - len(entries), _last_id(rows), answer.has_more)


def _answer(body: bytes) -> _Answer:
    try:
        return _ANSWER.decode(body)
    except _UNREADABLE as error:
        if (whole := _without_lone_surrogates(body)) != body:
            return _answer(whole)
        raise UnreadableAnswerError(_not_documented(f"it is no such JSON ({error})")) from error


def _not_documented(what: str) -> str:
    return (
        f"Poe's usage history answered with something else than its documentation says: {what}. The next "
        "tick tries again; if this lasts, look for a newer version of this function, Poe may have changed"
    )


def _entry(row: msgspec.Raw) -> Entry | None:
    try:
        given = _ROW.decode(row)
        return Entry(
            created=fields.creation_time(given.creation_time),
            query_id=fields.query_id(given.query_id),
            bot=fields.name(given.bot_name),
            usage_type=fields.name(given.usage_type),
            api_key=fields.name(given.api_key_name),
            points=fields.points(given.cost_points),
            usd_micros=fields.usd_micros(given.cost_usd),
        )
    except _UNREADABLE:
        return None


def _last_id(rows: Iterable[msgspec.Raw]) -> str | None:
    return next(_ids(reversed(list(rows))), None)


def _ids(rows: Iterable[msgspec.Raw]) -> Iterator[str]:
    for row in rows:
        try:
            yield fields.query_id(_IDENTIFIED.decode(row).query_id)
        except _UNREADABLE:
            continue


def _without_lone_surrogates(body: bytes) -> bytes:
    """Put the replacement character where a JSON escape stands for half a character.

    Whoever cuts a name in mid-character makes such an escape, and it must not spoil the rows around it.
    """
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape["lone"] else escape[0], body)

"""A long scan beside a bare loop over the same answers, and beside msgspec's own decoding of their bytes."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import urllib3

from budget_alert.deadline import Deadline
from budget_alert.http import Http
from budget_alert.poe import fields
from budget_alert.poe.client import Poe
from budget_alert.poe.wire import parse_page
from budget_alert.secret import Credentials, Secret
from budget_alert.usage.entries import Page
from budget_alert.usage.scan import History, Scan
from budget_alert.usage.state import State
from lab.bench.figures import Figure, figure, in_turns
from lab.bench.server import Asked, answered, serving
from lab.bench.usage import ROWS_A_PAGE, Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

PART = "walk"
PAGES, ROUNDS = 200, 5
"""Together 1,000 pages of each, in turns."""
ANSWERS_AFTER_SECONDS = 0.020
DECODINGS = 15
BOUND, BOUND_CPU = 1.05, 6.0
"""Of the second, 1.5 was wished for: to check and add up rows in Python takes several times what decoding
does, whatever is done. Of a scan that waits for its pages it is a hundredth."""
PER_SLOT = 35
"""So dense, a month has 100,000 entries."""
_SETTLE = timedelta(hours=1)
_PATH = "/usage/points_history?limit=100"


class Keys:
    """Where a scan gets its key from."""

    def read(self, *, fresh: bool = False) -> Credentials:
        """Give one that is accepted."""
        del fresh
        return Credentials(Secret("a-key-of-nobody"))


_Name = Annotated[str, msgspec.Meta(max_length=fields.LONGEST_NAME_BYTES)]


class Row(msgspec.Struct, gc=False):
    """A row of Poe's documentation, and what else of a row is read, in the types and bounds of our own."""

    creation_time: Annotated[int, msgspec.Meta(ge=0, le=fields.LATEST_MICROS)]
    bot_name: _Name
    query_id: Annotated[str, msgspec.Meta(min_length=1, max_length=fields.LONGEST_ID_BYTES)]
    usage_type: Literal["API", "Chat", "Canvas App"]
    cost_points: Annotated[int, msgspec.Meta(ge=-fields.LARGEST_COST, le=fields.LARGEST_COST)]
    cost_usd: str | int | float | None = None
    api_key_name: _Name | None = None
    chat_name: _Name | None = None
    canvas_tab_name: _Name | None = None


class Answer(msgspec.Struct):
    """A page, read by msgspec alone."""

    data: list[Row]
    has_more: bool


class Bodies:
    """A history that is at hand, page by page."""

    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies = iter(bodies)

    def page(self, after: str | None) -> Page:
        """Give the next page, whatever it is asked to come after."""
        del after
        return parse_page(next(self._bodies))


def measured(pages: int = PAGES, rounds: int = ROUNDS, decodings: int = DECODINGS) -> Iterator[Figure]:
    """Measure a scan's wall time over HTTP, and its CPU time over what it has at hand."""
    account = Account(newest=datetime.now(UTC), per_slot=PER_SLOT, rows=pages * ROWS_A_PAGE)
    bodies = _bodies(account)
    with _slow_poe(bodies) as address, Http() as http, urllib3.PoolManager() as plain:
        ours, bare = in_turns(
            rounds,
            lambda: _timed(perf_counter, lambda: _scan(account, _poe(http, address))),
            lambda: _timed(perf_counter, lambda: _fetched(plain, address, bodies)),
        )
    name = f"a walk of {pages * rounds:,} pages, wall time, against a bare urllib3 loop"
    yield figure(PART, name, "ms a page", _each(1e3 / pages, ours, bare), BOUND)
    decoder, rows = msgspec.json.Decoder(Answer), pages * ROWS_A_PAGE
    counted, decoded = in_turns(
        decodings,
        lambda: _timed(process_time, lambda: _scan(account, Bodies(list(bodies.values())))),
        lambda: _timed(process_time, lambda: _decoded(decoder, bodies)),
    )
    name = "decoding and counting, CPU time, against msgspec's typed decoding alone"
    yield figure(PART, name, "µs an entry", _each(1e6 / rows, counted, decoded), BOUND_CPU)


def _bodies(account: Account) -> dict[str, bytes]:
    """Give all pages by what they are asked for with."""
    rows = account.rows or 0
    last = [f"{first - 1:016x}" for first in range(ROWS_A_PAGE, rows, ROWS_A_PAGE)]
    pages = {_PATH: account.page(None)}
    return pages | {f"{_PATH}&starting_after={after}": account.page(after) for after in last}


def _poe(http: Http, address: str) -> Poe:
    return Poe(http, address, Keys(), Deadline(lambda: 600.0), time.sleep)


def _scan(account: Account, history: History) -> None:
    scan = Scan(State(started_at=account.newest), account.newest, _SETTLE)
    scan.read(history, lambda: True)
    if scan.error or scan.entries != account.rows:
        raise RuntimeError(f"the scan read {scan.entries} of {account.rows} entries: {scan.error}")


def _decoded(decoder: msgspec.json.Decoder[Answer], bodies: dict[str, bytes]) -> None:
    """Decode each page and let go of it, as a scan does: to keep all would cost the other side memory."""
    for body in bodies.values():
        decoder.decode(body)


def _fetched(http: urllib3.PoolManager, address: str, bodies: dict[str, bytes]) -> None:
    headers = {"Authorization": "Bearer a-key-of-nobody", "Accept-Encoding": "gzip"}
    for path in bodies:
        if not http.request("GET", address + path, headers=headers).data:
            raise RuntimeError(f"nothing came for {path}")


def _timed(clock: Callable[[], float], work: Callable[[], object]) -> float:
    begun = clock()
    work()
    return clock() - begun


def _each(factor: float, *series: list[float]) -> list[list[float]]:
    return [[value * factor for value in one] for one in series]


@contextmanager
def _slow_poe(bodies: dict[str, bytes]) -> Iterator[str]:
    """Serve pages that take their time, in a process of their own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, bodies))
    process.start()
    try:
        yield f"http://{ours.recv()}"
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Connection, bodies: dict[str, bytes]) -> None:
    answers = {path: answered(body) for path, body in bodies.items()}

    def answer(asked: Asked) -> bytes:
        time.sleep(ANSWERS_AFTER_SECONDS)
        return answers[asked.path]

    with serving(answer) as address:
        pipe.send(address)
        pipe.recv()

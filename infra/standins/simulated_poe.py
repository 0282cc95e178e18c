"""A stand-in for Poe's usage API on loopback, with a clock, an account and faults to order."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from standins.loopback import Asked, Reply, Script, json_reply, serving
from standins.poe_faults import Fault
from standins.poe_store import EPOCH, PoeAccount, Row, UnknownPosition, microseconds

_HISTORY = "/usage/points_history"
_BALANCE = "/usage/current_balance"
_LIMITS = {str(limit) for limit in range(1, 101)}
_KEPT = timedelta(days=30) // timedelta(microseconds=1)


class PoeRequest(msgspec.Struct, frozen=True):
    """A request that the simulated Poe was asked, at the instant its clock showed."""

    path: str
    limit: str | None
    after: str | None
    authorized: bool
    time: datetime


def real_clock() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


class SimulatedPoe:
    """Poe's usage API over the rows given, as it looks at the instant that `clock` shows.

    A request needs one of `keys` as its bearer token. `account` is what `/usage/current_balance` answers
    from. `requests` holds what was asked, oldest first, and `faults` is the script of what goes wrong;
    `balance_requests` and `balance_faults` are these for the balance alone, so that pages keep their count.
    All of these can be changed while it is being served.
    """

    def __init__(
        self,
        rows: Iterable[Row] = (),
        *,
        clock: Callable[[], datetime] = real_clock,
        keys: Iterable[str] = ("test-key",),
        unknown: UnknownPosition = UnknownPosition.REFUSED,
        account: PoeAccount | None = None,
    ) -> None:
        self.clock = clock
        self.unknown = unknown
        self.keys = set(keys)
        self.account = account or PoeAccount()
        self.requests: list[PoeRequest] = []
        self.balance_requests: list[PoeRequest] = []
        self.faults: Script[Fault] = Script()
        self.balance_faults: Script[Fault] = Script()
        self._before: Reply | None = None
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}
        self._sorted = True
        self._lock = threading.Lock()
        self.add(*rows)

    def add(self, *rows: Row) -> None:
        """Take in more rows, of any age. Rows of one instant keep the order in which they were added."""
        with self._lock:
            self._rows.extend(rows)
            self._sorted = False

    def page(self, limit: int = 20, starting_after: str | None = None) -> dict[str, Any]:
        """Return the JSON object that Poe would answer now, newest row first, without any HTTP.

        Raise LookupError where `starting_after` is a row that the list does not hold now, and an unknown
        position is to be refused.
        """
        now = microseconds(self.clock())
        with self._lock:
            rows = list(islice(self._older(starting_after, now), limit + 1))
        data = [row.shown(now) for row in rows[:limit]]
        return {"has_more": len(rows) > limit, "length": len(data), "data": data}

    def total(self, since: datetime = EPOCH) -> int:
        """Return the points that the list has shown by now, of rows created at or after `since`.

        Rows that Poe keeps no longer count as well: it is what a perfect reader has counted.
        """
        now = microseconds(self.clock())
        return sum(row.points(now) for row in self._created(since) if row.seen(now))

    def entries(self, since: datetime = EPOCH) -> int:
        """Return the number of rows that the list has shown by now, counted like the total."""
        now = microseconds(self.clock())
        return sum(row.seen(now) for row in self._created(since))

    def left(self) -> int:
        """Return the points left on the account by now."""
        return self.account.left(self.clock(), self._spent())

    def serve(self) -> AbstractContextManager[str]:
        """Serve on loopback and give the base address for `POE_API_URL`."""
        return serving(self.answer)

    def answer(self, asked: Asked) -> Reply:
        """Answer a request, with the faults that are ordered for it."""
        if asked.path == _BALANCE:
            self.balance_requests.append(self._recorded(asked))
            return self._spoiled(self.balance_faults, asked, None)
        self.requests.append(self._recorded(asked))
        self._before = self._spoiled(self.faults, asked, self._before)
        return self._before

    def _spoiled(self, faults: Script[Fault], asked: Asked, before: Reply | None) -> Reply:
        honest = self._honest(asked)
        fault = faults.next(asked)
        return fault(honest, before) if fault else honest

    def _recorded(self, asked: Asked) -> PoeRequest:
        limit, after = asked.query.get("limit"), asked.query.get("starting_after")
        return PoeRequest(asked.path, limit, after, self._authorized(asked), self.clock())

    def _authorized(self, asked: Asked) -> bool:
        scheme, _, key = asked.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and key in self.keys

    def _honest(self, asked: Asked) -> Reply:
        if not self._authorized(asked):
            return _error(401, "authentication_error", "Invalid API key")
        if asked.method == "GET" and asked.path == _HISTORY:
            return self._history(asked)
        if asked.method == "GET" and asked.path == _BALANCE:
            return self._balance()
        return _nothing()

    def _history(self, asked: Asked) -> Reply:
        limit = asked.query.get("limit", "20")
        if limit not in _LIMITS:
            return _error(400, "invalid_request_error", "limit must be an integer from 1 to 100")
        try:
            return json_reply(self.page(int(limit), asked.query.get("starting_after")))
        except LookupError as error:
            return _error(400, "invalid_request_error", str(error))

    def balance(self) -> dict[str, object] | None:
        """Return what is left as Poe would answer it, without any HTTP; None where it answers nothing."""
        return self.account.answer(self.clock(), self._spent())

    def _balance(self) -> Reply:
        answer = self.balance()
        return _nothing() if answer is None else json_reply(answer)

    def _spent(self) -> int:
        # A balance falls when a cost lands, also while the list does not show its row yet.
        now = microseconds(self.clock())
        return sum(row.points(now) for row in self._created(self.account.begins))

    def _created(self, since: datetime) -> Iterator[Row]:
        start, now = microseconds(since), microseconds(self.clock())
        return (row for row in self._rows if start <= row.creation_time <= now)

    def _older(self, starting_after: str | None, now: int) -> Iterator[Row]:
        if not self._sorted:
            # Only after rows were added: a page must cost a bisection, not a pass over the history.
            self._rows.sort(key=_creation)
            self._places = {row.query_id: place for place, row in enumerate(self._rows)}
            self._sorted = True
        oldest = bisect_left(self._rows, now - _KEPT, key=_creation)
        newest = bisect_right(self._rows, now, key=_creation)
        before = newest if starting_after is None else self._place(starting_after, range(oldest, newest), now)
        older = map(self._rows.__getitem__, range(before - 1, oldest - 1, -1))
        return (row for row in older if row.seen(now))

    def _place(self, query_id: str, listed: range, now: int) -> int:
        place = self._places.get(query_id, -1)
        if place in listed and self._rows[place].seen(now):
            return place
        if self.unknown is UnknownPosition.REFUSED:
            raise LookupError(f"starting_after is not a row of the history: {query_id!r}")
        return listed.start if self.unknown is UnknownPosition.EMPTY else listed.stop


def _creation(row: Row) -> int:
    return row.creation_time


class SimulatedPoes:
    """Accounts behind one address, by the key that each is asked with; they can be changed meanwhile."""

    def __init__(self, accounts: Mapping[str, SimulatedPoe]) -> None:
        self.accounts = dict(accounts)
        self._nobody = SimulatedPoe(keys=())

    def serve(self) -> AbstractContextManager[str]:
        """Serve on loopback and give the base address for `POE_API_URL`."""
        return serving(self.answer)

    def answer(self, asked: Asked) -> Reply:
        """Answer as the account does whose key is given."""
        key = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return self.accounts.get(key, self._nobody).answer(asked)


def _nothing() -> Reply:
    return _error(404, "not_found_error", "There is nothing at this address")


def _error(status: int, kind: str, message: str) -> Reply:
    return json_reply({"error": {"type": kind, "code": status, "message": message}}, status)

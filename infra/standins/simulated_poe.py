"""A stand-in for Poe's usage API on loopback, with a clock, an account and faults to order."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count, takewhile
from typing import Any

import msgspec

from standins.loopback import Asked, Reply, Script, json_reply, serving
from standins.poe_faults import Fault
from standins.poe_store import PoeStore, Row, UnknownPosition, microseconds

_HISTORY = "/usage/points_history"
_BALANCE = "/usage/current_balance"
_LIMITS = {str(limit) for limit in range(1, 101)}
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class Grants(StrEnum):
    """When an account is granted its points."""

    ONCE = "once"
    MONTHLY = "monthly"


class Shown(StrEnum):
    """How the question for the balance is answered: most of its answer is not documented."""

    WHOLE = "whole"
    NEXT_GRANT = "next grant, without the cycle's start"
    GARBLED = "garbled"
    NOT_AT_ALL = "not at all"


@dataclass
class PoeAccount:
    """An account that is granted points, which never expire; all of it can be changed while it is asked.

    `points` come at `begins`, and, as `grants` says, each month after it, on the last day of a month that is
    too short. `bought` are points beside the plan. What was created before `begins` costs nothing.
    """

    points: int = 1_000_000
    grants: Grants = Grants.ONCE
    begins: datetime = _ALWAYS
    bought: int = 0
    auto_recharge: bool = False
    shown: Shown = Shown.WHOLE
    charged: int = 0

    def charge(self, points: int) -> None:
        """Take points of which the history will never say anything."""
        self.charged += points

    def left(self, now: datetime, spent: int) -> int:
        """Return the points left at `now`, when what was created since `begins` has cost `spent`."""
        granted = len(self._granted(now)) * self.points
        return granted + self.bought - self.charged - spent

    def answer(self, now: datetime, spent: int) -> dict[str, object] | None:
        """Return the JSON object that Poe would answer at `now`; None where it answers nothing."""
        if self.shown is Shown.NOT_AT_ALL:
            return None
        if self.shown is Shown.GARBLED:
            return {"current_point_balance": "plenty", "next_monthly_grant_time": [], "auto_recharge": "?"}
        left = self.left(now, spent)
        dates = self._dates() if self.grants is Grants.MONTHLY else ()
        following = next((date for date in dates if date > now), None)
        return {
            "current_point_balance": left,
            "plan_points_balance": left - self.bought,
            "addon_point_balance": self.bought,
            "points_cycle_start_time": self._start(now),
            "next_daily_grant_time": 0,
            "next_daily_grant_amount": 0,
            "next_monthly_grant_time": microseconds(following) if following else 0,
            "next_monthly_grant_amount": self.points if following else 0,
            "auto_recharge": {"enabled": self.auto_recharge},
        }

    def _start(self, now: datetime) -> int:
        if self.shown is Shown.NEXT_GRANT:
            return 0
        return max(map(microseconds, self._granted(now)), default=0)

    def _granted(self, now: datetime) -> list[datetime]:
        return list(takewhile(lambda date: date <= now, self._dates()))

    def _dates(self) -> Iterator[datetime]:
        yield self.begins
        if self.grants is Grants.MONTHLY:
            yield from (_months_later(self.begins, number) for number in count(1))


def _months_later(instant: datetime, number: int) -> datetime:
    years, month = divmod(instant.month - 1 + number, 12)
    last = monthrange(instant.year + years, month + 1)[1]
    return instant.replace(year=instant.year + years, month=month + 1, day=min(instant.day, last))


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
        self.store = PoeStore(rows, unknown)
        self.clock = clock
        self.keys = set(keys)
        self.account = account or PoeAccount()
        self.requests: list[PoeRequest] = []
        self.balance_requests: list[PoeRequest] = []
        self.faults: Script[Fault] = Script()
        self.balance_faults: Script[Fault] = Script()
        self._before: Reply | None = None

    def add(self, *rows: Row) -> None:
        """Add rows to the history, of any age."""
        self.store.add(*rows)

    def page(self, limit: int = 20, starting_after: str | None = None) -> dict[str, Any]:
        """Return a page as of now without any HTTP; LookupError where the position is refused."""
        return self.store.page(self.clock(), limit, starting_after)

    def total(self, since: datetime | None = None) -> int:
        """Return the points shown by now, of rows created at or after `since`."""
        return self.store.total(self.clock(), since)

    def entries(self, since: datetime | None = None) -> int:
        """Return the number of rows shown by now, of those created at or after `since`."""
        return self.store.entries(self.clock(), since)

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
        return self.store.cost(self.clock(), self.account.begins)


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

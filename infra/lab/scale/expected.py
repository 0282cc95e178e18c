"""What must have been counted and sent, worked out plainly from the history, by no code of the function's.

A tick that came to its end evaluated what Poe showed then. Of one that was cut off nobody knows how far it
came: what it may have seen may be sent, and need not be.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from budget_alert.identity import TOGETHER
from lab.scale.accounts import BUDGETS, Member, PlainBudget
from standins.poe_store import Row, microseconds


class Tick(msgspec.Struct, frozen=True):
    """A tick that began or ended.

    `whole` says that it read all there was and judged it; over all accounts, `complete` says that each of
    them has been read whole once. Of a tick that only began, nobody knows how far it came. `refused` says
    that Poe refused its key. Over all accounts, `named` are those that the secret names then.
    """

    account: str
    at: datetime
    ended: bool
    whole: bool = False
    complete: bool = False
    refused: bool = False
    named: frozenset[str] = frozenset()


class SentAlert(msgspec.Struct, frozen=True):
    """An alert that the topic took: whose it is, and its record as machines read it."""

    account: str
    alert: Mapping[str, Any]

    @property
    def name(self) -> tuple[str, str]:
        """Whose alert it is, and which."""
        return self.account, self.alert["id"]


class Events(msgspec.Struct):
    """All ticks, and what was sent: by SNS alert by alert, in Slack so many alerts of an account.

    `excused` are alerts by channel, account and id that the channel had taken when an invocation was cut off
    before it could remember that: each may be sent once more.
    """

    ticks: list[Tick] = msgspec.field(default_factory=list)
    sent: list[SentAlert] = msgspec.field(default_factory=list)
    slack: list[tuple[str, int]] = msgspec.field(default_factory=list)
    excused: list[tuple[str, str, str]] = msgspec.field(default_factory=list)


Window = tuple[str, datetime]
"""A budget's name and the start of the window."""
Dimensions = tuple[str, str, str]
Amount = tuple[int, int]
"""Points, and queries."""
Slots = dict[datetime, dict[Dimensions, Amount]]


def created(row: Row) -> datetime:
    """Tell when a row was created."""
    return datetime.fromtimestamp(row.creation_time // 1_000_000, UTC)


class Windowed:
    """The rows of one account, each with the windows that it lies in."""

    def __init__(self, rows: Iterable[Row], budgets: Iterable[PlainBudget]) -> None:
        asked = list(budgets)
        self._rows = [(row, [(budget.name, budget.window(created(row))) for budget in asked]) for row in rows]

    def windows(self, at: datetime) -> Mapping[Window, int]:
        """Give the points in each window, of the rows that Poe shows at an instant."""
        now = microseconds(at)
        sums: defaultdict[Window, int] = defaultdict(int)
        for row, windows in self._rows:
            if row.seen(now):
                for window in windows:
                    sums[window] += row.points(now)
        return sums


def slots(rows: Iterable[Row], at: datetime) -> Slots:
    """Give each quarter hour by bot, usage type and key, of the rows that Poe shows at an instant."""
    now = microseconds(at)
    found: Slots = {}
    for row in rows:
        if row.seen(now):
            moment = created(row)
            start = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
            parts = found.setdefault(start, {})
            add(parts, (row.bot_name, row.usage_type, row.api_key_name or ""), (row.points(now), 1))
    return found


def add(parts: dict[Dimensions, Amount], part: Dimensions, amount: Amount) -> None:
    """Add an amount to a part."""
    points, queries = parts.get(part, (0, 0))
    parts[part] = points + amount[0], queries + amount[1]


def days(quarters: Slots) -> Slots:
    """Give the same by days of UTC."""
    found: Slots = {}
    for start, parts in quarters.items():
        day = found.setdefault(start.replace(hour=0, minute=0), {})
        for part, amount in parts.items():
            add(day, part, amount)
    return found


def together(every: Mapping[str, Slots]) -> Slots:
    """Sum accounts: what is told apart is the account alone."""
    found: Slots = {}
    for account, quarters in every.items():
        for start, parts in quarters.items():
            for amount in parts.values():
                add(found.setdefault(start, {}), ("", "", account), amount)
    return found


Crossing = tuple[str, str, datetime, int]
"""An account, a budget's name, the start of its window, and a threshold in points."""
PATIENCE = 8
"""The sum of all accounts may wait so many ticks for the first reading of all; then it has to speak."""
_OWN = tuple(budget for budget in BUDGETS if not budget.together)
_SHARED = tuple(budget for budget in BUDGETS if budget.together)
_ENDS = {budget.name: lru_cache(budget.is_over) for budget in _SHARED}


class Expected(msgspec.Struct):
    """What must be sent, and what may be besides."""

    must: set[Crossing] = msgspec.field(default_factory=set)
    may: set[Crossing] = msgspec.field(default_factory=set)


class _Memory:
    """What one account's welcome has said, and what may have been said before."""

    def __init__(self) -> None:
        self.begun = False
        self.welcomed = False
        self.said: dict[Window, int] = {}
        self.perhaps_said: dict[Window, int] = {}


class Follower:
    """Follows the ticks in their order; `met` are the accounts that a tick of all has found in the secret."""

    def __init__(self, members: Mapping[str, Member]) -> None:
        self.expected = Expected()
        self.last_whole: dict[str, datetime] = {}
        self.met: set[str] = set()
        self._usage = {
            name: Windowed(member.rows, (budget for budget in BUDGETS if budget.is_about(name)))
            for name, member in members.items()
        }
        self._memories: defaultdict[str, _Memory] = defaultdict(_Memory)
        # What was surely counted of each account by now, and what was at most.
        self._surely: dict[str, Mapping[Window, int]] = {}
        self._at_most: dict[str, Mapping[Window, int]] = {}
        # Since when each one counts in a window that is over: surely, and perhaps.
        self._joined: dict[str, datetime] = {}
        self._perhaps: dict[str, datetime] = {}
        self._read_since: dict[str, datetime] = {}
        self._ticks_of_all = 0

    def follow(self, tick: Tick) -> None:
        """Take in what happened next."""
        if tick.account == TOGETHER:
            self._ticks_of_all += tick.ended
            self._enrol(tick)
            read = tick.complete or self._ticks_of_all > PATIENCE
            surely = self._sum(self._surely, self._joined, tick)
            at_most = self._sum(self._at_most, self._perhaps, tick)
            self._judge(tick, surely, at_most, whole=tick.whole and read)
        elif tick.whole or not tick.ended:
            sums = self._usage[tick.account].windows(tick.at)
            self._at_most[tick.account] = sums
            self._perhaps.setdefault(tick.account, tick.at)
            if tick.whole:
                self._surely[tick.account] = sums
                self.last_whole[tick.account] = tick.at
                self._read_since[tick.account] = tick.at
            self._judge(tick, sums if tick.whole else {}, sums, whole=tick.whole)

    def _judge(
        self, tick: Tick, surely: Mapping[Window, int], at_most: Mapping[Window, int], *, whole: bool
    ) -> None:
        memory = self._memories[tick.account]
        shared = tick.account == TOGETHER
        for budget, window, most in _judged(at_most, shared=shared):
            least = budget.highest(surely.get(window, 0))
            highest = budget.highest(most)
            if not memory.begun:
                memory.perhaps_said[window] = least
            crossed = [one for one in budget.thresholds if least <= one <= highest]
            new = {one for one in crossed if one > memory.perhaps_said.get(window, 0)}
            name, start = window
            self.expected.may |= {(tick.account, name, start, one) for one in new}
            if whole and not memory.welcomed:
                memory.said[window] = highest
            elif whole and least == highest and highest > memory.said.get(window, 0):
                # Who leaves makes a sum smaller, and what it reached before was sent then.
                memory.said[window] = highest
                self.expected.must.add((tick.account, name, start, highest))
        memory.begun = True
        memory.welcomed |= whole

    def _enrol(self, tick: Tick) -> None:
        """Know who is there: one counts from when the tick of all first finds that it was read."""
        for known in (self._joined, self._read_since, *([self._perhaps] if tick.ended else [])):
            for name in known.keys() - tick.named:
                del known[name]
        if tick.ended:
            self.met |= tick.named
            for name, at in self._read_since.items():
                self._joined.setdefault(name, at)

    def _sum(
        self, each: Mapping[str, Mapping[Window, int]], joined: Mapping[str, datetime], tick: Tick
    ) -> Mapping[Window, int]:
        """Sum those that there are: in a window that is over, those that were read before it was."""
        sums: defaultdict[Window, int] = defaultdict(int)
        for name in each.keys() & tick.named:
            since = joined.get(name)
            for window, points in each[name].items():
                end = _ENDS[window[0]](window[1], tick.at) if window[0] in _ENDS else None
                if end is None or (since is not None and since <= end):
                    sums[window] += points
        return sums


def _judged(sums: Mapping[Window, int], *, shared: bool) -> Iterator[tuple[PlainBudget, Window, int]]:
    for budget in _SHARED if shared else _OWN:
        for window, points in sums.items():
            if window[0] == budget.name and points >= budget.thresholds[0]:
                yield budget, window, points

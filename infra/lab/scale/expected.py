"""What must have been counted and sent, worked out plainly from the history, by no code of the function's.

A tick that came to its end evaluated what Poe showed then. Of one that was cut off nobody knows how far it
came: what it may have seen may be sent, and need not be.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from budget_alert.identity import TOGETHER
from lab.scale.accounts import BUDGETS, Member, Window
from standins.poe_store import Row, microseconds

Usage = Counter[tuple[datetime, str, str, str, str]]
"""Numbers by the start of a quarter hour or a day, bot, usage type, key, and "points" or "queries"."""
Crossing = tuple[str, str, datetime, datetime, int]
"""An account, a budget's name, the start and the end of its window, and a threshold in points."""
PATIENCE = 8
"""The sum of all accounts may wait so many ticks for the first reading of all; then it has to speak."""
_QUARTER = 900_000_000
_BUDGETS = {budget.name: budget for budget in BUDGETS}


class Tick(msgspec.Struct, frozen=True):
    """A tick that read all there was, or only began: of that one, nobody knows how far it came.

    Over all accounts, `complete` says that each of them has been read whole once, and `named` are those that
    the secret names then.
    """

    account: str
    at: datetime
    ended: bool
    complete: bool = False
    named: frozenset[str] = frozenset()


def quarters(rows: Iterable[Row], at: datetime) -> Usage:
    """Give the usage of quarter hours, of the rows that Poe shows at an instant."""
    now = microseconds(at)
    found: Usage = Counter()
    for row in rows:
        if row.seen(now):
            start = datetime.fromtimestamp(row.creation_time // _QUARTER * _QUARTER // 1_000_000, UTC)
            part = (start, row.bot_name, row.usage_type, row.api_key_name or "")
            found[*part, "points"] += row.points(now)
            found[*part, "queries"] += 1
    return found


def days(usage: Usage) -> Usage:
    """Give the same by days of UTC."""
    return summed(((start.replace(hour=0, minute=0), *part), n) for (start, *part), n in usage.items())


def by_key(usage: Usage) -> Usage:
    """Sum over bots and usage types."""
    return summed(((start, "", "", key, what), n) for (start, _, _, key, what), n in usage.items())


def together(every: Mapping[str, Usage]) -> Usage:
    """Sum accounts: what is told apart is the account alone."""
    return summed(
        ((start, "", "", account, what), n)
        for account, usage in every.items()
        for (start, _, _, _, what), n in usage.items()
    )


def summed(numbers: Iterable[tuple[Any, int]]) -> Usage:
    """Add numbers up by what they are of."""
    found: Usage = Counter()
    for part, number in numbers:
        found[part] += number
    return found


@cache
def _windows(start: datetime) -> tuple[Window, ...]:
    return tuple(budget.window(start) for budget in BUDGETS)


def windowed(account: str, usage: Usage) -> Counter[Window]:
    """Give an account's points in each window of the budgets that it counts in."""
    sums: Counter[Window] = Counter()
    for (start, _, _, _, what), number in usage.items():
        for window in _windows(start) if what == "points" else ():
            if account.startswith(_BUDGETS[window[0]].team):
                sums[window] += number
    return sums


class Follower:
    """Follows the ticks in their order, and says what must be sent, and what may be besides.

    `usage` is what was counted of each account; `met` are those that a tick of all has found in the secret.
    """

    def __init__(self, members: Mapping[str, Member]) -> None:
        self.must: set[Crossing] = set()
        self.may: set[Crossing] = set()
        self.usage: dict[str, Usage] = {}
        self.met: set[str] = set()
        self._members = members
        # What each account's welcome and alerts have said, and what may have been said before.
        self._begun: set[str] = set()
        self._welcomed: set[str] = set()
        self._said: Counter[tuple[str, Window]] = Counter()
        self._perhaps_said: Counter[tuple[str, Window]] = Counter()
        # What was surely counted of each account by now, and what was at most.
        self._surely: dict[str, Counter[Window]] = {}
        self._at_most: dict[str, Counter[Window]] = {}
        # Since when each one counts in a window that is over: surely, and perhaps.
        self._joined: dict[str, datetime] = {}
        self._perhaps: dict[str, datetime] = {}
        self._read_since: dict[str, datetime] = {}
        self._ticks_of_all = 0

    def follow(self, tick: Tick) -> None:
        """Take in what happened next."""
        account = tick.account
        if account == TOGETHER:
            self._ticks_of_all += tick.ended
            self._enrol(tick)
            is_read = tick.complete or self._ticks_of_all > PATIENCE
            surely = _sum(self._surely, self._joined, tick)
            at_most = _sum(self._at_most, self._perhaps, tick)
            self._judge(tick, surely, at_most, whole=tick.ended and is_read)
            return
        usage = quarters(self._members[account].rows, tick.at)
        sums = windowed(account, usage)
        self._at_most[account] = sums
        self._perhaps.setdefault(account, tick.at)
        if tick.ended:
            self.usage[account], self._surely[account] = usage, sums
            self._read_since[account] = tick.at
        self._judge(tick, sums if tick.ended else Counter(), sums, whole=tick.ended)

    def _judge(self, tick: Tick, surely: Counter[Window], at_most: Counter[Window], *, whole: bool) -> None:
        account = tick.account
        for window, most in at_most.items():
            budget, place = _BUDGETS[window[0]], (account, window)
            highest, least = budget.highest(most), budget.highest(surely[window])
            if budget.together is not (account == TOGETHER) or not highest:
                continue
            if account not in self._begun:
                self._perhaps_said[place] = least
            new = max(least, self._perhaps_said[place] + 1)
            self.may |= {(account, *window, one) for one in budget.thresholds if new <= one <= highest}
            if whole and account not in self._welcomed:
                self._said[place] = highest
            elif whole and least == highest > self._said[place]:
                # Who leaves makes a sum smaller, and what it reached before was sent then.
                self._said[place] = highest
                self.must.add((account, *window, highest))
        self._begun.add(account)
        self._welcomed |= {account} if whole else set()

    def _enrol(self, tick: Tick) -> None:
        """Know who is there: one counts from when the tick of all first finds that it was read."""
        for known in (self._joined, self._read_since, *([self._perhaps] if tick.ended else [])):
            for name in known.keys() - tick.named:
                del known[name]
        if tick.ended:
            self.met |= tick.named
            self._joined = self._read_since | self._joined


def _sum(each: Mapping[str, Counter[Window]], joined: Mapping[str, datetime], tick: Tick) -> Counter[Window]:
    """Sum those that there are: in a window that is over, those that were read before it was."""
    sums: Counter[Window] = Counter()
    for name in each.keys() & tick.named:
        since = joined.get(name)
        sums.update(
            {
                window: points
                for window, points in each[name].items()
                if (end := window[2]) > tick.at or (since is not None and since <= end)
            }
        )
    return sums

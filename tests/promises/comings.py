"""Accounts that come and go, and what must be sent of them: added up plainly from what happened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from budget_alert.errors import ChannelError, KeyRefusedError, PoeUnavailableError
from budget_alert.identity import TOGETHER
from budget_alert.rules.scope import Scope
from budget_alert.tools import Tools
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.support.configs import table
from tests.support.fast import FastWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGES = 6
"""An account has time for so many pages a tick, the sum of all for as many as it likes."""


@dataclass(frozen=True)
class Plan:
    """A budget as a person would describe it; `names` is how the accounts begin that it is about."""

    name: str
    points: int
    length: timedelta
    together: bool = False
    names: str = ""

    @property
    def thresholds(self) -> tuple[int, int]:
        """Half of the points, and all."""
        return self.points // 2, self.points

    def window(self, at: datetime) -> datetime:
        """Give the start of the window that holds an instant."""
        hour = 0 if self.length == DAY else at.hour
        return at.replace(hour=hour, minute=0, second=0, microsecond=0)

    def toml(self) -> str:
        """Write it as the config has it."""
        period = "day" if self.length == DAY else "hour"
        whose = {"together": self.together, "accounts": [f"{self.names}*"] if self.names else None}
        alert_at = ["50%", "100%"]
        return table("budget", name=self.name, points=self.points, period=period, alert_at=alert_at, **whose)


OWN = (Plan("Hour", 24, HOUR), Plan("Day", 300, DAY))
SHARED = (
    Plan("Hour of all", 100, HOUR, together=True),
    Plan("Day of all", 600, DAY, together=True),
    Plan("Hour of a", 60, HOUR, together=True, names="a"),
)
EVERYTHING = Plan("Everything", 1, DAY, together=True)
SETTLE, DIGEST_AT = HOUR, 2 * HOUR
DIGEST = table("digest", every="day", at="02:00", together=True)
CONFIG = "".join(plan.toml() for plan in (*OWN, *SHARED)) + DIGEST
Sent = tuple[str, str, datetime, int]
"""An account, a budget's name, the start of the window, the threshold."""


class Person(SimulatedPoe):
    """A Poe account, whatever the secret calls it: its key can be refused, and Poe can be away."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.spent: list[tuple[datetime, Row]] = []
        super().__init__()
        super().add(*rows)
        self.before = tuple(rows)
        self.refused = self.away = False
        self.seen: Callable[[bool], None] = lambda _: None

    def add(self, *rows: Row) -> None:
        """Add rows of lately."""
        self.spent += [(created(row), row) for row in rows]
        super().add(*rows)

    def page(self, limit: int = 20, starting_after: str | None = None) -> dict[str, Any]:
        """Give a page, or none."""
        if self.refused:
            raise KeyRefusedError("refused")
        if self.away:
            raise PoeUnavailableError("away")
        answer = super().page(limit, starting_after)
        self.seen(not answer["has_more"])
        return answer


class Plainly:
    """What was read of whom, added up anew at each tick.

    `sent` is what must have been sent, with its points; `digests` the days whose digest must have been, and
    `days` the points of the last day that was over at each tick of all; `changed` who was named anew, or not
    any more, at which tick; `lacking` whom that day lacks at each tick of all.
    """

    def __init__(self) -> None:
        self.sent: dict[Sent, int] = {}
        self.digests: set[datetime] = set()
        self.days: dict[datetime, int] = {}
        self.changed: dict[datetime, frozenset[str]] = {}
        self.lacking: dict[datetime, frozenset[str]] = {}
        self.since: dict[str, datetime] = {}
        self._last: dict[str, datetime] = {}
        self._whole: set[str] = set()
        self._joined: dict[str, datetime] = {}
        self._people: dict[str, Person] = {}
        self._passed: dict[tuple[str, str, datetime], int] = {}

    def began(self, account: str, now: datetime) -> None:
        """Know an account's rules from its first tick on."""
        self.since.setdefault(account, now)

    def read(self, account: str, person: Person, now: datetime, *, end: bool) -> None:
        """Take in that an account was read; what it has passed by its first whole reading is no news."""
        self._last[account] = now
        welcomed = account in self._whole
        if welcomed or end:
            self._whole.add(account)
            self._joined.setdefault(account, now)
        for plan in OWN:
            for window in _windows(plan, [person], now):
                if window + plan.length > self.since[account]:
                    self._judge(account, plan, window, _spent(person, plan, window, now), silent=not welcomed)

    def summed(self, now: datetime, people: dict[str, Person]) -> None:
        """Sum those that there are: in a window that is over, those that were read before it was."""
        named = frozenset(people)
        if TOGETHER in self.since and named != frozenset(self._people):
            self.changed[now] = named ^ frozenset(self._people)
        self._people = dict(people)
        self._joined = {name: at for name, at in self._joined.items() if name in people}
        self.since.setdefault(TOGETHER, now)
        for plan in SHARED:
            for window in _windows(plan, people.values(), now):
                if window + plan.length > self.since[TOGETHER]:
                    points = self.sum_of(plan, window, now)
                    self._judge(TOGETHER, plan, window, points, silent=now == self.since[TOGETHER])
        self._digest(now)

    def _digest(self, now: datetime) -> None:
        """Sum the last day whose digest was due; once all have settled that are read, it must be sent."""
        day = EVERYTHING.window(now - DIGEST_AT) - DAY
        self.days[now] = self.sum_of(EVERYTHING, day, now)
        enough = min(day + DAY, now - HOUR)
        lacking = (name for name in self._people if name not in self._last or self._last[name] < enough)
        self.lacking[now] = frozenset(lacking)
        read = all(name in self._whole and self._last[name] >= day + DAY + SETTLE for name in self._people)
        if read and day + DAY > self.since[TOGETHER] - DIGEST_AT:
            self.digests.add(day)

    def sum_of(self, plan: Plan, window: datetime, now: datetime) -> int:
        """Add up the points of a combined window."""
        end = window + plan.length
        return sum(
            _spent(person, plan, window, self._last[name])
            for name, person in self._people.items()
            if name in self._last and name.startswith(plan.names) and (end > now or self.counts(name, end))
        )

    def counts(self, name: str, end: datetime) -> bool:
        """Tell whether an account was read before a window was over."""
        return name in self._joined and self._joined[name] <= end

    def _judge(self, account: str, plan: Plan, window: datetime, points: int, *, silent: bool) -> None:
        passed = max((one for one in plan.thresholds if points >= one), default=0)
        where = account, plan.name, window
        if passed > self._passed.get(where, 0):
            self._passed[where] = passed
            if not silent:
                self.sent[*where, passed] = points


def _windows(plan: Plan, people: Iterable[Person], now: datetime) -> set[datetime]:
    """Give the windows in which anybody has spent since the first tick."""
    return {plan.window(at) for person in people for at, _ in person.spent if at <= now}


def _spent(person: Person, plan: Plan, window: datetime, seen: datetime) -> int:
    at = microseconds(seen)
    return sum(
        row.cost_points
        for created, row in person.spent
        if window <= created < window + plan.length and row.seen(at)
    )


def created(row: Row) -> datetime:
    """Tell when a row was created."""
    return datetime.fromtimestamp(row.creation_time // 1_000_000, UTC)


@dataclass
class Comings(FastWorld):
    """Accounts in memory that follow plainly what happens to them."""

    def __post_init__(self) -> None:
        """Begin to follow."""
        super().__post_init__()
        self.plainly = Plainly()
        self.slack.fails = self._slack
        self.slack_away = False

    def of(self, scope: Scope, late: timedelta = timedelta(0)) -> Tools:
        """Begin a tick, and follow what it sees."""
        self.pages = 10_000 if scope.together else PAGES
        if scope.together:
            self.plainly.summed(self.now, self.people)
        else:
            self.plainly.began(scope.account, self.now)
            self._follow(scope.account)
        return super().of(scope, late)

    @property
    def people(self) -> dict[str, Person]:
        """Those who are monitored, by their names."""
        return {name: poe for name, poe in self.poes.items() if isinstance(poe, Person)}

    def _follow(self, account: str) -> None:
        person = self.people[account]
        person.seen = lambda end: self.plainly.read(account, person, self.now, end=end)

    def _slack(self) -> None:
        if self.slack_away:
            raise ChannelError("away")

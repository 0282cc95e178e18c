"""What there is to tell, as plain values: made by the policy, kept in the outbox, rendered by messages."""

import math
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from budget_alert.config.periods import Window
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Holes


class Kind(StrEnum):
    """What an alert is about; the names are part of the contract."""

    BUDGET = "budget"
    FORECAST = "forecast"
    SPIKE = "spike"
    QUERY = "query"
    BALANCE = "balance"
    HEALTH = "health"
    DIGEST = "digest"
    WELCOME = "welcome"


class Severity(StrEnum):
    """How much an alert matters: warning is below the limit, critical at it or above."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical."""
        return list(Severity).index(self)


class Reason(StrEnum):
    """Why a budget alert speaks now."""

    CROSSED = "crossed"
    """The usage reached a threshold."""
    REPEATED = "repeated"
    """A told threshold still holds, and the rule's `repeat` has passed."""
    ALREADY = "already"
    """The rule is new or changed and finds the threshold passed: said once, as information."""


class Driver(msgspec.Struct, frozen=True):
    """A bot or an account, and the points it spent in a window."""

    name: str
    points: int


class Mover(msgspec.Struct, frozen=True):
    """A bot, a key or an account: what it spent in a window, and usually, or in the window before."""

    name: str
    points: int
    before: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one budget stands: points and money of its window, and what drove it.

    `usd` and `usd_limit` are dollars, None where they are not known. `drivers` are the bots that
    spent most, largest first, at most five. `complete` is False where usage of the window is
    missing: then `points` and `usd` are the least they can be, and `missing` says why.
    """

    rule: str
    points: int
    limit: int
    window: Window
    period: str
    """The period in words, such as "calendar month" or "rolling 24 hours"."""
    usd: Decimal | None = None
    usd_limit: Decimal | None = None
    drivers: tuple[Driver, ...] = ()
    accounts: tuple[Driver, ...] = ()
    """Where a budget is one over accounts together: those that spent most, as `drivers`."""
    complete: bool = True
    missing: Holes = ()
    snoozed_until: datetime | None = None
    forecast: Forecast | None = None
    """How the window will end against `limit`; None where the past says nothing, or nobody asked it."""
    next_threshold: str | None = None
    """The lowest threshold that is not reached yet, as the config spells it; None where all are."""
    next_points: int | None = None
    daily: tuple[int, ...] = ()
    """What the budget counted on each of the last days in UTC, oldest first, today last."""

    @property
    def percent(self) -> float:
        """How full the budget is, in percent with one decimal, rounded down: 79.96 is not 80."""
        return self.points * 1000 // self.limit / 10


class Spike(msgspec.Struct, frozen=True, kw_only=True):
    """Much more than usual: the points of a window against what is usual at that time.

    `at_least` is what the rule asks for. `bots` and `keys`, or `accounts` where all are summed, rose most,
    largest rise first, at most five. Before the window nothing was used since `idle_since`, or for longer;
    None where that is not known.
    """

    window: Window
    points: int
    usual: int
    times: Decimal
    at_least: int
    bots: tuple[Mover, ...] = ()
    keys: tuple[Mover, ...] = ()
    accounts: tuple[Mover, ...] = ()
    idle_since: datetime | None = None

    @property
    def threshold(self) -> int:
        """The points that make it a spike."""
        return max(self.at_least, math.ceil(self.times * self.usual))


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What is left on the account, and how long it lasts.

    `pace` is what was spent in the last 24 hours; at that pace `lasts` is how long the points last, None
    where nothing is spent or a grant comes first. `below` and `runway` are what a rule asks for. `grant`
    is how many points come at `next_grant`, None where Poe does not say. `complete` is False where usage of
    those 24 hours is missing, so that the pace is the least it can be.
    """

    points: int
    pace: int
    lasts: timedelta | None = None
    below: int | None = None
    runway: timedelta | None = None
    next_grant: datetime | None = None
    grant: int | None = None
    auto_recharge: bool = False
    complete: bool = True


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a period brought, told when it is over.

    `every` is "day" or "week"; `before` the points of the period before, None where it is not known whole.
    `bots` are those that spent most, with what they did the period before; `queries` the largest ones.
    `corrected` is what audits changed since the last digest, `unreadable` how many rows could not be read
    in the last tick, `unexplained` by how much more the balance fell than the history explains.
    """

    every: str
    window: Window
    points: int
    queries_count: int
    before: int | None = None
    usd: Decimal | None = None
    bots: tuple[Mover, ...] = ()
    queries: tuple[Query, ...] = ()
    corrected: int = 0
    unreadable: int = 0
    balance: Balance | None = None
    unexplained: int = 0
    daily: tuple[int, ...] = ()
    """The points of each of the last days in UTC, oldest first."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell, with everything a message needs to tell it.

    `threshold` is as the config spells it ("80%" or "800,000 points"). Health alerts say what
    happened in `text` and what to do in `advice`; a welcome and a digest list every budget in `standings`.
    Forecasts, as budgets, have a `standing`, and the forecast of the threshold that they tell in
    `forecast`; the other kinds have what is named like them.
    """

    id: str
    rule: str
    kind: Kind
    severity: Severity
    zone: str
    """IANA name of the time zone in which the reader is told instants."""
    counted_at: datetime
    reason: Reason = Reason.CROSSED
    standing: Standing | None = None
    threshold: str | None = None
    threshold_points: int | None = None
    text: str = ""
    advice: str = ""
    standings: tuple[Standing, ...] = ()
    forecast: Forecast | None = None
    spike: Spike | None = None
    query: Query | None = None
    balance: Balance | None = None
    digest: Digest | None = None
    test: bool = False
    """Whether it was only asked for to try the channels."""
    complete: bool = True
    """False where usage that the alert counts is missing."""
    missing: Holes = ()
    """Why, where it is: empty in alerts written before 2026-12."""
    usd_per_million_points: Decimal | None = None
    """The config's price, for points that bring no money of their own; None where it names none."""

"""What can be sent, one struct a kind: made by rules, kept in the outbox as JSON, worded by messages."""

import math
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, TypeAlias

import msgspec

from budget_alert.config.billing import Billing
from budget_alert.config.periods import CalendarPeriod, Rolling, Window
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
    """Why a budget alert is sent now."""

    CROSSED = "crossed"
    """The usage reached a threshold."""
    REPEATED = "repeated"
    """A threshold that was sent still holds, and the rule's `repeat` has passed."""
    ALREADY = "already"
    """The rule is new or changed and finds the threshold passed: sent once, as information."""


class ChannelTest(msgspec.Struct, frozen=True):
    """A test of the channels: how severe, and of which in Slack; empty for the main one."""

    severity: Severity
    notify: tuple[str, ...] = ()


class Lead(StrEnum):
    """A page where a remedy is."""

    KEYS = "keys"
    """Where Poe gives out keys."""
    WEBHOOKS = "webhooks"
    """Where Slack says how to make one."""
    SECRET = "secret"  # noqa: S105 - a page, and no secret
    CONFIG = "config"
    SUBSCRIPTIONS = "subscriptions"
    """The topic, with who listens there."""
    LOG = "log"


class Snoozed(msgspec.Struct, frozen=True):
    """Until when a rule is silent, or was, and who wanted that: "" where the config says so."""

    until: datetime
    by: str = ""


def named(rule: str, value: str) -> str:
    """Name a rule, and the API key or bot where it is one for each of these."""
    return f"{rule} · {value}" if value else rule


class Driver(msgspec.Struct, frozen=True):
    """A bot or an account, and the points it spent in a window."""

    name: str
    points: int


class Mover(msgspec.Struct, frozen=True):
    """A bot, a key or an account: what it spent in a window, and usually, or in the window before."""

    name: str
    points: int
    before: int


class Others(msgspec.Struct, frozen=True):
    """The keys or bots of a rule that do not stand beside those shown: how many, and their points.

    `unfollowed` of all have spent too little to have a limit of their own.
    """

    count: int = 0
    points: int = 0
    unfollowed: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one budget stands: points and money of its window, and what drove it.

    `usd` and `usd_limit` are dollars, None where they are not known. `drivers` are the bots that
    spent most, largest first, at most five. `complete` is False where usage of the window is
    missing: then `points` and `usd` are the least they can be, and `missing` says why.
    """

    rule: str
    value: str = ""
    """The API key or bot that it is about, where its rule is one for each; else ""."""
    points: int
    limit: int
    window: Window
    period: CalendarPeriod | Rolling | Billing | str
    """A text, its English name, in alerts written before 2026-12."""
    usd: Decimal | None = None
    usd_limit: Decimal | None = None
    drivers: tuple[Driver, ...] = ()
    accounts: tuple[Driver, ...] = ()
    """Where a budget is one over accounts together: those that spent most, as `drivers`."""
    risen: tuple[Mover, ...] = ()
    """The bots that rose in the window so far, or in its last day, against what is usual for that span."""
    complete: bool = True
    missing: Holes = ()
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    forecast: Forecast | None = None
    """How the window will end against `limit`; None where the past says nothing, or nobody asked it."""
    next_threshold: str | None = None
    """The lowest threshold that is not reached yet, as the config spells it; None where all are."""
    next_points: int | None = None
    others: Others = Others()
    daily: tuple[int, ...] = ()
    """What the budget counted on each of the last days in UTC, oldest first, today last."""

    @property
    def about(self) -> str:
        """What people call it: its rule, and the key or bot where the rule is one for each."""
        return named(self.rule, self.value)

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
    """What a period brought, sent when it is over.

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
    snoozed: dict[str, Snoozed] = {}
    """The rules that are silent now, by their names."""


class Figures(msgspec.Struct, frozen=True):
    """The points that had to be reached, those that were found, and in which window."""

    needed: int | None = None
    found: int | None = None
    window: Window | None = None


class _Alert(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every kind has; `kind` in JSON tells which one it is, its `label` names it in messages."""

    id: str
    rule: str
    severity: Severity
    zone: str
    """IANA name of the time zone in which instants are given."""
    counted_at: datetime
    complete: bool = True
    """False where usage that the alert counts is missing."""
    missing: Holes = ()
    """Why, where it is: empty in alerts written before 2026-12."""
    value: str = ""
    """The API key or bot that it is about, where its rule is one for each; else ""."""
    notify: tuple[str, ...] = ()
    """The channels of its own that it goes to in Slack; empty for the main one."""
    snoozed: Snoozed | None = None
    """The snooze that the alert breaks through, or that is over by now and held it back."""

    @property
    def about(self) -> str:
        """What people call it: its rule, and the key or bot where the rule is one for each."""
        return named(self.rule, self.value)

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return Kind(str(self.__struct_config__.tag))

    @property
    def figures(self) -> Figures:
        """What programs read of the alert beside its budget; nothing unless its kind says so."""
        return Figures()


class _PricedAlert(_Alert, frozen=True, kw_only=True):
    """An alert about points that bring no money of their own."""

    usd_per_million_points: Decimal | None = None
    """The config's price; None where it names none."""


class _BudgetAlert(_Alert, frozen=True, kw_only=True):
    """An alert about a threshold of a budget, spelled as in the config: "80%" or "800,000 points"."""

    standing: Standing
    threshold: str
    threshold_points: int

    @property
    def figures(self) -> Figures:
        """The points and the window."""
        return Figures(self.threshold_points, self.standing.points, self.standing.window)


class BudgetAlert(_BudgetAlert, frozen=True, kw_only=True, tag="budget"):
    """A budget that has reached a threshold."""

    label: ClassVar[str] = "Budget"
    reason: Reason = Reason.CROSSED
    sent_before: datetime | None = None
    """When it was sent last, where the sum of a rolling budget has fallen since; else None."""


class ForecastAlert(_BudgetAlert, frozen=True, kw_only=True, tag="forecast"):
    """A budget that will likely reach a threshold; `forecast` is that of the threshold."""

    label: ClassVar[str] = "Forecast for"
    forecast: Forecast


class SpikeAlert(_PricedAlert, frozen=True, kw_only=True, tag="spike"):
    """Much more than usual."""

    label: ClassVar[str] = "Spike"
    spike: Spike

    @property
    def figures(self) -> Figures:
        """The points and the window."""
        return Figures(self.spike.threshold, self.spike.points, self.spike.window)


class QueryAlert(_PricedAlert, frozen=True, kw_only=True, tag="query"):
    """A single query that cost as much as a rule asks for, or more."""

    label: ClassVar[str] = "Query"
    threshold_points: int
    query: Query

    @property
    def figures(self) -> Figures:
        """The points and the window."""
        return Figures(self.threshold_points, self.query.points)


class BalanceAlert(_PricedAlert, frozen=True, kw_only=True, tag="balance"):
    """Little is left on the account, or not for long."""

    label: ClassVar[str] = "Balance"
    balance: Balance

    @property
    def figures(self) -> Figures:
        """The points and the window."""
        return Figures(self.balance.below, self.balance.points)


class HealthAlert(_Alert, frozen=True, kw_only=True, tag="health"):
    """Something keeps the function from counting or sending, or does so no longer."""

    label: ClassVar[str] = "Monitoring"
    text: str
    advice: str = ""
    """What to do, a step a line."""
    command: str = ""
    """The last step: a sentence with a command in it, `{stack}` for the options that name the stack."""
    leads: tuple[Lead, ...] = ()
    section: str = ""
    """The anchor of the trouble in the runbook. All three are empty in alerts written before 2026-12."""


class DigestAlert(_Alert, frozen=True, kw_only=True, tag="digest"):
    """What a day or a week brought, and where every budget stands."""

    label: ClassVar[str] = "Digest"
    digest: Digest
    standings: tuple[Standing, ...] = ()

    @property
    def figures(self) -> Figures:
        """The points and the window."""
        return Figures(found=self.digest.points, window=self.digest.window)


class WelcomeAlert(_Alert, frozen=True, kw_only=True, tag="welcome"):
    """Monitoring has begun, and where every budget stands; or a test of the channels, which says the same."""

    label: ClassVar[str] = "Where every budget stands"
    text: str = ""
    standings: tuple[Standing, ...] = ()
    test: bool = False


OfBudget: TypeAlias = BudgetAlert | ForecastAlert
OfUsage: TypeAlias = BudgetAlert | ForecastAlert | SpikeAlert | QueryAlert
OfNoRule: TypeAlias = HealthAlert | DigestAlert | WelcomeAlert
Alert: TypeAlias = OfUsage | BalanceAlert | OfNoRule


def standings(alert: Alert) -> tuple[Standing, ...]:
    """Give where every budget stands that an alert is about."""
    if isinstance(alert, OfBudget):
        return (alert.standing,)
    return alert.standings if isinstance(alert, DigestAlert | WelcomeAlert) else ()


def is_whole(alert: Alert) -> bool:
    """Tell whether nothing is missing of all that an alert counts."""
    return alert.complete and all(standing.complete for standing in standings(alert))


def is_repeated(alert: Alert) -> bool:
    """Tell whether an alert says again what was sent before."""
    return isinstance(alert, BudgetAlert) and alert.reason is Reason.REPEATED

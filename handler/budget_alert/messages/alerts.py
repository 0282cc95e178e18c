"""What there is to tell, as plain values: made by the policy, kept in the outbox, rendered by messages."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from budget_alert.config.periods import Window


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
    """A bot and the points it spent in a window."""

    bot: str
    points: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one budget stands: points and money of its window, and what drove it.

    `usd` and `usd_limit` are dollars, None where they are not known. `drivers` are the bots that
    spent most, largest first, at most five. `complete` is False while part of the window is
    unread: then `points` and `usd` are the least they can be.
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
    complete: bool = True
    snoozed_until: datetime | None = None

    @property
    def percent(self) -> float:
        """How full the budget is, in percent with one decimal, rounded down: 79.96 is not 80."""
        return self.points * 1000 // self.limit / 10


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell, with everything a message needs to tell it.

    `threshold` is as the config spells it ("80%" or "800,000 points"). Health alerts say what
    happened in `text` and what to do in `advice`; a welcome lists its budgets in `standings`.
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
    complete: bool = True
    """False while part of what the alert counts is unread."""

"""What a replay has shown, as plain values."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from budget_alert.alerts import Alert, Kind
from budget_alert.config.periods import Window
from budget_alert.config.schema import Config
from budget_alert.snoozes import NO_SNOOZES, Snoozes
from budget_alert.usage.missing import Holes
from budget_alert.usage.totals import Totals
from poe_budget.backtest.curves import Curve

WEEK = timedelta(days=7)
Spent = tuple[Window, Totals]
"""A day of the config's zone, and what was spent on it from the first tick on."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that the tick at an instant would have sent.

    `reached_at` is when what it warns of came about: of a budget that its limit was reached, of a forecast
    that the expected threshold was; None where that did not happen, and for other kinds. Where it may
    still, for the window had not ended when the history did, `so_far` is how full that was by then, in
    percent of the limit, rounded down.
    """

    at: datetime
    alert: Alert
    reached_at: datetime | None = None
    so_far: int | None = None

    @property
    def lead(self) -> timedelta | None:
        """How long before that it was sent; negative where it was sent after."""
        return None if self.reached_at is None else self.reached_at - self.at


class Verdict(StrEnum):
    """What became of a rule; the values are those that `--json` prints."""

    FIRED = "fired"
    NOTHING_MATCHED = "nothing matched"
    """No usage passed its filter."""
    NEVER_REACHED = "never reached"
    """What it counts stayed below what it asks for."""
    NOT_SENT = "not sent"
    """It was reached, yet snoozed, or passed before the first tick; or, a spike, it was not unusual."""
    NOT_REPLAYED = "not replayed"
    """The history does not hold what it goes by."""
    NOT_ABOUT_IT = "not about it"
    """It is about other accounts than the one replayed."""


class Unsent(StrEnum):
    """Why a rule was silent that was reached, or was not asked."""

    PASSED = "passed already at the first tick"
    SNOOZED = "snoozed"
    OTHERS = "it is about accounts of other names: say whose history this is with --account"
    TOGETHER = "it goes by the sum of all accounts: --account all"
    EACH = "it goes by each account, and not by their sum"
    UNFORESEEN = "no forecast expected it, and no threshold of alert_at was reached"


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule.

    `kind` is its kind in the config. `most` is the highest that it came to, in points: of any window, or of a
    single query. `fires_at` is what it takes at least; `limit` a budget's points. None where a kind has
    no such number, or nothing is known. `value` is the key or bot that got so high, of a rule for each
    of them; else "". `unsent` says why nothing was sent of a budget that was reached, or why a rule is not
    about the account.
    """

    kind: Kind
    name: str
    value: str = ""
    alerts: int
    verdict: Verdict
    most: int | None = None
    fires_at: int | None = None
    limit: int | None = None
    unsent: Unsent = Unsent.PASSED

    @property
    def percent(self) -> float | None:
        """How full a budget got at most, in percent with one decimal, rounded down."""
        return None if self.limit is None or self.most is None else self.most * 1000 // self.limit / 10


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A config over a history, from the first tick (at `start`) to the last (at `end`).

    `known_from` is where the past begins that the first tick finds, `holes` what from there on could not be
    read, `snoozes` what was silent in the stack that the history is from; `by_entry` says that entries were
    known, and not only quarter hours. `days` are those of the zone on which something was counted, oldest
    first; `curves` are those of each budget, by its name, and those of single keys or bots.
    """

    config: Config
    source: str
    known_from: datetime
    holes: Holes = ()
    snoozes: Snoozes = NO_SNOOZES
    start: datetime
    end: datetime
    interval: timedelta
    ticks: int
    by_entry: bool
    sent: tuple[Sent, ...]
    rules: tuple[RuleResult, ...]
    days: tuple[Spent, ...]
    curves: Mapping[str, tuple[Curve, ...]]

    @property
    def alerts(self) -> tuple[Sent, ...]:
        """What was sent but for the welcome, with which every monitor begins."""
        return tuple(sent for sent in self.sent if sent.alert.kind is not Kind.WELCOME)

    @property
    def messages(self) -> int:
        """How many messages a channel would have got without the welcome: all alerts of a tick are one."""
        return len({sent.at for sent in self.alerts})

    @property
    def messages_a_week(self) -> float | None:
        """How many of them came in a week on average; None for less than a day."""
        weeks = (self.end - self.start) / WEEK
        return self.messages / weeks if self.end - self.start >= timedelta(days=1) else None

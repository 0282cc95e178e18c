"""What a config says, as plain values: a Config of its rules, with their Filters and Levels, and a digest.

`accounts` of a rule are shell patterns for the accounts that it is about, none for all of them. Each is
judged by itself, or with `together` by one sum over them. No fingerprint hangs on either.
"""

from collections.abc import Hashable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.billing import Billing
from budget_alert.config.patterns import fits
from budget_alert.config.periods import CalendarPeriod, Rolling, midnight
from budget_alert.identity import identity

Period: TypeAlias = CalendarPeriod | Rolling | Billing


CLEARLY_BELOW = Fraction(9, 10)
"""Below this share of a threshold usage has clearly fallen, and does not only tremble."""


class Filter(msgspec.Struct, frozen=True):
    """Shell patterns, in any case, for what a rule counts; an empty tuple counts everything."""

    bots: tuple[str, ...] = ()
    usage_types: tuple[str, ...] = ()
    api_keys: tuple[str, ...] = ()

    @property
    def normal(self) -> list[list[str]]:
        """The patterns without what does not count: their order, their case and repetitions."""
        patterns = (self.bots, self.usage_types, self.api_keys)
        return [sorted({pattern.lower() for pattern in each}) for each in patterns]

    def matches(self, bot: str, usage_type: str, api_key: str) -> bool:
        """Tell whether usage of this bot, type and key counts; `api_key` is "" where there is none."""
        return (
            (not self.bots or fits(self.bots, bot))
            and (not self.usage_types or fits(self.usage_types, usage_type))
            and (not self.api_keys or fits(self.api_keys, api_key))
        )


class Threshold(msgspec.Struct, frozen=True):
    """A threshold of a budget: its points, its share of the limit, and the words for it.

    `text` is the share as the config spells it ("80%"), or the points ("800,000 points").
    """

    points: int
    share: Fraction
    text: str


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: so many points in each window of a period, and when to speak.

    `alert_at` and `forecast_at` ascend by points. `repeat` is how long after it was told a threshold that
    still holds is told again; None means never. A threshold of a rolling period re-arms when less than
    the share `rearm_below` of it is used. `timezone` is the config's.
    """

    name: str
    points: int
    period: Period
    alert_at: tuple[Threshold, ...]
    forecast_at: tuple[Threshold, ...] = ()
    filter: Filter = Filter()
    repeat: timedelta | None = None
    rearm_below: Fraction = CLEARLY_BELOW
    snooze_until: date | None = None
    accounts: tuple[str, ...] = ()
    together: bool = False
    timezone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days, weeks and months the budget follows."""
        return ZoneInfo(self.timezone)

    @property
    def snoozed_until(self) -> datetime | None:
        """The instant, in UTC, up to which nothing is told: midnight of `snooze_until` in the zone."""
        return midnight(self.zone, self.snooze_until) if self.snooze_until else None

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while name, filter, zone, period and `starts_on` do.

        A rule whose fingerprint changes starts afresh; the order and case of patterns do not count.
        """
        return _fingerprint(self.name, self.timezone, self.period, self.filter)


class SpikeRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: much more than usual within `window`, at least `times` as much and `at_least` points."""

    name: str
    window: timedelta
    times: Decimal
    at_least: int
    accounts: tuple[str, ...] = ()
    together: bool = False

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while name and window do."""
        return _fingerprint(self.name, self.window.total_seconds())


class QueryRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: one query that costs `points` or more."""

    name: str
    points: int
    filter: Filter = Filter()
    accounts: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while name, points and filter do: other points are a new rule."""
        return _fingerprint(self.name, self.points, self.filter)


class BalanceRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: fewer than `below` points left, or points for less than `runway`; at least one is given."""

    name: str
    below: int | None = None
    runway: timedelta | None = None
    accounts: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while the name does."""
        return _fingerprint(self.name)


class DigestRule(msgspec.Struct, frozen=True, kw_only=True):
    """When to sum up: every "day" or "week" at a time of the clock in the zone `timezone`.

    `starts_on` is a week's first day, 0 (Monday) to 6; a weekly digest comes on that day.
    """

    every: Literal["day", "week"]
    at: time
    starts_on: int = 0
    accounts: tuple[str, ...] = ()
    together: bool = False
    timezone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the days, the weeks and the clock."""
        return ZoneInfo(self.timezone)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A usable config; `usd_per_million_points` is dollars, None where the config names no price."""

    timezone: str
    usd_per_million_points: Decimal | None
    budgets: tuple[Budget, ...]
    spikes: tuple[SpikeRule, ...] = ()
    queries: tuple[QueryRule, ...] = ()
    balances: tuple[BalanceRule, ...] = ()
    digest: DigestRule | None = None

    @property
    def watched(self) -> tuple[str, ...]:
        """The fingerprints of the rules of which it counts since when they are known."""
        rules: tuple[Budget | SpikeRule | QueryRule, ...] = (*self.budgets, *self.spikes, *self.queries)
        return tuple(rule.fingerprint for rule in rules)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the budgets and of the times in messages."""
        return ZoneInfo(self.timezone)


@lru_cache(maxsize=512)
def _fingerprint(*parts: Hashable) -> str:
    spelled = [part.normal if isinstance(part, Filter) else part for part in parts]
    return identity(*spelled)

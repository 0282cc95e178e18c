"""What a config says, as plain values: a Config of Budgets, each with its Filter and its Levels."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fnmatch import translate
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.periods import Period, midnight


class Filter(msgspec.Struct, frozen=True):
    """Shell patterns, in any case, for what a budget counts; an empty tuple counts everything."""

    bots: tuple[str, ...] = ()
    usage_types: tuple[str, ...] = ()
    api_keys: tuple[str, ...] = ()

    def matches(self, bot: str, usage_type: str, api_key: str) -> bool:
        """Tell whether usage of this bot, type and key counts; `api_key` is "" where there is none."""
        return (
            (not self.bots or _fits(self.bots, bot))
            and (not self.usage_types or _fits(self.usage_types, usage_type))
            and (not self.api_keys or _fits(self.api_keys, api_key))
        )


class Level(msgspec.Struct, frozen=True):
    """A threshold of a budget: its points, its share of the limit, and the words for it.

    `text` is the share as the config spells it ("80%"), or the points ("800,000 points").
    """

    points: int
    share: Fraction
    text: str


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: so many points in each window of a period, and when to speak.

    `alert_at` ascends by points. `repeat` is how long after it was told a threshold that still holds
    is told again; None means never. `timezone` is the config's.
    """

    name: str
    points: int
    period: Period
    alert_at: tuple[Level, ...]
    filter: Filter = Filter()
    repeat: timedelta | None = None
    snooze_until: date | None = None
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
        patterns = (self.filter.bots, self.filter.usage_types, self.filter.api_keys)
        counted = [sorted({pattern.lower() for pattern in each}) for each in patterns]
        identity = msgspec.json.encode([self.name, self.timezone, self.period, counted])
        return blake2b(identity, digest_size=8).hexdigest()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A usable config; `usd_per_million_points` is dollars, None where the config names no price."""

    timezone: str
    usd_per_million_points: Decimal | None
    budgets: tuple[Budget, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the budgets and of the times in messages."""
        return ZoneInfo(self.timezone)


@lru_cache(maxsize=4096)
def _fits(patterns: tuple[str, ...], value: str) -> bool:
    return _matcher(patterns)(value) is not None


@lru_cache(maxsize=512)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(translate(pattern) for pattern in patterns), re.IGNORECASE).match

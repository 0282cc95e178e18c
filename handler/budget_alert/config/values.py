"""Readers of single values of a config; each raises ConfigError with what would be right."""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from budget_alert.config.periods import WEEKDAYS, Day, Hour, Month, Period, Rolling, Week
from budget_alert.config.spelling import did_you_mean, is_printable, nearest, shown
from budget_alert.errors import ConfigError

MOST_POINTS = 10**12
MOST_HOURS = 90 * 24
USAGE_TYPES = ("API", "Chat", "Canvas App")
"""The usage types that Poe documents."""

_LONGEST_NAME = 80
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_LENGTH = re.compile(r"([1-9][0-9]{0,3})([hd])")
_CALENDAR: dict[object, Period] = {"hour": Hour(), "day": Day(), "week": Week(), "month": Month()}
_RIGHT_LENGTH = 'write whole hours or days from "1h" to "90d", like "12h" or "7d"'


def name(value: object) -> str:
    """Read a name: 1 to 80 characters on one line."""
    if isinstance(value, str) and 1 <= len(value.strip()) <= _LONGEST_NAME and is_printable(value):
        return value.strip()
    raise ConfigError(f"{shown(value)} is not a name; write 1 to {_LONGEST_NAME} characters on one line")


def points(value: object) -> int:
    """Read a number of points: whole, from 1 to a million million."""
    if type(value) is int and 1 <= value <= MOST_POINTS:
        return value
    right = f"a whole number from 1 to {MOST_POINTS:_}, without quotes or a decimal point, like 1_000_000"
    raise ConfigError(f"{shown(value)} is not a number of points; write {right}")


def dollars(value: object) -> Decimal:
    """Read a price in dollars, whole or decimal, from a millionth to a million."""
    price = Decimal(value) if type(value) is int else value
    if isinstance(price, Decimal) and price.is_finite() and Decimal("1e-6") <= price <= Decimal("1e6"):
        return price
    raise ConfigError(f"{shown(value)} is not a price; write dollars, above 0 and up to 1_000_000, like 30")


def time_zone(value: object) -> str:
    """Read the IANA name of a time zone, as the package tzdata lists them."""
    if isinstance(value, str) and value in _zones():
        return value
    by_place = {zone.rpartition("/")[2]: zone for zone in _zones()} | {zone: zone for zone in _zones()}
    near = nearest(value, by_place) if isinstance(value, str) else None
    advice = f'did you mean "{by_place[near]}"?' if near else 'write an IANA name like "Europe/London"'
    raise ConfigError(f"{shown(value)} is not a time zone; {advice}")


def period(value: object) -> Period:
    """Read a period: a calendar one, from its usual start, or a rolling length."""
    if isinstance(value, str) and value in _CALENDAR:
        return _CALENDAR[value]
    if value == "billing":
        raise ConfigError(
            '"billing" is not supported yet by this version; remove it and write "month", with a `starts_on`'
        )
    hours = _hours(value)
    if hours:
        return Rolling(hours)
    right = f'write "hour", "day", "week" or "month"; or for a rolling length {_RIGHT_LENGTH}'
    raise ConfigError(f"{shown(value)} is not a period; {did_you_mean(value, map(str, _CALENDAR), right)}")


def length(value: object) -> int:
    """Read a length, "12h" or "7d"; give its hours, 1 to 2,160."""
    hours = _hours(value)
    if hours:
        return hours
    raise ConfigError(f"{shown(value)} is not a length; {_RIGHT_LENGTH}")


def day_of_month(value: object) -> int:
    """Read a day of the month, 1 to 31."""
    if type(value) is int and value in range(1, 32):
        return value
    raise ConfigError(f"{shown(value)} is not a day of the month; write a whole number from 1 to 31")


def weekday(value: object) -> int:
    """Read the name of a weekday in any case; give 0 for Monday to 6 for Sunday."""
    if isinstance(value, str) and value.lower() in WEEKDAYS:
        return WEEKDAYS.index(value.lower())
    advice = did_you_mean(value, WEEKDAYS, 'write one in quotes, like "monday"')
    raise ConfigError(f"{shown(value)} is not a weekday; {advice}")


def start(value: object) -> int:
    """Read what starts a period that is not known: a weekday in quotes or a day of the month."""
    return weekday(value) if isinstance(value, str) else day_of_month(value)


def day(value: object) -> date:
    """Read a TOML local date from 2000 to 2199."""
    if type(value) is date and _FIRST_DAY <= value <= _LAST_DAY:
        return value
    right = "write a date from 2000 to 2199 without quotes and without a time, like 2026-12-01"
    raise ConfigError(f"{shown(value)} is not a day; {right}")


def pattern(value: object) -> str:
    """Read a shell pattern."""
    if isinstance(value, str) and value:
        return value
    raise ConfigError(f'{shown(value)} is not a pattern; write text in quotes, like "Claude-*"')


def usage_type(value: object) -> str:
    """Read a shell pattern for a usage type; without wildcards it has to be one that Poe documents."""
    spelled = pattern(value)
    if re.search(r"[*?\[]", spelled) or spelled.lower() in map(str.lower, USAGE_TYPES):
        return spelled
    advice = did_you_mean(
        spelled, USAGE_TYPES, f"write one of {', '.join(map(shown, USAGE_TYPES))}, or a pattern"
    )
    raise ConfigError(f"{shown(spelled)} is not a usage type; {advice}")


def _hours(value: object) -> int | None:
    spelled = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    hours = int(spelled[1]) * (24 if spelled[2] == "d" else 1) if spelled else 0
    return hours if 1 <= hours <= MOST_HOURS else None


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(files("tzdata").joinpath("zones").read_text("utf-8").split()))

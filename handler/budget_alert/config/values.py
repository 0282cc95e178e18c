"""Readers of single values of a config; each raises ConfigError with what would be right."""

import re
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from budget_alert.config.billing import Billing
from budget_alert.config.patterns import folded
from budget_alert.config.periods import WEEKDAYS, Day, Hour, Month, Rolling, Week
from budget_alert.config.schema import Period
from budget_alert.config.spelling import did_you_mean, either, is_printable, shown
from budget_alert.errors import ConfigError
from budget_alert.identity import TOGETHER

MOST_POINTS = 10**12
USAGE_TYPES = ("API", "Chat", "Canvas App")
"""The usage types that Poe documents."""

_LONGEST_NAME = 80
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_LEAST_TIMES, _MOST_TIMES = Decimal("1.1"), Decimal(1000)
_LEAST_REARMING = Fraction(1, 10)
_SHARE = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,6})?)%")
_MOST_DAYS = 90
_LENGTH = re.compile(r"([1-9][0-9]{0,7})([hd])")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_NAMED: dict[str, Period] = {
    "hour": Hour(),
    "day": Day(),
    "week": Week(),
    "month": Month(),
    "billing": Billing(),
}


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


def period(value: object) -> Period:
    """Read a period: a calendar one, from its usual start, the billing cycle, or a rolling length."""
    if isinstance(value, str) and value in _NAMED:
        return _NAMED[value]
    hours = _hours(value)
    if 1 <= hours <= _MOST_DAYS * 24:
        return Rolling(hours)
    names = either([shown(each) for each in _NAMED])
    right = f"write {names}; or for a rolling length {_right_length(_MOST_DAYS)}"
    raise ConfigError(f"{shown(value)} is not a period; {did_you_mean(value, _NAMED, right)}")


def length(value: object, most_days: int = _MOST_DAYS) -> int:
    """Read a length, "12h" or "7d", of at most `most_days`; give its hours."""
    hours = _hours(value)
    if 1 <= hours <= most_days * 24:
        return hours
    wrong = "is too long" if hours else "is not a length"
    raise ConfigError(f"{shown(value)} {wrong}; {_right_length(most_days)}")


def times(value: object) -> Decimal:
    """Read how many times as much as usual is too much: a number, whole or decimal, from 1.1 to 1,000."""
    factor = Decimal(value) if type(value) is int else value
    if isinstance(factor, Decimal) and factor.is_finite() and _LEAST_TIMES <= factor <= _MOST_TIMES:
        return factor
    right = f"a number from {_LEAST_TIMES} to {_MOST_TIMES}, without quotes, like 4 or 2.5"
    raise ConfigError(f"{shown(value)} is not a number of times; write {right}")


def share(value: object) -> Fraction:
    """Read a share spelled as per cent, "80%"; 0 where it is none."""
    spelled = _SHARE.fullmatch(value) if isinstance(value, str) else None
    return Fraction(spelled[1]) / 100 if spelled else Fraction(0)


def rearming(value: object) -> Fraction:
    """Read below which share of a threshold it is armed again: from 10% to 100%."""
    below = share(value)
    if _LEAST_REARMING <= below <= 1:
        return below
    right = 'write one from "10%" to "100%", in quotes, like "90%"'
    raise ConfigError(f"{shown(value)} is not a share to fall below; {right}")


def every(value: object) -> Literal["day", "week"]:
    """Read how often a digest comes."""
    if value == "day":
        return "day"
    if value == "week":
        return "week"
    advice = did_you_mean(value, ("day", "week"), 'write "day" or "week"')
    raise ConfigError(f"{shown(value)} is not how often a digest comes; {advice}")


def clock(value: object) -> time:
    """Read a time of the day by the minute: "HH:MM" in 24 hours, or a TOML local time."""
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    if type(value) is time and value == value.replace(second=0, microsecond=0):
        return value
    right = 'write hours and minutes in quotes, from "00:00" to "23:59", like "09:00"'
    raise ConfigError(f"{shown(value)} is not a time of the day; {right}")


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


def pattern(value: object, example: str = "Claude-*") -> str:
    """Read a shell pattern; `example` is a right one."""
    if isinstance(value, str) and value:
        return value
    raise ConfigError(f'{shown(value)} is not a pattern; write text in quotes, like "{example}"')


def account(value: object, *, doubts: bool = True) -> str:
    """Read a shell pattern for names of accounts; no account is called as the sum of all is.

    With `doubts`, nor as what only looks like that.
    """
    name = pattern(value, example="prod*")
    if (folded(name) if doubts else name.casefold()) == TOGETHER:
        advice = "leave `accounts` out for every account, or write `together = true` to sum them up"
        raise ConfigError(f"{shown(value)} is no account's name; {advice}")
    return name


def switch(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ConfigError(f"{shown(value)} is neither true nor false; write true or false, without quotes")


def usage_type(value: object) -> str:
    """Read a shell pattern for a usage type; without wildcards it has to be one that Poe documents."""
    spelled = pattern(value)
    if re.search(r"[*?\[]", spelled) or spelled.lower() in map(str.lower, USAGE_TYPES):
        return spelled
    advice = did_you_mean(
        spelled, USAGE_TYPES, f"write one of {', '.join(map(shown, USAGE_TYPES))}, or a pattern"
    )
    raise ConfigError(f"{shown(spelled)} is not a usage type; {advice}")


def _hours(value: object) -> int:
    spelled = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    return int(spelled[1]) * (24 if spelled[2] == "d" else 1) if spelled else 0


def _right_length(most_days: int) -> str:
    return f'write whole hours or days from "1h" to "{most_days}d", like "12h" or "7d"'

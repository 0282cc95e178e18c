"""Kinds of values in a config: what each reads, what is said of a wrong one, and the same as JSON Schema."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import msgspec

from budget_alert.config.billing import Billing
from budget_alert.config.periods import WEEKDAYS, Day, Hour, Month, Rolling, Week
from budget_alert.config.spelling import did_you_mean, either, folded, is_printable, shown
from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError
from budget_alert.identity import NAMED, TOGETHER, is_named

MOST_POINTS = 10**12
_POINTS = f"a whole number from 1 to {MOST_POINTS:_}, without quotes or a decimal point, like 1_000_000"
_USAGE_TYPES = ("API", "Chat", "Canvas App")
"""The usage types that Poe documents."""
_PERIODS = {"hour": Hour(), "day": Day(), "week": Week(), "month": Month(), "billing": Billing()}
SHARE = r"[0-9]{1,5}(?:\.[0-9]{1,6})?%"
_LENGTH = r"[1-9][0-9]{0,7}[hd]"
_MOST_DAYS = 90
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
Values: TypeAlias = Mapping[str, Any]
"""The values of a table's keys, as far as they are right."""


class Beside(msgspec.Struct):
    """What a value is read beside: the keys before it, and whether what is hardly meant is a mistake."""

    values: Values
    doubts: bool = True


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of values.

    `read` makes a value of what stands in the config, or gives None: then what is `wrong` is said, with the
    nearest of `choices` or what would be `right`. Where there is more to say, it raises ConfigError. It takes
    what stands `beside`, too, where it needs that. Of the values of a list, `gather` makes one.
    """

    wrong: str = ""
    right: str = ""
    read: Callable[..., Any]
    schema: Mapping[str, Any]
    choices: Iterable[str] = ()
    beside: bool = False
    gather: Callable[[list[Any]], tuple[Any, ...]] = tuple

    def value(self, written: object, beside: Beside) -> Any:  # noqa: ANN401 - of the kind
        """Give the value that is written; raises ConfigError with what is wrong and what would be right."""
        found = self.read(written, beside) if self.beside else self.read(written)
        if found is None:
            advice = did_you_mean(written, self.choices, self.right)
            raise ConfigError(f"{shown(written)} {self.wrong}; {advice}")
        return found


def _whole(least: int, most: int, wrong: str, right: str) -> Kind:
    def read(value: object) -> int | None:
        return value if type(value) is int and least <= value <= most else None

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Kind(read=read, schema=schema, wrong=wrong, right=right)


def _decimal(least: str, most: str, wrong: str, right: str) -> Kind:
    def read(value: object) -> Decimal | None:
        number = Decimal(value) if type(value) is int else value
        if isinstance(number, Decimal) and number.is_finite() and Decimal(least) <= number <= Decimal(most):
            return number
        return None

    schema = {"type": "number", "minimum": float(least), "maximum": float(most)}
    return Kind(read=read, schema=schema, wrong=wrong, right=right)


def _one_of(*words: str, wrong: str) -> Kind:
    def read(value: object) -> object | None:
        return value if value in words else None

    right = f"write {either(list(map(shown, words)))}"
    return Kind(read=read, schema={"enum": list(words)}, choices=words, wrong=wrong, right=right)


def _any_case(words: Iterable[str]) -> list[dict[str, Any]]:
    patterns = (re.sub("[a-z]", lambda each: f"[{each[0].upper()}{each[0]}]", word.lower()) for word in words)
    return [{"enum": list(words)}, {"type": "string", "pattern": f"^(?:{'|'.join(patterns)})$"}]


def _length(most_days: int) -> Kind:
    right = f'write whole hours or days from "1h" to "{most_days}d", like "12h" or "7d"'

    def read(value: object) -> timedelta | None:
        hours = _hours(value)
        if hours > most_days * 24:
            raise ConfigError(f"{shown(value)} is too long; {right}")
        return timedelta(hours=hours) if hours else None

    schema = {"type": "string", "pattern": f"^{_LENGTH}$"}
    return Kind(read=read, schema=schema, wrong="is not a length", right=right)


def _hours(value: object) -> int:
    if not (isinstance(value, str) and re.fullmatch(_LENGTH, value)):
        return 0
    return int(value[:-1]) * (24 if value.endswith("d") else 1)


def _name(value: object) -> str | None:
    most = NAME.schema["maxLength"]
    is_name = isinstance(value, str) and 1 <= len(value.strip()) <= most and is_printable(value)
    return value.strip() if isinstance(value, str) and is_name else None


def _period(value: object) -> object | None:
    if isinstance(value, str) and value in _PERIODS:
        return _PERIODS[value]
    hours = _hours(value)
    return Rolling(hours) if 1 <= hours <= _MOST_DAYS * 24 else None


def _start(value: object, beside: Beside) -> Month | Week:
    """Read what the period starts on; of a period that is not known, whatever starts one."""
    period = beside.values.get("period")
    if isinstance(period, Week) or (period is None and isinstance(value, str)):
        return Week(WEEKDAY.value(value, beside))
    return Month(_DAY_OF_MONTH.value(value, beside))


def share(value: object, least: Fraction, most: int) -> Fraction | None:
    """Read a share spelled as per cent, "80%"."""
    if not (isinstance(value, str) and re.fullmatch(SHARE, value)):
        return None
    found = Fraction(value[:-1]) / 100
    return found if least <= found <= most else None


def _clock(value: object) -> time | None:
    if isinstance(value, str) and re.fullmatch(_CLOCK, value):
        return time.fromisoformat(value)
    return value if type(value) is time and value == value.replace(second=0, microsecond=0) else None


def _day(value: object) -> date | None:
    return value if type(value) is date and date(2000, 1, 1) <= value <= date(2199, 12, 31) else None


def _pattern(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _usage_type(value: object, beside: Beside) -> str | None:
    """Read a pattern; without wildcards it has to be a type that Poe documents."""
    spelled = str(PATTERN.value(value, beside))
    is_known = spelled.lower() in map(str.lower, _USAGE_TYPES)
    return spelled if is_known or re.search(r"[*?\[]", spelled) else None


def _account(value: object, beside: Beside) -> str | None:
    """Read a pattern for names of accounts; none is called as the sum of all is, or as what looks like it."""
    name = _pattern(value)
    if name and (folded(name) if beside.doubts else name.casefold()) == TOGETHER:
        advice = "leave `accounts` out for every account, or write `together = true` to sum them up"
        raise ConfigError(f"{shown(value)} is no account's name; {advice}")
    return name


LENGTH, SHORT_LENGTH = _length(_MOST_DAYS), _length(7)
NAME = Kind(
    read=_name,
    schema={"type": "string", "minLength": 1, "maxLength": 80},
    wrong="is not a name",
    right="write 1 to 80 characters on one line",
)
CHANNEL = Kind(
    read=lambda value: value if isinstance(value, str) and is_named(value) else None,
    schema={"type": "string", "pattern": f"^{NAMED}$"},
    wrong="is no name of a channel",
    right='write one that stands in the secret\'s slack_webhooks: 1 to 32 letters, digits, "-", "_" and "."',
)
POINTS = _whole(1, MOST_POINTS, wrong="is not a number of points", right=f"write {_POINTS}")
PRICE = _decimal(
    "1e-6", "1e6", wrong="is not a price", right="write dollars, above 0 and up to 1_000_000, like 30"
)
TIMES = _decimal(
    "1.1",
    "1000",
    wrong="is not a number of times",
    right="write a number from 1.1 to 1000, without quotes, like 4 or 2.5",
)
ZONE = Kind(read=time_zone, schema={"type": "string"})
PERIOD = Kind(
    read=_period,
    schema={"anyOf": [{"enum": list(_PERIODS)}, LENGTH.schema]},
    choices=_PERIODS,
    wrong="is not a period",
    right=f"write {either([shown(each) for each in _PERIODS])}; or for a rolling length {LENGTH.right}",
)
_DAY_OF_MONTH = _whole(1, 31, wrong="is not a day of the month", right="write a whole number from 1 to 31")
WEEKDAY = Kind(
    read=lambda value: WEEKDAYS.index(value.lower()) if str(value).lower() in WEEKDAYS else None,
    schema={"anyOf": _any_case(WEEKDAYS)},
    choices=WEEKDAYS,
    wrong="is not a weekday",
    right='write one in quotes, like "monday"',
)
START = Kind(read=_start, schema={"anyOf": [_DAY_OF_MONTH.schema, WEEKDAY.schema]}, beside=True)
REARMING = Kind(
    read=lambda value: share(value, Fraction(1, 10), 1),
    schema={"type": "string", "pattern": f"^{SHARE}$"},
    wrong="is not a share to fall below",
    right='write one from "10%" to "100%", in quotes, like "90%"',
)
DAY = Kind(
    read=_day,
    schema={"type": "string", "format": "date"},
    wrong="is not a day",
    right="write a date from 2000 to 2199 without quotes and without a time, like 2026-12-01",
)
EVERY = _one_of("day", "week", wrong="is not how often a digest comes")
EACH = _one_of("api_key", "bot", wrong="is not what a rule can be made for")
CLOCK = Kind(
    read=_clock,
    schema={"type": "string", "pattern": rf"^{_CLOCK}(?::00(?:\.0+)?)?$"},
    wrong="is not a time of the day",
    right='write hours and minutes in quotes, from "00:00" to "23:59", like "09:00"',
)
PATTERN = Kind(
    read=_pattern,
    schema={"type": "string", "minLength": 1},
    wrong="is not a pattern",
    right='write text in quotes, like "Claude-*"',
)
USAGE_TYPE = Kind(
    read=_usage_type,
    schema={"anyOf": [*_any_case(_USAGE_TYPES), {"type": "string", "pattern": r"[*?\[]"}]},
    choices=_USAGE_TYPES,
    wrong="is not a usage type",
    right=f"write one of {', '.join(map(shown, _USAGE_TYPES))}, or a pattern",
    beside=True,
)
ACCOUNT = Kind(
    read=_account,
    schema=PATTERN.schema,
    wrong="is not a pattern",
    right='write text in quotes, like "prod*"',
    beside=True,
)
SWITCH = Kind(
    read=lambda value: value if isinstance(value, bool) else None,
    schema={"type": "boolean"},
    wrong="is neither true nor false",
    right="write true or false, without quotes",
)

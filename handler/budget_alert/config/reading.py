"""Config text -> Config, or every mistake at once: one reader for all tables, as `schema` declares them.

The config in force is the newest text if it can be used, else the last good one.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from budget_alert.config.keys import Field, Key, Rule, Tables, declared, fields
from budget_alert.config.kinds import Beside, Values
from budget_alert.config.schema import Config
from budget_alert.config.spelling import either, folded, nearest, shown
from budget_alert.errors import ConfigError

MOST_BYTES = 8192
"""What an advanced parameter of AWS Systems Manager holds."""

R = TypeVar("R", bound=Rule)


def parse(text: str, *, doubts: bool = True) -> Config:
    """Turn the text of a config, TOML of at most 8,192 bytes, into a Config.

    Raises ConfigError with every mistake, a sentence each: where it is (`budget[2].period`, counted
    from 1, and the budget's name), what is wrong and what would be right. Of text that is not TOML, it
    is the first line that cannot be read.

    Without `doubts`, what a person hardly meant is taken at its word.
    """
    said = _Said(doubts)
    config = _Table(_toml(text), said).rule(Config, {})
    if config is None:
        raise ConfigError(*said.mistakes)
    return config


class InForce(msgspec.Struct, frozen=True):
    """The config to go by, None where there is none; its text; the newest text's mistakes."""

    config: Config | None
    text: str | None
    mistakes: tuple[str, ...] = ()

    @property
    def zone(self) -> str:
        """The IANA name of the reader's time zone; UTC while there is no config."""
        return self.config.timezone if self.config else "UTC"


_parse = lru_cache(maxsize=2)(parse)
"""Reads a text once for all accounts that go by it."""


def in_force(newest: Callable[[], str], last_good: str | None) -> InForce:
    """Read the config; while the `newest` text cannot be had or used, the last good one stays in force.

    Only a text that is new is asked about what is hardly meant: a release that learns to ask ends no config
    that was in force before it.
    """
    try:
        text = newest()
        return InForce(_parse(text, doubts=text != last_good), text)
    except ConfigError as error:
        return InForce(_parsed(last_good), last_good, error.mistakes)


def _parsed(text: str | None) -> Config | None:
    try:
        return _parse(text, doubts=False) if text else None
    except ConfigError:
        return None


class _Said(msgspec.Struct):
    """What is said while a config is read: the mistakes, in order, and which table has a name, folded."""

    doubts: bool
    mistakes: list[str] = []
    names: dict[str, str] = {}


class _Table:
    """A table of the config, read key by key.

    `place` is the path to it, such as "budget[2]", empty for the whole config; lists count from 1.
    `owner` is the name that the table gives itself, to be said beside the path.
    """

    def __init__(self, held: Mapping[str, object], said: _Said, place: str = "", owner: str = "") -> None:
        self._held = held
        self._said = said
        self._place = place
        self._owner = owner
        self._meant: set[str] = set()

    def rule(self, rule: type[R], whole: Values) -> R | None:
        """Give the rule that the table says, None where anything in it is mistaken.

        `whole` are the values of the whole config so far.
        """
        before = len(self._said.mistakes)
        self._find_unknown(rule)
        if "name" in declared(rule):
            self._find_same_name()
        values = self._values(rule, whole)
        for check in rule.checks:
            for key, sentence in check(values, self._given):
                self._mistake(key, sentence)
        return rule(**values) if len(self._said.mistakes) == before else None

    def _given(self, key: str) -> bool:
        """Tell whether `key` is there, be it misspelled in a way that was found."""
        return key in self._held or key in self._meant

    def _mistake(self, key: str, sentence: str) -> None:
        path = f"{self._place}.{key}" if self._place else key
        self._said.mistakes.append(f"{path}{self._owner}: {sentence}")

    def _find_unknown(self, rule: type[Rule]) -> None:
        keys = declared(rule)
        absent = [key for key in keys if key not in self._held]
        for key in self._held:
            if key in keys:
                continue
            sentence = dict(rule.refused).get(key) or _elsewhere(key)
            if sentence:
                self._mistake(key, sentence)
                continue
            near = nearest(key, absent)
            self._meant |= {near} if near else set()
            known = f"remove it; the keys known here are {', '.join(keys)}"
            advice = f"did you mean `{near}`?" if near else known
            self._mistake(_bare(key), f"is not a known key; {advice}")

    def _find_same_name(self) -> None:
        name = self._held.get("name")
        same = folded if self._said.doubts else str.casefold
        alike = same(name.strip()) if isinstance(name, str) else ""
        taken = self._said.names.setdefault(alike, self._place) if alike else self._place
        if taken != self._place:
            self._mistake("name", f"{taken} has this name too, in this or another case; write another")

    def _values(self, rule: type[msgspec.Struct], whole: Values) -> dict[str, Any]:
        """Give the values of a rule's fields that are right, and given or usual."""
        values: dict[str, Any] = {}
        for field in fields(rule):
            if field.group:
                values[field.name] = field.group(**self._values(field.group, whole))
            elif not field.parts and field.name in whole:
                values[field.name] = whole[field.name]
            for part in field.parts:
                if isinstance(part, Key):
                    found = self._value(field, part, Beside(values, self._said.doubts))
                else:
                    found = self._single(part, values) if part.single else self._rules(part, values)
                is_of_nothing = part.name and isinstance(part, Key) and field.name not in values
                if found is not None and not is_of_nothing:
                    values[field.name] = found
        return values

    def _value(self, field: Field, key: Key, beside: Beside) -> object | None:
        """Give the value of a key, None where it is absent or mistaken."""
        name = key.name or field.name
        if name not in self._held:
            if field.needs(key) and not self._given(name):
                self._mistake(name, f"is missing; write, for example, `{name} = {_written(key.example)}`")
            return key.usual(beside) if key.usual else None
        wrong = key.unless(beside.values) if key.unless else None
        if wrong:
            self._mistake(name, wrong)
            return None
        if key.each:
            return self._items(name, key, beside)
        return self._attempt(name, key.kind.value, self._held[name], beside)

    def _items(self, name: str, key: Key, beside: Beside) -> object | None:
        """Give the value of a list, of the items that are right."""
        value = self._held[name]
        if not isinstance(value, list):
            self._mistake(name, f"{shown(value)} is not a list; put square brackets around it")
            return None
        if not value:
            self._mistake(name, f"is an empty list; {key.each}")
        items = [
            self._attempt(f"{name}[{number}]", key.kind.value, item, beside)
            for number, item in enumerate(value, 1)
        ]
        return self._attempt(name, key.kind.gather, [item for item in items if item is not None])

    def _attempt(self, key: str, read: Callable[..., object], *args: object) -> object | None:
        try:
            return read(*args)
        except ConfigError as error:
            for sentence in error.mistakes:
                self._mistake(key, sentence)
        return None

    def _rules(self, tables: Tables, whole: Values) -> object | None:
        """Give the rules below lines [[ ]], None where the key is absent.

        A table below a line [ ] is a mistake and read all the same, so that its own are found too.
        """
        value = self._held.get(tables.name)
        if value is None:
            return None
        found = value if isinstance(value, list) else [value]
        held = [(number, item) for number, item in enumerate(found, 1) if isinstance(item, dict)]
        if value is not found or len(held) < max(1, len(found)):
            below = f"each below a line {tables.line} of its own"
            self._mistake(tables.name, f"needs at least one rule, {below}")
        rules = [
            self._child(f"{tables.name}[{number}]", item).rule(tables.rule, whole) for number, item in held
        ]
        return tuple(rule for rule in rules if rule is not None)

    def _single(self, tables: Tables, whole: Values) -> object | None:
        """Give what stands below the line [ ], or below the first of lines [[ ]], which is a mistake."""
        value = self._held.get(tables.name)
        if isinstance(value, list):
            only = f"there is only one {tables.name}; write {tables.line} once, in single brackets"
            self._mistake(tables.name, f"is a list, and {only}")
        elif value is not None and not isinstance(value, dict):
            right = f"write its keys below a line {tables.line}"
            self._mistake(tables.name, f"{shown(value)} is not a table; {right}")
        held = (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict))
        return next((self._child(tables.name, item).rule(tables.rule, whole) for item in held), None)

    def _child(self, place: str, held: Mapping[str, object]) -> "_Table":
        name = held.get("name")
        return _Table(held, self._said, place, f" of {shown(name)}" if isinstance(name, str) else "")


def _elsewhere(key: str) -> str | None:
    """Say where a key belongs that is none of its table; None where it is none of any."""
    tables = [part for part in declared(Config).values() if isinstance(part, Tables)]
    owners = [table for table in tables if key in declared(table.rule)]
    if owners:
        kinds = either([f"a {table.name}" for table in owners])
        return f"belongs to {kinds}; move it below a line {either([table.line for table in owners])}"
    part = declared(Config).get(key)
    if part is None:
        return None
    if isinstance(part, Key):
        return "belongs to the whole config; move it above the first line in brackets"
    whose = "belongs to the whole config" if part.single else "is a rule of its own"
    return f"{whose}; begin it with a line {part.line}"


def _written(example: object) -> str:
    return f"{example:_}" if isinstance(example, int) else shown(example)


def _bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", key) else shown(key)


def _toml(text: str) -> dict[str, object]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise ConfigError(f"config: has {size:,} bytes; shorten it to at most {MOST_BYTES:,}")
    try:
        text.encode("utf-8")
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except UnicodeEncodeError:
        raise ConfigError("config: holds halves of characters; save it again as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_unreadable(str(error), text)) from None
    except (ValueError, ArithmeticError, RecursionError):
        what = "holds a number too long, or brackets too deep, to be read"
        raise ConfigError(f"config: {what}; write shorter numbers and plain lists") from None


def _unreadable(reason: str, text: str) -> str:
    what, _, where = reason.rpartition(" (at ")
    line = re.search(r"line ([0-9]+)", where)
    number = line[1] if line else max(1, len(text.splitlines()))
    advice = "write each key once, on a line of its own, as `key = value`, with text in double quotes"
    return f"line {number}: cannot be read as TOML ({shown(what)}); {advice}"

"""A TOML table read key by key, so that all of its mistakes are found at once."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from budget_alert.config.spelling import nearest, shown
from budget_alert.errors import ConfigError

T = TypeVar("T")
Reader = Callable[[object], T]
"""Turns a TOML value into a T, or raises ConfigError with what is wrong, without its path."""


class Mistakes:
    """What is wrong with a config, in the order in which it was found.

    With `doubts`, what is clear enough and hardly meant is wrong, too.
    """

    def __init__(self, *, doubts: bool = True) -> None:
        self.doubts = doubts
        self._found: list[str] = []

    def add(self, path: str, sentence: str) -> None:
        """Take note of a mistake at `path`."""
        self._found.append(f"{path}: {sentence}")

    def raise_any(self) -> None:
        """Raise ConfigError with every mistake, if there is one."""
        if self._found:
            raise ConfigError(*self._found)


class Table:
    """One table of a config: what it holds, where it stands, and where its mistakes go.

    `place` is the path to it, such as "budget[2]", empty for the whole config; lists count from 1.
    `owner` is the name that the table gives itself, to be said beside the path.
    """

    def __init__(
        self, values: Mapping[str, object], mistakes: Mistakes, place: str = "", owner: str = ""
    ) -> None:
        self.place = place
        self._values = values
        self._mistakes = mistakes
        self._owner = owner
        self._meant: set[str] = set()

    def get(self, key: str) -> object:
        """Give the raw value of `key`, None where it is absent."""
        return self._values.get(key)

    def given(self, key: str) -> bool:
        """Tell whether `key` is there, be it misspelled in a way that `only` has found."""
        return key in self._values or key in self._meant

    @property
    def doubts(self) -> bool:
        """Whether what is hardly meant is a mistake."""
        return self._mistakes.doubts

    def mistake(self, key: str, sentence: str) -> None:
        """Take note of a mistake at `key`."""
        path = f"{self.place}.{key}" if self.place else key
        self._mistakes.add(f"{path}{self._owner}", sentence)

    def only(self, keys: tuple[str, ...], elsewhere: Mapping[str, str]) -> None:
        """Take note of every key that is not one of `keys`; `elsewhere` says what to do about some."""
        absent = [key for key in keys if key not in self._values]
        for key in self._values:
            if key in elsewhere:
                self.mistake(key, elsewhere[key])
            elif key not in keys:
                self._unknown(key, absent, keys)

    def _unknown(self, key: str, absent: list[str], keys: tuple[str, ...]) -> None:
        near = nearest(key, absent)
        self._meant.update({near} if near else ())
        advice = (
            f"did you mean `{near}`?" if near else f"remove it; the keys known here are {', '.join(keys)}"
        )
        self.mistake(_bare(key), f"is not a known key; {advice}")

    def read(self, key: str, reader: Reader[T], default: T) -> T:
        """Give the value of `key`, or `default` where it is absent or mistaken."""
        value = self._attempt(key, reader, self._values[key]) if key in self._values else None
        return default if value is None else value

    def required(self, key: str, reader: Reader[T], example: str) -> T | None:
        """Give the value of `key`, None where it is mistaken or absent; `example` is a right line."""
        if not self.given(key):
            self.mistake(key, f"is missing; write, for example, `{example}`")
        return self.read(key, reader, None)

    def each(self, key: str, reader: Reader[T], absent: str) -> tuple[T, ...]:
        """Give the items of the list at `key` that are right; `absent` says what leaving it out means."""
        value = self._values.get(key)
        if value == []:
            self.mistake(key, f"is an empty list; {absent}")
        if not isinstance(value, list):
            if value is not None:
                self.mistake(key, f"{shown(value)} is not a list; put square brackets around it")
            return ()
        items = [self._attempt(f"{key}[{number}]", reader, item) for number, item in enumerate(value, 1)]
        return tuple(item for item in items if item is not None)

    def tables(self, key: str) -> tuple["Table", ...]:
        """Give the tables below lines `[[key]]`, none where it is absent; anything else is a mistake.

        A table below a line `[key]` is a mistake and given all the same, so that its own are found too.
        """
        if key not in self._values:
            return ()
        value = self._values[key]
        found = value if isinstance(value, list) else [value]
        tables = [(number, item) for number, item in enumerate(found, 1) if isinstance(item, dict)]
        if value is not found or len(tables) < max(1, len(found)):
            self.mistake(key, f"needs at least one rule, each below a line [[{key}]] of its own")
        return tuple(self._child(f"{key}[{number}]", item) for number, item in tables)

    def table(self, key: str) -> "Table | None":
        """Give the table below the line `[key]`, None where there is none; anything else is a mistake.

        The first of the tables below lines `[[key]]` is given all the same, so that its own are found too.
        """
        value = self._values.get(key)
        if isinstance(value, list):
            self.mistake(
                key, f"is a list, and there is only one {key}; write [{key}] once, in single brackets"
            )
        elif value is not None and not isinstance(value, dict):
            self.mistake(key, f"{shown(value)} is not a table; write its keys below a line [{key}]")
        found = value if isinstance(value, list) else [value]
        return next((self._child(key, item) for item in found if isinstance(item, dict)), None)

    def _child(self, place: str, values: Mapping[str, object]) -> "Table":
        name = values.get("name")
        owner = f" of {shown(name)}" if isinstance(name, str) else ""
        return Table(values, self._mistakes, place, owner)

    def _attempt(self, key: str, reader: Reader[T], value: object) -> T | None:
        try:
            return reader(value)
        except ConfigError as error:
            for sentence in error.mistakes:
                self.mistake(key, sentence)
        return None


def _bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", key) else shown(key)

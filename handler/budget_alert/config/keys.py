"""How a config is declared: which fields of a rule are keys of its table, and which tables there are."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar, TypeAlias

import msgspec

from budget_alert.config.kinds import Beside, Kind, Values

Given: TypeAlias = Callable[[str], bool]
"""Tells whether a key is given."""
Check: TypeAlias = Callable[[Values, Given], Iterator[tuple[str, str]]]
"""Finds keys of a table that go ill with others, and what is wrong with each."""


class Key(msgspec.Struct, frozen=True):
    """A key of a table: the kind of its value, and what it means to people; `example` is a right value.

    `name` is the key's where it is not the field's: a second key of a field, which refines what the first one
    says. `each` makes it a list, and says what to leave it out means. `usual` gives what holds without it.
    `unless` says what is wrong with its being there at all.
    """

    kind: Kind
    about: str
    example: Any
    name: str = ""
    each: str = ""
    usual: Callable[[Beside], Any] | None = None
    unless: Callable[[Values], str | None] | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a table says. A field is a Key of it, Tables, or a group of keys; any other is the whole config's.

    `refused` are keys that only other tables have, and what to do about each.
    """

    checks: ClassVar[tuple[Check, ...]] = ()
    refused: ClassVar[tuple[tuple[str, str], ...]] = ()


class Tables(msgspec.Struct, frozen=True):
    """The tables of a kind of rule, below lines of their name; a `single` one is the only one of its kind."""

    name: str
    rule: type[Rule]
    about: str
    single: bool = False

    @property
    def line(self) -> str:
        """The line that such a table begins with."""
        return f"[{self.name}]" if self.single else f"[[{self.name}]]"


class Field(msgspec.Struct, frozen=True):
    """A field of a rule, and what is declared at it; `group` is the type of one that is a group of keys."""

    name: str
    parts: tuple[Key | Tables, ...]
    group: type[msgspec.Struct] | None
    has_default: bool

    def needs(self, part: Key | Tables) -> bool:
        """Tell whether a part of it has to be there."""
        return isinstance(part, Key) and not (self.has_default or part.name or part.usual)


@cache
def fields(rule: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Give the fields of a rule, in order."""
    # msgspec's own look at the structs would cost a cold start a sixth of what the reading costs.
    defaults = dict(zip(reversed(rule.__struct_fields__), reversed(rule.__struct_defaults__), strict=False))
    return tuple(
        Field(
            name,
            tuple(part for part in getattr(kind, "__metadata__", ()) if isinstance(part, Key | Tables)),
            kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None,
            defaults.get(name, msgspec.NODEFAULT) is not msgspec.NODEFAULT,
        )
        for name, kind in ((name, rule.__annotations__[name]) for name in rule.__struct_fields__)
    )


@cache
def declared(rule: type[msgspec.Struct]) -> dict[str, Key | Tables]:
    """Give the keys of a table by name, in order."""
    found: dict[str, Key | Tables] = {}
    for field in fields(rule):
        found |= {part.name or field.name: part for part in field.parts}
        found |= declared(field.group) if field.group else {}
    return found

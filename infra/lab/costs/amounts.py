"""Structs of amounts that can be added, multiplied and subtracted field by field."""

from typing import Self

import msgspec


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts of several things, none negative."""

    def __add__(self, other: Self) -> Self:
        """Add the amounts of each thing."""
        return type(self)(**{name: self[name] + other[name] for name in self.__struct_fields__})

    def __mul__(self, times: float) -> Self:
        """Take everything so many times."""
        return type(self)(**{name: self[name] * times for name in self.__struct_fields__})

    def over(self, other: Self) -> Self:
        """Give what is more than in another, of each thing; nothing where it is less."""
        return type(self)(**{name: max(0.0, self[name] - other[name]) for name in self.__struct_fields__})

    def __getitem__(self, name: str) -> float:
        """Give the amount of one thing."""
        amount: float = getattr(self, name)
        return amount

"""What was spent, by its dimensions."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

import msgspec

from budget_alert.usage.entries import Entry, Query, named, named_of

MOST_DIMENSIONS = 1_000
MOST_GROUPS = 8_000
"""So many at most are kept for what rules ask for: packed, they fit into an item of the table."""
OTHER_BOTS = "(other bots)"


class Dimensions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What points can be told apart by; `api_key` is "" where the usage names none."""

    bot: str
    usage_type: str
    api_key: str


# A scan meets the same few in every quarter hour, and its memory would grow with each of them.
_dimensions = lru_cache(maxsize=4 * MOST_DIMENSIONS)(Dimensions)
Group = Callable[[Dimensions], Dimensions]
"""Names what the amounts of dimensions may be added up to."""


def dimensions_of(query: Entry | Query) -> Dimensions:
    """Give what a query can be told apart by."""
    return Dimensions(query.bot, query.usage_type, query.api_key)


def of_key(one: Dimensions) -> Dimensions:
    """Give what all bots of a key are added up to."""
    return Dimensions(OTHER_BOTS, "", one.api_key)


class Amount(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Points and queries, and the money in them.

    `usd_micros` is the sum of the prices that rows brought themselves, in millionths of a dollar;
    `unpriced` the points of the rows that brought none.
    """

    points: int = 0
    queries: int = 0
    usd_micros: int = 0
    unpriced: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        """Add field by field."""
        return Amount(
            self.points + other.points,
            self.queries + other.queries,
            self.usd_micros + other.usd_micros,
            self.unpriced + other.unpriced,
        )


class Totals:
    """Amounts by dimensions, and the largest queries by name; never changed once made."""

    __slots__ = ("_amounts", "largest")

    def __init__(
        self, amounts: Mapping[Dimensions, Amount] | None = None, largest: tuple[Query, ...] = ()
    ) -> None:
        self._amounts = dict(amounts or {})
        self.largest = largest

    @classmethod
    def of(cls, entries: Collection[Entry], costly: int | None = None) -> "Totals":
        """Count entries; those of `costly` points are kept by name, besides the largest few."""
        sums: dict[tuple[str, str, str], list[int]] = {}
        # One entry after the other, without a value made for each: this is where a long scan's time goes.
        for entry in entries:
            key = entry.bot, entry.usage_type, entry.api_key
            points, price = entry.points, entry.usd_micros
            if (sum_ := sums.get(key)) is None:
                sums[key] = [points, 1, 0, points] if price is None else [points, 1, price, 0]
                continue
            sum_[0] += points
            sum_[1] += 1
            if price is None:
                sum_[3] += points
            else:
                sum_[2] += price
        amounts = {_dimensions(*key): Amount(*sum_) for key, sum_ in sums.items()}
        return cls(amounts, named_of(entries, costly))

    @classmethod
    def total(cls, all_totals: Iterable["Totals"], costly: int | None = 0) -> "Totals":
        """Add up any number of totals.

        Every query that one of them names stays named, up to a hundred; or, for another `costly`, the
        largest few and those of so many points.
        """
        amounts: dict[Dimensions, Amount] = {}
        largest: list[Query] = []
        for totals in all_totals:
            largest += totals.largest
            _add(amounts, totals.items())
        return cls(amounts, named(largest, costly))

    def __add__(self, other: "Totals") -> "Totals":
        """Add for each dimensions."""
        return Totals.total((self, other))

    def __eq__(self, other: object) -> bool:
        """Two totals are equal when every amount is, and every query that is named."""
        return isinstance(other, Totals) and (self._amounts, self.largest) == (other._amounts, other.largest)

    def __hash__(self) -> int:
        """Hash consistently with equality."""
        return hash(frozenset(self._amounts.items()))

    def __repr__(self) -> str:
        """Show the sum, not what it is made of: bot names belong to the user."""
        return f"Totals(points={self.points}, queries={self.queries}, width={self.width})"

    def items(self) -> Iterable[tuple[Dimensions, Amount]]:
        """Give each amount with its dimensions."""
        return self._amounts.items()

    @property
    def width(self) -> int:
        """How many amounts there are."""
        return len(self._amounts)

    @property
    def points(self) -> int:
        """All points, refunds subtracted."""
        return sum(amount.points for amount in self._amounts.values())

    @property
    def queries(self) -> int:
        """How many entries were counted."""
        return sum(amount.queries for amount in self._amounts.values())

    @property
    def amount(self) -> Amount:
        """All amounts added up."""
        return sum(self._amounts.values(), Amount())

    def only(self, matches: Callable[[Dimensions], bool]) -> "Totals":
        """Keep what matches."""
        amounts = {one: amount for one, amount in self._amounts.items() if matches(one)}
        return Totals(amounts, tuple(query for query in self.largest if matches(dimensions_of(query))))

    def parted(self, name: Callable[[Dimensions], str], names: Collection[str]) -> dict[str, "Totals"]:
        """Part what has one of these names; of what is not here nothing is given."""
        amounts: dict[str, dict[Dimensions, Amount]] = {}
        for one, amount in self._amounts.items():
            if (named_ := name(one)) in names:
                amounts.setdefault(named_, {})[one] = amount
        queries: dict[str, list[Query]] = {}
        for query in self.largest:
            queries.setdefault(name(dimensions_of(query)), []).append(query)
        return {each: Totals(part, tuple(queries.get(each, ()))) for each, part in amounts.items()}

    def by(self, name: Callable[[Dimensions], str]) -> list[tuple[str, int]]:
        """Give the points of each name, most first."""
        points: dict[str, int] = {}
        for one, amount in self._amounts.items():
            points[name(one)] = points.get(name(one), 0) + amount.points
        return sorted(points.items(), key=lambda named: (-named[1], named[0]))

    def times(self, part: int, whole: int) -> "Totals":
        """Give each amount's share of the points, rounded; none of a whole that is no points."""
        if whole <= 0:
            return Totals()
        return Totals(
            {one: Amount(round(amount.points * part / whole)) for one, amount in self._amounts.items()}
        )

    def by_bot(self) -> list[tuple[str, int]]:
        """Give the points of each bot, most first."""
        return self.by(lambda one: one.bot)

    def by_key(self) -> list[tuple[str, int]]:
        """Give the points of each API key that was named, most first."""
        return [(key, points) for key, points in self.by(lambda one: one.api_key) if key]

    def naming(self, costly: int | None) -> "Totals":
        """Name only the largest few queries, and those of `costly` points."""
        largest = named(self.largest, costly)
        return self if largest == self.largest else Totals(self._amounts, largest)

    def bounded(self, most: int = MOST_DIMENSIONS, group: Group = of_key) -> "Totals":
        """Keep the largest amounts apart and add up the rest by group, so that an item stays small.

        More than `most` are left only where there are more groups, and never more than MOST_GROUPS. Of more,
        the rest is added up by key, and, where there are more than twice as many keys, to one amount.
        """
        if self.width <= most:
            return self
        asked = [(group, MOST_GROUPS)] if group is not of_key else []
        for merge, room in (*asked, (of_key, 2 * most)):
            groups = len({merge(one) for one in self._amounts})
            if groups <= room:
                return self._merged(most - groups, merge)
        return self._merged(most - 1, lambda _: Dimensions(OTHER_BOTS, "", ""))

    def _merged(self, number: int, group: Group) -> "Totals":
        """Add up all but the largest few."""
        ranked = sorted(
            self._amounts,
            key=lambda one: (-abs(self._amounts[one].points), one.bot, one.usage_type, one.api_key),
        )
        apart = set(ranked[: max(number, 0)])
        return self.grouped(lambda one: one if one in apart else group(one))

    def grouped(self, group: Group) -> "Totals":
        """Add up the amounts for which `group` gives the same; the named queries stay as they are."""
        amounts: dict[Dimensions, Amount] = {}
        _add(amounts, ((group(one), amount) for one, amount in self._amounts.items()))
        return Totals(amounts, self.largest)


def _add(amounts: dict[Dimensions, Amount], more: Iterable[tuple[Dimensions, Amount]]) -> None:
    for one, amount in more:
        known = amounts.get(one)
        amounts[one] = amount if known is None else known + amount

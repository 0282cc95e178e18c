"""Entries -> slots -> days -> sums."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise

import msgspec

from budget_alert.instants import DAY, EPOCH, SLOT, day_end, day_of
from budget_alert.usage.entries import Entry
from budget_alert.usage.queries import Query, named, named_of

MOST_PARTS = 1_000
MOST_GROUPS = 8_000
"""So many parts at most are kept for what rules ask for: packed, they fit into an item of the table."""
QUARTERS = DAY // SLOT


class Dimensions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What points can be told apart by; `api_key` is "" where the usage names none."""

    bot: str
    usage_type: str
    api_key: str


# A scan meets the same few parts in every quarter hour, and its memory would grow with each of them.
_dimensions = lru_cache(maxsize=4 * MOST_PARTS)(Dimensions)
OTHER_BOTS = "(other bots)"
Group = Callable[[Dimensions], Dimensions]
"""Names what a part may be added up to."""


def of_key(part: Dimensions) -> Dimensions:
    """Give what all bots of a key are added up to."""
    return Dimensions(OTHER_BOTS, "", part.api_key)


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
    """What was spent, by part, and the largest queries by name; never changed once made."""

    __slots__ = ("_parts", "largest")

    def __init__(
        self, parts: Mapping[Dimensions, Amount] | None = None, largest: tuple[Query, ...] = ()
    ) -> None:
        self._parts = dict(parts or {})
        self.largest = largest

    @classmethod
    def of(cls, entries: Collection[Entry], costly: int | None = None) -> "Totals":
        """Count entries; those of `costly` points are kept by name, besides the largest few."""
        sums: dict[tuple[str, str, str], list[int]] = {}
        # One entry after the other, without a value made for each: this is where a long scan's time goes.
        for entry in entries:
            part = entry.bot, entry.usage_type, entry.api_key
            points, price = entry.points, entry.usd_micros
            if (sum_ := sums.get(part)) is None:
                sums[part] = [points, 1, 0, points] if price is None else [points, 1, price, 0]
                continue
            sum_[0] += points
            sum_[1] += 1
            if price is None:
                sum_[3] += points
            else:
                sum_[2] += price
        return cls(
            {_dimensions(*part): Amount(*sum_) for part, sum_ in sums.items()}, named_of(entries, costly)
        )

    @classmethod
    def total(cls, all_totals: Iterable["Totals"], costly: int | None = 0) -> "Totals":
        """Add up any number of totals.

        Every query that one of them names stays named, up to a hundred; or, for another `costly`, the
        largest few and those of so many points.
        """
        parts: dict[Dimensions, Amount] = {}
        largest: list[Query] = []
        for totals in all_totals:
            largest += totals.largest
            _add(parts, totals.items())
        return cls(parts, named(largest, costly))

    def __add__(self, other: "Totals") -> "Totals":
        """Add part by part."""
        return Totals.total((self, other))

    def __eq__(self, other: object) -> bool:
        """Two totals are equal when every part is, and every query that is named."""
        return isinstance(other, Totals) and (self._parts, self.largest) == (other._parts, other.largest)

    def __hash__(self) -> int:
        """Hash consistently with equality."""
        return hash(frozenset(self._parts.items()))

    def __repr__(self) -> str:
        """Show the sum, not the parts: bot names belong to the user."""
        return f"Tally(points={self.points}, queries={self.queries}, parts={len(self._parts)})"

    def items(self) -> Iterable[tuple[Dimensions, Amount]]:
        """Give every part with its spend."""
        return self._parts.items()

    @property
    def width(self) -> int:
        """How many parts there are."""
        return len(self._parts)

    @property
    def points(self) -> int:
        """All points, refunds subtracted."""
        return sum(spend.points for spend in self._parts.values())

    @property
    def queries(self) -> int:
        """How many entries were counted."""
        return sum(spend.queries for spend in self._parts.values())

    @property
    def spend(self) -> Amount:
        """All parts added up."""
        return sum(self._parts.values(), Amount())

    def only(self, matches: Callable[[Dimensions], bool]) -> "Totals":
        """Keep the parts that match."""
        parts = {part: spend for part, spend in self._parts.items() if matches(part)}
        return Totals(parts, tuple(query for query in self.largest if matches(_part(query))))

    def times(self, part: int, whole: int) -> "Totals":
        """Give every part its share of the points, rounded; none of a whole that is no points."""
        shares = (
            {each: Amount(round(spend.points * part / whole)) for each, spend in self._parts.items()}
            if whole > 0
            else {}
        )
        return Totals(shares)

    def by_bot(self) -> list[tuple[str, int]]:
        """Give the points of each bot, most first."""
        return self._by(lambda part: part.bot)

    def by_key(self) -> list[tuple[str, int]]:
        """Give the points of each API key that was named, most first."""
        return [(key, points) for key, points in self._by(lambda part: part.api_key) if key]

    def _by(self, name: Callable[[Dimensions], str]) -> list[tuple[str, int]]:
        points: dict[str, int] = {}
        for part, spend in self._parts.items():
            points[name(part)] = points.get(name(part), 0) + spend.points
        return sorted(points.items(), key=lambda named: (-named[1], named[0]))

    def naming(self, costly: int | None) -> "Totals":
        """Name only the largest few queries, and those of `costly` points."""
        largest = named(self.largest, costly)
        return self if largest == self.largest else Totals(self._parts, largest)

    def bounded(self, most: int = MOST_PARTS, group: Group = of_key) -> "Totals":
        """Keep the largest parts apart and add up the rest by group, so that an item stays small.

        More than `most` parts are left only where there are more groups, and never more than MOST_GROUPS. Of
        more, the rest is added up by key, and more than `most` are left only where there are more keys, and
        never more than twice as many.
        """
        if len(self._parts) <= most:
            return self
        if group is not of_key:
            groups = {group(part) for part in self._parts}
            if len(groups) <= MOST_GROUPS:
                apart = self._largest(most - len(groups))
                return self.grouped(lambda part: part if part in apart else group(part))
        keys = {part.api_key for part in self._parts}
        keyed = len(keys) <= 2 * most
        apart = self._largest(most - (len(keys) if keyed else 1))
        return self.grouped(
            lambda part: part if part in apart else Dimensions(OTHER_BOTS, "", part.api_key if keyed else "")
        )

    def _largest(self, number: int) -> set[Dimensions]:
        if number <= 0:
            return set()
        ranked = sorted(
            self._parts.items(), key=lambda item: (-abs(item[1].points), msgspec.to_builtins(item[0]))
        )
        return {part for part, _ in ranked[:number]}

    def grouped(self, group: Callable[[Dimensions], Dimensions]) -> "Totals":
        """Add up the parts for which `group` gives the same one; the named queries stay as they are."""
        parts: dict[Dimensions, Amount] = {}
        _add(parts, ((group(part), spend) for part, spend in self._parts.items()))
        return Totals(parts, self.largest)


def _add(parts: dict[Dimensions, Amount], more: Iterable[tuple[Dimensions, Amount]]) -> None:
    for part, spend in more:
        known = parts.get(part)
        parts[part] = spend if known is None else known + spend


def _part(query: Query) -> Dimensions:
    return Dimensions(query.bot, query.usage_type, query.api_key)


NONE = timedelta(0)
Span = tuple[datetime, datetime]
Slots = Mapping[datetime, Totals]
"""Totals by the start of their quarter hour."""


class Day(msgspec.Struct, frozen=True):
    """One UTC day: its total, and the points of each of its 96 quarter hours.

    Where parts were picked, the total is theirs, and the quarter hours stay those of all parts.
    """

    total: Totals
    quarters: tuple[int, ...]

    @property
    def share(self) -> float:
        """What the total has of the quarter hours' points, 0 to 1.

        Refunds of one part can outweigh what another one spent: then none says what each quarter had of it.
        """
        points, every = self.total.points, sum(self.quarters)
        return 1.0 if points == every else min(max(points / every, 0.0), 1.0) if every > 0 else 0.0


def day_from(slots: Slots, start: datetime, group: Group = of_key) -> Day:
    """Add up the slots of the UTC day that begins at `start`; `group` as for `Tally.bounded`."""
    quarters = [0] * QUARTERS
    for slot, totals in slots.items():
        quarters[(slot - start) // SLOT] = totals.points
    return Day(Totals.total(slots.values()).bounded(group=group).naming(None), tuple(quarters))


def _points(piece: tuple[Day, Sequence[int]]) -> int:
    day, cut = piece
    if len(cut) == QUARTERS:
        return day.total.points
    return sum(cut) if day.share == 1 else round(sum(cut) * day.share)


def by_day(slots: Slots) -> Iterator[tuple[datetime, dict[datetime, Totals]]]:
    """Group slots by the UTC day they lie in, oldest day first."""
    days: dict[datetime, dict[datetime, Totals]] = {}
    for slot in sorted(slots):
        days.setdefault(day_of(slot), {})[slot] = slots[slot]
    yield from days.items()


Absent = Callable[[datetime], frozenset[str]]
"""Names the accounts that a window with that end does not count; they stand in the place of keys."""


def nobody(_end: datetime) -> frozenset[str]:
    """Leave out no account."""
    return frozenset()


class Usage:
    """The part of the history that a judgement needs: whole days, and the slots at the edges of windows.

    `read` are the disjoint spans of which every slot is here. Where accounts are summed, `absent` names those
    that a window with a given end does not count.
    """

    def __init__(
        self, days: Mapping[datetime, Day], slots: Slots, read: Sequence[Span] = (), absent: Absent = nobody
    ) -> None:
        self.days = days
        self._slots = slots
        self._read = read
        self._absent = absent
        self._without: dict[frozenset[str], Usage] = {}

    def leaving_out(self, absent: Absent) -> "Usage":
        """Count in each window only the accounts that it has."""
        return Usage(self.days, self._slots, self._read, absent)

    def lacking(self, end: datetime) -> frozenset[str]:
        """Name the accounts that a window with that end does not count."""
        return self._absent(end)

    def only(self, matches: Callable[[Dimensions], bool]) -> "Usage":
        """Keep the parts that match; the quarter hours of days stay those of all parts."""
        return Usage(
            {start: Day(day.total.only(matches), day.quarters) for start, day in self.days.items()},
            {slot: totals.only(matches) for slot, totals in self._slots.items()},
            self._read,
            self._absent,
        )

    def between(self, start: datetime, end: datetime) -> Totals:
        """Add up [start, end), two quarter-hour instants: whole days where they fit, slots at the edges."""
        if (counted := self._counted(end)) is not self:
            return counted.between(start, end)
        days, edges = split(start, end)
        all_totals = [self.days[day].total for day in steps(*days, DAY) if day in self.days]
        for edge in edges:
            all_totals += [self._slots[slot] for slot in steps(*edge, SLOT) if slot in self._slots]
        return Totals.total(all_totals)

    def points(self, start: datetime, end: datetime) -> int:
        """Add up the points of [start, end) alone: many windows are judged by no more than that."""
        if (counted := self._counted(end)) is not self:
            return counted.points(start, end)
        days, edges = split(start, end)
        total = sum(self._points_of_days.get(day, 0) for day in steps(*days, DAY))
        return total + sum(
            self._points_of_slots.get(slot, 0) for edge in edges for slot in steps(*edge, SLOT)
        )

    def by_days(self, edges: Sequence[datetime]) -> list[int]:
        """Add up the points between each two edges, quarter-hour instants, of which days alone were read.

        It is exact where all parts are counted, where whole UTC days fit, and where slots were read anyway.
        Of what is left, picked parts have the share that they have of its day.
        """
        return [
            self.points(*span)
            if self._has_read(span)
            else sum(map(_points, self._counted(span[1])._pieces(*span)))  # noqa: SLF001 - another one of us
            for span in pairwise(edges)
        ]

    def near(self, start: datetime, end: datetime) -> Totals:
        """Estimate what each part spent in [start, end): of a cut day, all have the same share."""
        pieces = self._pieces(start, end)
        return Totals.total(
            day.total if len(cut) == QUARTERS else day.total.times(sum(cut), sum(day.quarters))
            for day, cut in pieces
        )

    def _counted(self, end: datetime) -> "Usage":
        absent = self._absent(end)
        if not absent:
            return self
        if absent not in self._without:
            self._without[absent] = self.leaving_out(nobody).only(lambda part: part.api_key not in absent)
        return self._without[absent]

    def _has_read(self, span: Span) -> bool:
        return any(start <= span[0] and span[1] <= end for start, end in self._read)

    def _pieces(self, start: datetime, end: datetime) -> Iterator[tuple[Day, Sequence[int]]]:
        """Give each UTC day that overlaps [start, end), with its quarter hours within."""
        for midnight in steps(day_of(start), end, DAY):
            if day := self.days.get(midnight):
                yield day, day.quarters[max(start - midnight, NONE) // SLOT : (end - midnight) // SLOT]

    @cached_property
    def _points_of_days(self) -> dict[datetime, int]:
        return {start: day.total.points for start, day in self.days.items()}

    @cached_property
    def _points_of_slots(self) -> dict[datetime, int]:
        return {slot: totals.points for slot, totals in self._slots.items()}


def split(start: datetime, end: datetime) -> tuple[Span, list[Span]]:
    """Split [start, end) into its whole UTC days and the edges that are left, each a half-open span."""
    first, last = day_end(start), day_of(end)
    if first >= last:
        return (first, first), [(start, end)]
    return (first, last), [edge for edge in ((start, first), (last, end)) if edge[0] < edge[1]]


def needs(spans: Iterable[Span]) -> tuple[Span, list[Span]]:
    """Tell what must be read to sum all of the spans: one run of whole days, and disjoint edges."""
    parts = [split(*span) for span in spans]
    runs = [days for days, _ in parts if days[0] < days[1]]
    days = (min(run[0] for run in runs), max(run[1] for run in runs)) if runs else (EPOCH, EPOCH)
    return days, merged(edge for _, edges in parts for edge in edges)


def merged(spans: Iterable[Span], near: timedelta = timedelta(0)) -> list[Span]:
    """Join spans that touch, overlap or lie `near` each other; in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + near:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def outside(span: Span, spans: Iterable[Span]) -> list[Span]:
    """Give what of a span lies in none of the others; in order."""
    left, (start, end) = [], span
    for first, last in merged(spans):
        left.append((start, min(first, end)))
        start = max(start, last)
    return [part for part in (*left, (start, end)) if part[0] < part[1]]


def steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Give every instant of [start, end) that lies whole steps after `start`."""
    while start < end:
        yield start
        start += step

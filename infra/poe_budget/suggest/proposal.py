"""Numbers -> the text of a config."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What to try: points of a month, of a span, and of a spike with how many times the usual."""

    months: tuple[int, ...]
    spans: tuple[int, ...]
    spikes: tuple[tuple[int, int], ...]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What to suggest, in points: what a month may take, what a `span`, an hour, and a query.

    Where `query` is 0 there is no rule for queries.
    """

    zone: str
    month: int
    span: Literal["day", "week"]
    often: int
    spike: int
    times: int = 4
    query: int = 0

    def text(self, comment: Iterable[str] = ()) -> str:
        """Write it as a config; each line of the comment becomes one of the config."""
        lines = "\n".join(f"# {line}".rstrip() for line in comment)
        return "\n\n".join(filter(None, [lines, *_tables(self)])) + "\n"


def probe(zone: str, span: str, levels: Thresholds) -> str:
    """Write a config that tries all levels at once; each name ends with its points."""
    tables = [_month(f"month {points}", points) for points in levels.months]
    tables += [_span(f"{span} {points}", span, points) for points in levels.spans]
    tables += [_spike(f"spike {points} {times}", points, times) for points, times in levels.spikes]
    return "\n\n".join([_zone(zone), *tables]) + "\n"


def _tables(proposal: Proposal) -> Iterator[str]:
    yield _zone(proposal.zone)
    yield _month("Everything", proposal.month)
    yield _span(f"A heavy {proposal.span}", proposal.span, proposal.often)
    yield _spike("Sudden burst", proposal.spike, proposal.times)
    if proposal.query:
        yield _table("[[query]]", 'name = "Expensive query"', f"points = {proposal.query:_}")


def _zone(zone: str) -> str:
    return f'timezone = "{zone}"'


def _month(name: str, points: int) -> str:
    return _table(
        "[[budget]]",
        f'name = "{name}"',
        f"points = {points:_}",
        'period = "month"',
        'alert_at = ["80%", "100%"]',
        'forecast_at = ["100%"]',
    )


def _span(name: str, span: str, points: int) -> str:
    return _table(
        "[[budget]]",
        f'name = "{name}"',
        f"points = {points:_}",
        f'period = "{span}"',
        'alert_at = ["100%"]',
    )


def _spike(name: str, points: int, times: int) -> str:
    return _table(
        "[[spike]]", f'name = "{name}"', 'window = "1h"', f"times = {times}", f"at_least = {points:_}"
    )


def _table(*lines: str) -> str:
    return "\n".join(lines)

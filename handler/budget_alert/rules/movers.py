"""Which bots and keys spend more than they did."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from budget_alert.alerts import Mover
from budget_alert.usage.totals import Totals

MOST_MOVERS = 5
Names = Callable[[Totals], list[tuple[str, int]]]
"""What a totals spent by name: `Tally.by_bot` or `Tally.by_key`."""


def rises(totals: Totals, days: Sequence[Totals], share: float, names: Names) -> tuple[Mover, ...]:
    """Give those that rose most against their usual share of a day, largest rise first.

    `days` are whole days of the past; the usual is the median of a name's days, times `share`.
    """
    usual = _medians(days, names)
    movers = [Mover(name, points, round(usual.get(name, 0) * share)) for name, points in names(totals)]
    risen = [mover for mover in movers if mover.points > mover.before]
    return tuple(sorted(risen, key=lambda mover: mover.before - mover.points)[:MOST_MOVERS])


def changes(totals: Totals, earlier: Totals) -> tuple[Mover, ...]:
    """Give the bots that spent most, with what they spent in the window before."""
    before = dict(earlier.by_bot())
    top = [(bot, points) for bot, points in totals.by_bot() if points > 0][:MOST_MOVERS]
    return tuple(Mover(bot, points, before.get(bot, 0)) for bot, points in top)


def _medians(days: Sequence[Totals], names: Names) -> dict[str, int]:
    spent: dict[str, list[int]] = defaultdict(list)
    for day in days:
        for name, points in names(day):
            spent[name].append(points)
    return {name: _median(points, len(days)) for name, points in spent.items()}


def _median(points: list[int], days: int) -> int:
    """Give the median over so many days; on those without a number nothing was spent."""
    return sorted([*points, *[0] * (days - len(points))])[days // 2]

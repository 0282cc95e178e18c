"""Who spent more than usual: bots, keys or accounts."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median_high

from budget_alert.alerts import Mover
from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget
from budget_alert.instants import DAY, MICROSECOND, slot_end
from budget_alert.outlook.past import LEAST_DAYS
from budget_alert.rules.evaluation import DAYS_SHOWN, Evaluation
from budget_alert.usage.totals import Totals

MOST_MOVERS = 5
LEAST_PART = 10
Names = Callable[[Totals], list[tuple[str, int]]]
"""What totals spent by name: `Totals.by_bot` or `Totals.by_key`."""


def risen_bots(evaluation: Evaluation, budget: Budget, window: Window) -> tuple[Mover, ...]:
    """Give the bots that rose in a window so far, or in its last 24 hours, against the days before.

    It is those whose rise is at least a tenth of all that was spent there. What is usual is the median of the
    same span on each of up to 14 days before; nothing is where fewer than three are known, or part of them is
    not read. The past that is read anyway is enough: of a cut day, each bot has its share of the whole day.
    """
    end = slot_end(min(evaluation.now, window.end) - MICROSECOND)
    start = max(window.start, end - DAY)
    backs = [back * DAY for back in range(1, DAYS_SHOWN + 1) if start - back * DAY >= evaluation.past_from]
    if evaluation.past_days is None or len(backs) < LEAST_DAYS:
        return ()
    if not evaluation.is_read(Window(start - backs[-1], end)):
        return ()
    usage = evaluation.usage_of(budget)
    before = [usage.near(start - back, end - back) for back in backs]
    spent = usage.near(start, end)
    rose = rises(spent, before, 1, Totals.by_bot)
    return tuple(bot for bot in rose if (bot.points - bot.before) * LEAST_PART >= spent.points)


def rises(totals: Totals, days: Sequence[Totals], share: float, names: Names) -> tuple[Mover, ...]:
    """Give those that rose most against their usual share of a day, largest rise first.

    `days` are whole days of the past; the usual is the median of a name's days, times `share`.
    """
    spent: dict[str, list[int]] = defaultdict(list)
    for day in days:
        for name, points in names(day):
            spent[name].append(points)
    movers = [
        Mover(name, points, round(_usual(spent[name], len(days)) * share) if name in spent else 0)
        for name, points in names(totals)
    ]
    risen = [mover for mover in movers if mover.points > mover.before]
    return tuple(sorted(risen, key=lambda mover: mover.before - mover.points)[:MOST_MOVERS])


def _usual(points: list[int], days: int) -> int:
    """Give the median over so many days; on those without a number nothing was spent."""
    return median_high([*points, *[0] * (days - len(points))])

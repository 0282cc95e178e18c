"""Where a budget stands, in words: what it is, how full, what is left, and what drove it."""

from collections.abc import Mapping
from decimal import Decimal

from budget_alert.alerts import Driver, Standing
from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Hour, Month, Rolling, Week
from budget_alert.messages.outlooks import in_short
from budget_alert.messages.parts import Gauge, in_headline
from budget_alert.messages.times import day_and_time, span
from budget_alert.messages.wording import (
    about,
    begin,
    counted,
    money,
    name,
    number,
    of_limit,
    points,
    quoted,
    share,
)

LONGEST_BOT = 60
MOST_GAUGES = 30
MOST_MOVERS = 5
NOUNS: Mapping[type, str] = {
    Hour: "hourly budget",
    Day: "daily budget",
    Week: "weekly budget",
    Month: "monthly budget",
    Billing: "billing-cycle budget",
}


def budget(standing: Standing) -> str:
    """Name a budget by its period and its own name, such as: monthly budget “Everything”."""
    return f"{_noun(standing)} {in_headline(standing.rule)}"


def full(standing: Standing, decimals: int = 0) -> str:
    """Say how full the budget is: "82 %", or "at least 82 %" while part of it is unread."""
    return _least(standing) + of_limit(standing.points, standing.limit, decimals)


def gauge(standing: Standing, decimals: int = 0) -> Gauge:
    """Give the bar of a budget; what is full is full."""
    return Gauge(standing.percent, f"{full(standing, decimals)} used")


def spent(standing: Standing) -> str:
    """Say, as part of a sentence, the points of points, and the money where it is known."""
    return f"{_least(standing)}{number(standing.points)} of {points(standing.limit)}{_money(standing)}"


def left(standing: Standing) -> str:
    """Say what is left of the budget, or by how much it is over."""
    over = standing.points - standing.limit
    usd = _money_left(standing)
    if over > 0:
        return begin(f"{_least(standing)}{points(over)} over the limit{about(usd and -usd)}")
    most = "" if standing.complete else "at most "
    return begin(f"{most}{points(-over)} left{about(usd)}")


def window(standing: Standing, zone: str) -> str:
    """Say the period and its ends on the clock of the IANA zone."""
    return begin(f"{_period(standing)}, {span(standing.window, zone)}")


def drivers(standing: Standing) -> tuple[str, ...]:
    """Say what the top accounts and bots spent and their share of it; no line when nobody spent anything."""
    tops = (("Top accounts", standing.accounts), ("Top bots", standing.drivers))
    return tuple(f"{title}: {_shares(top, standing)}" for title, top in tops if top)


def overview(standings: tuple[Standing, ...], zone: str) -> tuple[tuple[Gauge, ...], tuple[str, ...]]:
    """Give a bar for each of many budgets, the fullest first, and a line that counts what is not shown."""
    fullest = sorted(standings, key=lambda each: -each.percent)
    shown = fullest if len(fullest) <= MOST_GAUGES else fullest[: MOST_GAUGES - 1]
    rest = len(fullest) - len(shown)
    bars = tuple(Gauge(each.percent, _line(each, zone)) for each in shown)
    return bars, (f"and {number(rest)} more budgets",) if rest else ()


def top_bot(standing: Standing) -> str:
    """Name the bot that spent most."""
    return quoted(standing.drivers[0].name, LONGEST_BOT) if standing.drivers else "the bot that spends most"


def _line(standing: Standing, zone: str) -> str:
    stands = f"{full(standing)} of {quoted(standing.rule)}"
    until = standing.snoozed_until
    snoozed = f", snoozed until {day_and_time(until, zone)}" if until else ""
    used = f"{number(standing.points)} of {points(standing.limit)}"
    return begin(f"{stands}: {used}{in_short(standing, zone)}{snoozed}")


def _shares(top: tuple[Driver, ...], standing: Standing) -> str:
    shown = (f"{name(each.name, LONGEST_BOT)} {_part(each.points, standing)}" for each in top[:MOST_MOVERS])
    return ", ".join(shown)


def _period(standing: Standing) -> str:
    period = standing.period
    if isinstance(period, Rolling):
        days = _whole_days(period)
        return f"last {counted(days, 'day') if days else counted(period.hours, 'hour')}"
    return period if isinstance(period, str) else period.words


def _noun(standing: Standing) -> str:
    period = standing.period
    if isinstance(period, Rolling):
        days = _whole_days(period)
        return f"{days}-day budget" if days else f"{period.hours}-hour budget"
    return NOUNS.get(type(period), "budget")


def _whole_days(period: Rolling) -> int:
    """Give the days of a period; 0 where it is said in hours: one day, or no whole ones."""
    days, rest = divmod(period.hours, 24)
    return days if days > 1 and not rest else 0


def _least(standing: Standing) -> str:
    return "" if standing.complete else "at least "


def _part(spent_points: int, standing: Standing) -> str:
    if 0 <= spent_points <= standing.points and standing.points:
        return share(spent_points, standing.points)
    return f"({points(spent_points)})"


def _money(standing: Standing) -> str:
    if standing.usd is None:
        return "" if standing.usd_limit is None else f", of about {money(standing.usd_limit)}"
    return f", about {money(standing.usd)}" + (
        "" if standing.usd_limit is None else f" of {money(standing.usd_limit)}"
    )


def _money_left(standing: Standing) -> Decimal | None:
    # Where rows bring their own cost, money need not follow points: what contradicts them is not said.
    if standing.usd is None or standing.usd_limit is None:
        return None
    return standing.usd_limit - standing.usd

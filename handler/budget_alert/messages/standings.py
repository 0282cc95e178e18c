"""Where a budget stands, in words: how full, what is left, and what drove it."""

from decimal import Decimal

from budget_alert.messages.alerts import Standing
from budget_alert.messages.wording import (
    begin,
    day_and_time,
    money,
    name,
    number,
    percent,
    points,
    quoted,
    share,
    span,
)

LONGEST_BOT = 60


def full(standing: Standing) -> str:
    """Say how full the budget is: "82 %", or "at least 82 %" while part of the window is unread."""
    return _least(standing) + percent(standing.percent)


def spent(standing: Standing) -> str:
    """Say, as part of a sentence, the points of points, and the money where it is known."""
    return f"{_least(standing)}{number(standing.points)} of {points(standing.limit)}{_money(standing)}"


def left(standing: Standing) -> str:
    """Say what is left of the budget, or by how much it is over."""
    over = standing.points - standing.limit
    usd = _money_left(standing)
    if over > 0:
        return begin(f"{_least(standing)}{points(over)} over the limit{_about(usd and -usd)}")
    most = "" if standing.complete else "at most "
    return begin(f"{most}{points(-over)} left{_about(usd)}")


def window(standing: Standing, zone: str) -> str:
    """Say the window: its period, and its ends on the clock of the IANA zone."""
    return f"Window: {standing.period}, {span(standing.window, zone)}"


def drivers(standing: Standing) -> tuple[str, ...]:
    """Say what the top bots spent and their share of the spend; no line when nobody spent anything."""
    if not standing.drivers:
        return ()
    shown = (f"{name(each.bot, LONGEST_BOT)} {_part(each.points, standing)}" for each in standing.drivers)
    return ("Top bots: " + ", ".join(shown),)


def line(standing: Standing, zone: str) -> str:
    """Say in one line where a budget stands, as a welcome lists it."""
    words = (
        f"{full(standing)} of {quoted(standing.rule)}: {number(standing.points)} of {points(standing.limit)}"
    )
    until = standing.snoozed_until
    return begin(words + (f", snoozed until {day_and_time(until, zone)}" if until else ""))


def todo(standing: Standing) -> tuple[str, ...]:
    """Say what to do next about a budget that has reached a threshold, a step each."""
    bot = quoted(standing.drivers[0].bot, LONGEST_BOT) if standing.drivers else "the bot that spends most"
    if standing.points < standing.limit:
        return (
            f"Look at what {bot} does.",
            "If this is expected, raise “points” or “alert_at” of the budget in the config.",
        )
    return (
        f"Pause {bot} or move it to a cheaper model.",
        "Or raise “points” of the budget in the config.",
        "Or set its “snooze_until” to a date, to hear nothing more until then.",
    )


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
    if standing.usd is None or standing.usd_limit is None:
        return None
    return standing.usd_limit - standing.usd


def _about(usd: Decimal | None) -> str:
    # Where rows bring their own cost, money need not follow points: what contradicts them is not said.
    return f", about {money(usd)}" if usd is not None and usd > 0 else ""

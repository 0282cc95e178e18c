"""A budget in words: that it has reached a threshold or likely will, and where it stands."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from budget_alert.alerts import BudgetAlert, Driver, ForecastAlert, Mover, OfBudget, Reason, Snoozed, Standing
from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Hour, Month, Rolling, Week, Window
from budget_alert.messages.parts import LONGEST_IN_HEADLINE, Field, Gauge, Row, Section, note, silence, trend
from budget_alert.messages.times import DAY, HOUR, between, dates, day_and_time, roughly
from budget_alert.messages.wording import (
    about,
    begin,
    money,
    multiple,
    name,
    number,
    of_limit,
    points,
    quoted,
    rough,
    share,
    short,
)
from budget_alert.outlook.foreseen import Forecast

LONGEST_BOT = 60
CONFIG = "of the budget in the config."
MOST_ROWS = 30
LONGEST_IN_ROW = 30
MOST_DRIVERS = 5
COUNTED_BY_HOURS = 2 * DAY
LIKELY = 0.5
WORTH_SAYING = 0.1
MOST_SURE = 99
MOST_APART = 3
"""How many times the lower bound the upper one may be, to be worth saying."""
WORDS: Mapping[type, tuple[str, str]] = {
    Hour: ("hour", "hourly"),
    Day: ("day", "daily"),
    Week: ("week", "weekly"),
    Month: ("month", "monthly"),
    Billing: ("billing cycle", "billing-cycle"),
}
"""A noun and an adjective for each period that ends."""


def crossed(alert: BudgetAlert) -> Section:
    """Say where a budget stands and why it is sent now; what a new rule has passed already is one line."""
    standing = alert.standing
    if alert.reason is Reason.ALREADY:
        fact = begin(f"{spent(standing)}; what it has passed already is not sent again")
        return Section(headline=_headline(alert), facts=(fact,))
    return Section(
        headline=_headline(alert),
        outlook=outlook(standing, alert.counted_at, alert.zone),
        gauge=_gauge(standing),
        fields=_fields(alert, standing.forecast),
        advice=_advice(alert),
        note=f"{_threshold(alert)}. {note(alert)}",
    )


def _fields(alert: OfBudget, forecast: Forecast | None) -> tuple[Field, ...]:
    standing = alert.standing
    end = at_the_end(forecast, standing, alert.zone, _decimals(alert))
    return (*pace(standing, alert.counted_at), *end, *_drivers(standing), *trend(standing.daily))


def _headline(alert: BudgetAlert) -> str:
    standing, reason = alert.standing, alert.reason
    percent = of_limit(standing.points, standing.limit, _decimals(alert))
    of = f"{_least(standing)}{percent} of your {_budget(standing)}"
    if is_over(standing, alert.counted_at) and reason is Reason.CROSSED:
        return begin(f"{of} was used by {day_and_time(standing.window.end, alert.zone)}")
    if reason is Reason.ALREADY:
        return f"New or changed: {of} is used already"
    words = f"{of} is used{_early(standing, alert.counted_at)}"
    return f"Reminder: {words}" if reason is Reason.REPEATED else begin(words)


def _threshold(alert: BudgetAlert) -> str:
    words, following = spelled(alert.threshold, alert.threshold_points), upcoming(alert.standing)
    after = f"; next alert at {following}" if following else ""
    if alert.reason is Reason.REPEATED:
        return f"Sent again because it still holds: the threshold of {words} is passed{after}"
    if alert.sent_before:
        sent = day_and_time(alert.sent_before, alert.zone)
        return f"Reached the threshold of {words} again: usage had fallen since it was sent on {sent}{after}"
    return f"Reached the threshold of {words}{after}"


def _advice(alert: BudgetAlert) -> tuple[str, ...]:
    bot = _top_bot(alert.standing)
    if alert.standing.points < alert.standing.limit:
        return (f"Look at what {bot} does.", f"If this is expected, raise “points” or “alert_at” {CONFIG}")
    return (
        f"Pause {bot} or move it to a cheaper model.",
        f"Or raise “points” {CONFIG}",
        "Or silence it for a while with “poe-budget snooze”.",
    )


def expected(alert: ForecastAlert) -> Section:
    """Say when a threshold will be reached, how sure that is, and what can be done until then."""
    standing, forecast = alert.standing, alert.forecast
    will = "will likely" if forecast.chance >= LIKELY else "may"
    reach = "be gone" if forecast.level == standing.limit else f"reach {as_written(alert.threshold)}"
    left = roughly(standing.window.end - forecast.latest) if forecast.latest else ""
    sooner = f"{left} before {_ends(standing, alert.zone)}" if left else _ends(standing, alert.zone)
    end = day_and_time(standing.window.end, alert.zone)
    return Section(
        headline=begin(f"your {_budget(standing)} {will} {reach} {_when(forecast, alert.zone)}"),
        outlook=begin(f"{sooner} ({_sure(forecast)})"),
        gauge=_gauge(standing),
        fields=_fields(alert, forecast),
        advice=(
            f"To make it last until {end}, pause {_top_bot(standing)} or move it to a cheaper model.",
            f"If this is expected, raise “points” or “forecast_at” {CONFIG}",
        ),
        note=note(alert),
    )


def _budget(standing: Standing) -> str:
    """Name a budget by its period and its own name, such as: monthly budget “Everything”."""
    period = standing.period
    _, adjective = WORDS.get(type(period), ("", ""))
    if isinstance(period, Rolling):
        days, rest = divmod(period.hours, 24)
        adjective = f"{number(period.hours)}-hour" if rest or days == 1 else f"{days}-day"
    return f"{adjective} budget {quoted(standing.about, LONGEST_IN_HEADLINE)}".lstrip()


def _gauge(standing: Standing) -> Gauge:
    """Give the points and the money of a budget, and the bar of it."""
    return Gauge(standing.percent, begin(spent(standing)))


def overview(standings: tuple[Standing, ...], zone: str) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Give a row for each of many budgets, the fullest first, and a line that counts what is not shown."""
    fullest = sorted(standings, key=lambda each: -each.percent)
    shown = fullest if len(fullest) <= MOST_ROWS else fullest[: MOST_ROWS - 1]
    rest = len(fullest) - len(shown)
    return tuple(_row(each, zone) for each in shown), (f"and {number(rest)} more budgets",) if rest else ()


def _row(standing: Standing, zone: str) -> Row:
    used = f"{_least(standing)}{short(standing.points)} of {short(standing.limit)}"
    snooze = snooze_of(standing)
    snoozed = f", snoozed {silence(snooze, zone)}" if snooze else ""
    comes = f"{used}{_ending(standing, zone)}{snoozed}"
    share_ = of_limit(standing.points, standing.limit)
    return Row(name(standing.about, LONGEST_IN_ROW), share_, standing.percent, comes)


def snooze_of(standing: Standing) -> Snoozed | None:
    """Give until when a budget is silent; None where it is not."""
    return Snoozed(standing.snoozed_until, standing.snoozed_by) if standing.snoozed_until else None


def spent(standing: Standing) -> str:
    """Say, as part of a sentence, the points of points, and the money where it is known."""
    return f"{_least(standing)}{number(standing.points)} of {points(standing.limit)}{_money(standing)}"


def _remaining(standing: Standing) -> str:
    """Say what is left of the budget, or by how much it is over."""
    over = standing.points - standing.limit
    # Where rows bring their own cost, money need not follow points: what contradicts them is not said.
    usd = None
    if standing.usd is not None and standing.usd_limit is not None:
        usd = standing.usd_limit - standing.usd
    if over > 0:
        return begin(f"{_least(standing)}{points(over)} over the limit{about(usd and -usd)}")
    most = "" if standing.complete else "at most "
    return begin(f"{most}{points(-over)} left{about(usd)}")


def _drivers(standing: Standing) -> tuple[Field, ...]:
    """Say what the top accounts and bots spent and their share of it; nothing when nobody spent anything."""
    risen = {bot.name: _rise(bot) for bot in standing.risen}
    tops: tuple[tuple[str, tuple[Driver, ...], Mapping[str, str]], ...]
    tops = (("Accounts", standing.accounts, {}), ("Bots", standing.drivers, risen))
    return tuple(
        Field(f"{title} that spend it", _shares(top, standing, rises)) for title, top, rises in tops if top
    )


def _shares(top: tuple[Driver, ...], standing: Standing, risen: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name(each.name, LONGEST_BOT)} {_part(each, standing)}{risen.get(each.name, '')}"
        for each in top[:MOST_DRIVERS]
    )


def _rise(bot: Mover) -> str:
    """Say how much more than usual a bot spent, where it is clearly more."""
    if bot.points <= 0 or bot.points * 2 < bot.before * 3:
        return ""
    return f" ({multiple(bot.points, bot.before)} the usual)" if bot.before > 0 else " (usually nothing)"


def _part(driver: Driver, standing: Standing) -> str:
    if 0 <= driver.points <= standing.points and standing.points:
        return share(driver.points, standing.points)
    return f"({points(driver.points)})"


def _top_bot(standing: Standing) -> str:
    """Name the bot that spent most."""
    return quoted(standing.drivers[0].name, LONGEST_BOT) if standing.drivers else "the bot that spends most"


def _least(standing: Standing) -> str:
    return "" if standing.complete else "at least "


def _money(standing: Standing) -> str:
    limit = "" if standing.usd_limit is None else f" of {money(standing.usd_limit)}"
    if standing.usd is None:
        return limit and f",{limit.replace(' of ', ' of about ')}"
    return f", about {money(standing.usd)}{limit}"


def as_written(threshold: str) -> str:
    """Give a threshold of the config as messages write it: 80 % for "80%"."""
    return f"{threshold.removesuffix('%')} %" if threshold.endswith("%") else threshold


def spelled(threshold: str, threshold_points: int | None) -> str:
    """Give a threshold as messages write it, the points of a share beside it: 80 % (800,000 points)."""
    known = threshold_points is not None and threshold.endswith("%")
    return as_written(threshold) + (f" ({points(threshold_points or 0)})" if known else "")


def _decimals(alert: OfBudget) -> int:
    """Count the decimals of an alert's threshold: fewer percent would contradict one like 99.5 %."""
    percent, is_share, _ = alert.threshold.partition("%")
    return len(percent.partition(".")[2]) if is_share else 0


def upcoming(standing: Standing) -> str:
    """Say at which threshold the next alert comes; empty where the budget has passed them all."""
    if standing.next_threshold is None:
        return ""
    return spelled(standing.next_threshold, standing.next_points)


def _early(standing: Standing, now: datetime) -> str:
    """Say how much before an even pace a budget came this far, or how long it must do with nothing left.

    It is the end of a phrase, and empty where there is less than an hour to say, or no even pace: a rolling
    budget has no start.
    """
    window = standing.window
    if is_rolling(standing):
        return ""
    if standing.points >= standing.limit:
        left = roughly(window.end - now)
        return f", with {left} to go" if left else ""
    even = window.start + (window.end - window.start) * max(standing.points / standing.limit, 0)
    ahead = roughly(even - now)
    return f", {ahead} early" if ahead else ""


def pace(standing: Standing, now: datetime) -> tuple[Field, ...]:
    """Say what a day, or in a short period an hour, has brought on average, and what would last."""
    start, end = standing.window.start, standing.window.end
    unit, words = (HOUR, "an hour") if end - start <= COUNTED_BY_HOURS else (DAY, "a day")
    passed = min(now, end) - start
    if is_rolling(standing) or passed < unit or end - start <= unit:
        return ()
    so_far = f"{_least(standing)}{short(_each(unit, standing.points, passed))} {words}"
    return (Field("Pace", f"{so_far}; {short(_each(unit, standing.limit, end - start))} would last"),)


def _each(unit: timedelta, count: int, length: timedelta) -> int:
    # In whole seconds: a length of time cannot be multiplied by any number of points.
    return count * int(unit.total_seconds()) // int(length.total_seconds())


def is_over(standing: Standing, now: datetime) -> bool:
    """Tell whether a window has ended: a rolling one ends with each quarter hour, and another follows."""
    return now - standing.window.end >= (HOUR if is_rolling(standing) else timedelta())


def is_rolling(standing: Standing) -> bool:
    """Tell whether a budget looks back from any moment; of one in an old alert nobody knows."""
    return isinstance(standing.period, Rolling | str)


def _sure(forecast: Forecast) -> str:
    """Say how sure it is that the level is reached: whole percent, rounded down, and never all of them."""
    whole = min(int(forecast.chance * 100), MOST_SURE)
    return "under 1 % sure" if whole < 1 else f"{whole} % sure"


def _when(forecast: Forecast, zone: str) -> str:
    """Say when the level is reached, on the clock of the IANA zone."""
    if forecast.earliest is None or forecast.latest is None:
        return "before the period ends"
    return between(forecast.earliest, forecast.latest, zone)


def outlook(standing: Standing, now: datetime, zone: str) -> str:
    """Say when a budget is likely gone, and against what; or else what is left, or by how much it is over."""
    forecast = standing.forecast
    if forecast and forecast.chance >= WORTH_SAYING and standing.points < standing.limit:
        likely = "Likely" if forecast.chance >= LIKELY else "Perhaps"
        left = roughly(standing.window.end - forecast.latest) if forecast.latest else ""
        before = f", {left} before the {_noun(standing)} ends" if left else ""
        return f"{likely} gone {_when(forecast, zone)}{before} ({_sure(forecast)})"
    goes_on = "" if is_rolling(standing) or is_over(standing, now) else f"; {_ends(standing, zone)}"
    return f"{_remaining(standing)}{goes_on}"


def _ends(standing: Standing, zone: str) -> str:
    """Say when the period of a budget ends."""
    return f"the {_noun(standing)} ends on {day_and_time(standing.window.end, zone)}"


def _noun(standing: Standing) -> str:
    noun, _ = WORDS.get(type(standing.period), ("period", ""))
    return noun


def at_the_end(
    forecast: Forecast | None, standing: Standing, zone: str, decimals: int = 0
) -> tuple[Field, ...]:
    """Say what the period will have brought when it is over, and within which bounds that is likely to be."""
    if forecast is None:
        return ()
    expected = _roughly(forecast.expected, forecast, standing)
    percent = of_limit(expected, standing.limit, decimals)
    usd = about(_expected_money(expected, standing))
    words = f"about {short(expected)} ({percent}){usd}{_bounds(forecast, standing, expected)}"
    return (Field(f"By {day_and_time(standing.window.end, zone)}", words),)


def _ending(standing: Standing, zone: str) -> str:
    """Say how a budget will end as the end of a line; nothing where that is not known."""
    forecast = standing.forecast
    if forecast is None:
        return ""
    soon = forecast.chance >= LIKELY and standing.points < standing.limit
    if soon and forecast.earliest and forecast.latest:
        return f", likely gone {dates(Window(forecast.earliest, forecast.latest), zone)}"
    percent = of_limit(_roughly(forecast.expected, forecast, standing), standing.limit)
    return f", likely {percent} by {day_and_time(standing.window.end, zone)}"


def _roughly(count: int, forecast: Forecast, standing: Standing) -> int:
    """Give expected points roughly, yet never below what is used, nor below a level that they reach."""
    reached = [level for level in (forecast.level, standing.limit) if count >= level]
    return max(rough(count), standing.points, *reached)


def _bounds(forecast: Forecast, standing: Standing, expected: int) -> str:
    low = min(_roughly(forecast.low, forecast, standing), expected)
    high = max(_roughly(forecast.high, forecast, standing), expected)
    if high > MOST_APART * max(low, 0):
        return "; a rough guess"
    return f"; likely {short(low)} to {short(high)}" if high > low else ""


def _expected_money(expected: int, standing: Standing) -> Decimal | None:
    """Add what is still to come, at the limit's own price, to what is spent: rows bring their own costs."""
    if standing.usd_limit is None:
        return None
    coming = expected if standing.usd is None else expected - standing.points
    return (standing.usd or Decimal(0)) + standing.usd_limit * coming / standing.limit

"""One alert -> one section of a message: how full, the facts, and what to do next."""

import msgspec

from budget_alert.messages import standings
from budget_alert.messages.alerts import Alert, Kind, Reason, Standing
from budget_alert.messages.wording import begin, lines, moment, number, points, quoted

MOST_GAUGES = 30
LABELS = {
    Kind.BUDGET: "Budget",
    Kind.FORECAST: "Forecast for",
    Kind.SPIKE: "Spike",
    Kind.QUERY: "Query",
    Kind.BALANCE: "Balance",
    Kind.HEALTH: "Health of the watch",
    Kind.DIGEST: "Digest",
    Kind.WELCOME: "Where every budget stands",
}
ABOUT_NO_RULE = frozenset({Kind.HEALTH, Kind.DIGEST, Kind.WELCOME})
UNREAD = "Part of this is not read yet; later ticks complete the numbers."


class Gauge(msgspec.Struct, frozen=True):
    """How full a budget is: `percent` for a bar, and the words beside it."""

    percent: float
    words: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of one alert.

    Every text is one line, clean and bounded, but escaped for no channel. `advice` says what to do
    next, a step each; `note` when the numbers were counted, empty where there are none.
    """

    heading: str
    gauges: tuple[Gauge, ...] = ()
    facts: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    note: str = ""


def section(alert: Alert) -> Section:
    """Give the section that tells an alert of any kind."""
    if alert.kind is Kind.WELCOME:
        return _welcome(alert)
    if alert.kind is Kind.BUDGET and alert.standing:
        return _budget(alert, alert.standing)
    return _other(alert)


def label(alert: Alert) -> str:
    """Give the words that name what an alert is about, such as: Budget “Everything”."""
    words = LABELS[alert.kind]
    return words if alert.kind in ABOUT_NO_RULE else f"{words} {quoted(alert.rule)}"


def _budget(alert: Alert, standing: Standing) -> Section:
    if alert.reason is Reason.ALREADY:
        return Section(heading=label(alert), facts=(_already(standing),))
    return Section(
        heading=label(alert),
        gauges=(_gauge(standing),),
        facts=_facts(alert, standing) + _unread(alert),
        advice=lines(alert.advice) or standings.todo(standing),
        note=_counted(alert),
    )


def _welcome(alert: Alert) -> Section:
    fullest = sorted(alert.standings, key=lambda each: -each.percent)
    shown = fullest if len(fullest) <= MOST_GAUGES else fullest[: MOST_GAUGES - 1]
    rest = len(fullest) - len(shown)
    return Section(
        heading=label(alert),
        gauges=tuple(Gauge(each.percent, standings.line(each, alert.zone)) for each in shown),
        facts=((f"and {number(rest)} more budgets",) if rest else ()) + lines(alert.text) + _unread(alert),
        advice=lines(alert.advice),
        note=_counted(alert),
    )


def _other(alert: Alert) -> Section:
    standing = alert.standing
    return Section(
        heading=label(alert),
        gauges=(_gauge(standing),) if standing else (),
        facts=lines(alert.text) + (_facts(alert, standing) if standing else ()) + _unread(alert),
        advice=lines(alert.advice),
        note=_counted(alert),
    )


def _gauge(standing: Standing) -> Gauge:
    return Gauge(standing.percent, f"{standings.full(standing)} used")


def _facts(alert: Alert, standing: Standing) -> tuple[str, ...]:
    return (
        begin(standings.spent(standing)),
        standings.left(standing),
        *_threshold(alert),
        standings.window(standing, alert.zone),
        *standings.drivers(standing),
    )


def _already(standing: Standing) -> str:
    used = f"{standings.full(standing)} used already, {standings.spent(standing)}"
    return f"New or changed: {used}; what is passed counts as told."


def _threshold(alert: Alert) -> tuple[str, ...]:
    if alert.threshold is None or alert.kind is not Kind.BUDGET:
        return ()
    words = _spelled(alert.threshold, alert.threshold_points)
    if alert.reason is Reason.REPEATED:
        return (f"Said again because it still holds: the threshold of {words} is passed",)
    return (f"Reached the threshold of {words}",)


def _spelled(threshold: str, threshold_points: int | None) -> str:
    if threshold_points is None or not threshold.endswith("%"):
        return threshold
    return f"{threshold} ({points(threshold_points)})"


def _unread(alert: Alert) -> tuple[str, ...]:
    whole = alert.complete and (alert.standing is None or alert.standing.complete)
    return () if whole and all(each.complete for each in alert.standings) else (UNREAD,)


def _counted(alert: Alert) -> str:
    word = "Seen" if alert.kind is Kind.HEALTH else "Counted"
    return f"{word} {moment(alert.counted_at, alert.zone)}"

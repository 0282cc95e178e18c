"""What is told by nothing but words: the health of the watch, and whatever lacks its own part."""

from budget_alert.alerts import Alert, Kind
from budget_alert.messages.parts import Group, Section, note
from budget_alert.messages.standings import drivers, gauge, left, spent, window
from budget_alert.messages.wording import begin, cut, lines, quoted

LONGEST_HEADLINE = 140
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


def label(alert: Alert) -> str:
    """Give the words that name what an alert is about, such as: Budget “Everything”."""
    words = LABELS[alert.kind]
    return words if alert.kind in ABOUT_NO_RULE else f"{words} {quoted(alert.rule)}"


def section(group: Group) -> Section:
    """Tell an alert of any kind by its text, its advice and, where it has one, its budget's standing."""
    alert = group[0]
    first, *rest = lines(alert.text) or (label(alert),)
    headline = cut(first, LONGEST_HEADLINE)
    return Section(
        headline=headline,
        heading=label(alert),
        gauges=(gauge(alert.standing),) if alert.standing else (),
        facts=(*([] if headline == first else [first]), *rest, *_standing(alert)),
        movers=drivers(alert.standing) if alert.standing else (),
        advice=lines(alert.advice),
        note=note(alert),
    )


def _standing(alert: Alert) -> tuple[str, ...]:
    standing = alert.standing
    if standing is None:
        return ()
    return begin(spent(standing)), left(standing), window(standing, alert.zone)

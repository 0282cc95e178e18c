"""What is told by nothing but words: the health of the watch."""

from budget_alert.alerts import Alert, HealthAlert, Kind
from budget_alert.messages.parts import Section, note
from budget_alert.messages.wording import cut, lines, quoted

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


def section(alert: HealthAlert) -> Section:
    """Tell an alert by its text and its advice."""
    first, *rest = lines(alert.text) or (label(alert),)
    headline = cut(first, LONGEST_HEADLINE)
    return Section(
        headline=headline,
        heading=label(alert),
        facts=(*([] if headline == first else [first]), *rest),
        advice=lines(alert.advice),
        note=note(alert),
    )

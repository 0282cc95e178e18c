"""The watch is on: where every budget stands."""

from budget_alert.alerts import WelcomeAlert
from budget_alert.messages.parts import Section, note
from budget_alert.messages.plain import label
from budget_alert.messages.standings import overview
from budget_alert.messages.wording import lines


def section(alert: WelcomeAlert) -> Section:
    """Tell that the watch is on, and list the budgets, the fullest first."""
    gauges, rest = overview(alert.standings, alert.zone)
    return Section(
        headline=_headline(alert),
        heading=label(alert),
        gauges=gauges,
        facts=(*rest, *lines(alert.text)),
        note=note(alert),
    )


def _headline(alert: WelcomeAlert) -> str:
    if alert.test:
        return "TEST: this is how the watch on your Poe points reaches you"
    reading = "" if alert.complete else "; the usage history is still being read"
    return f"The watch on your Poe points is on{reading}"

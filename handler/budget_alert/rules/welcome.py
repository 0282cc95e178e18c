"""The first words: the watch is on, and where every budget stands."""

from budget_alert.alerts import Severity, WelcomeAlert
from budget_alert.config.periods import Window
from budget_alert.identity import identity
from budget_alert.instants import slot_end
from budget_alert.rules.case import Case
from budget_alert.rules.notified import FIRST_SCAN_GOES_ON, WELCOMED
from budget_alert.rules.standings import present_standings
from budget_alert.usage.missing import Holes, Why

TESTED = "Somebody asked for this message, to see that it arrives. Nothing is wrong"
THROUGH = "The first reading of your usage history is through"


def welcomed(case: Case) -> int:
    """Give the number of welcomes that are told with this tick."""
    through = case.state.completed_at is not None and not case.state.gaps
    if through or case.memory.welcomed == WELCOMED:
        return WELCOMED
    return FIRST_SCAN_GOES_ON if case.state.cursor is not None else case.memory.welcomed


def welcome(case: Case) -> WelcomeAlert | None:
    """Tell where every budget stands once something was read, and again when the first scan is through."""
    number = welcomed(case)
    if number == case.memory.welcomed or (case.hushed and not _is_passed(case)):
        return None
    missing = () if number == WELCOMED else _missing(case)
    return WelcomeAlert(
        id=identity("welcome", case.state.started_at, number),
        rule="welcome",
        severity=Severity.INFO,
        zone=case.config.timezone,
        counted_at=case.now,
        text=THROUGH if case.memory.welcomed == FIRST_SCAN_GOES_ON else "",
        standings=present_standings(case, outlook=True),
        complete=not missing,
        missing=missing,
    )


def trial(case: Case) -> WelcomeAlert | None:
    """Tell where every budget stands, marked as a test, where one was asked for."""
    if case.test is None:
        return None
    missing = tuple(each for each in _missing(case) if each.why is Why.UNREAD)
    return WelcomeAlert(
        id=identity("test", case.now),
        rule="welcome",
        severity=case.test,
        zone=case.config.timezone,
        counted_at=case.now,
        text=TESTED,
        standings=present_standings(case, outlook=True),
        test=True,
        complete=not missing,
        missing=missing,
    )


def _missing(case: Case) -> Holes:
    """Tell what is missing of all that could be read."""
    return case.missing(Window(case.state.known_from, slot_end(case.now)))


def _is_passed(case: Case) -> bool:
    """Tell whether any budget has reached a threshold."""
    return any(view.points(view.question.present) >= view.budget.alert_at[0].points for view in case.views)

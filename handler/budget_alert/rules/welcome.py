"""The first alert: monitoring is on, and where every budget stands."""

import msgspec

from budget_alert.alerts import Severity, WelcomeAlert
from budget_alert.config.periods import Window
from budget_alert.config.schema import stands_for_each
from budget_alert.identity import identity
from budget_alert.instants import slot_end
from budget_alert.rules.budget import present_standings
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import FIRST_SCAN_GOES_ON, WELCOMED
from budget_alert.usage.missing import Holes, Why

TESTED = "Somebody asked for this message, to see that it arrives. Nothing is wrong"
THROUGH = "The first reading of your usage history is through"


def welcomed(evaluation: Evaluation) -> int:
    """Give the number of welcomes that are sent with this tick."""
    state, known = evaluation.state, evaluation.memory.welcomed
    if known == WELCOMED or (state.completed_at is not None and not state.gaps):
        return WELCOMED
    return FIRST_SCAN_GOES_ON if state.cursor is not None else known


def welcome(evaluation: Evaluation) -> WelcomeAlert | None:
    """Tell where every budget stands once something was read, and again when the first scan is through."""
    number, known = welcomed(evaluation), evaluation.memory.welcomed
    if number == known or (evaluation.hushed and not _is_passed(evaluation)):
        return None
    name = identity("welcome", evaluation.state.started_at, number)
    missing = () if number == WELCOMED else _missing(evaluation)
    return _alert(evaluation, name, THROUGH if known == FIRST_SCAN_GOES_ON else "", missing)


def trial(evaluation: Evaluation) -> WelcomeAlert | None:
    """Tell where every budget stands, marked as a test, where one was asked for."""
    if evaluation.test is None:
        return None
    missing = tuple(each for each in _missing(evaluation) if each.why is Why.UNREAD)
    alert = _alert(evaluation, identity("test", evaluation.now), TESTED, missing)
    return msgspec.structs.replace(
        alert, severity=evaluation.test.severity, notify=evaluation.test.notify, test=True
    )


def _alert(evaluation: Evaluation, name: str, text: str, missing: Holes) -> WelcomeAlert:
    return WelcomeAlert(
        id=name,
        rule="welcome",
        severity=Severity.INFO,
        zone=evaluation.config.timezone,
        counted_at=evaluation.now,
        text=text,
        standings=present_standings(evaluation, outlook=True),
        complete=not missing,
        missing=missing,
    )


def _missing(evaluation: Evaluation) -> Holes:
    """Tell what is missing of all that could be read."""
    return evaluation.missing(Window(evaluation.state.known_from, slot_end(evaluation.now)))


def _is_passed(evaluation: Evaluation) -> bool:
    """Tell whether any budget has reached a threshold."""
    return any(
        evaluation.points(each.rule, each.present) >= each.least
        for each in evaluation.budgets
        if not stands_for_each(each.rule)
    )

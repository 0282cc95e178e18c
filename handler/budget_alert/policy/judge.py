"""Config + usage + what was already told -> alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from budget_alert.accounting.gaps import overlaps
from budget_alert.accounting.state import State
from budget_alert.accounting.usage import Usage
from budget_alert.config.rules import Config
from budget_alert.messages.alerts import Alert, Kind, Severity, Standing
from budget_alert.policy.claims import Claim, Step
from budget_alert.policy.judging import Judge, identity
from budget_alert.policy.questions import Question, speaking
from budget_alert.policy.spending import counted, snoozed, standing
from budget_alert.policy.told import Known, Notes, Told

FIRST_WALK_GOES_ON, WELCOMED = 1, 2

THROUGH = "The first reading of your usage history is through"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that a judgement goes by."""

    config: Config
    asked: Sequence[Question]
    usage: Usage
    told: Mapping[str, Told]
    notes: Notes
    state: State
    now: datetime


def told_keys(asked: Sequence[Question], usage: Usage) -> list[str]:
    """Name what must be known as told: for every window that has reached a threshold."""
    keys: dict[str, None] = {}
    for question in asked:
        kept = counted(question.budget, usage)
        lowest = question.budget.alert_at[0].points
        for window in question.windows:
            key = question.told_key(window)
            if key.endswith("rolling") or kept.between(window.start, window.end).points >= lowest:
                keys[key] = None
    return list(keys)


def judge(case: Case) -> Claim:
    """Judge every window asked for, and welcome who has just begun.

    What the rules of a first walk have passed by its end counts as told by the welcome.
    """
    steps = [step for question in speaking(case.asked, case.now) for step in _steps(case, question)]
    welcome = _welcome(case)
    if case.notes.welcomed < WELCOMED:
        steps = [Step(step.key, step.told) for step in steps]
    notes = msgspec.structs.replace(case.notes, rules=_rules(case), welcomed=_welcomed(case))
    return Claim(
        steps=tuple(steps),
        others=(welcome,) if welcome else (),
        notes=notes if notes != case.notes else None,
        judged=True,
    )


def _steps(case: Case, question: Question) -> list[Step]:
    return Judge(case.config, question, case.usage, case.state.gaps, case.now).steps(case.told)


def _rules(case: Case) -> dict[str, Known]:
    """Know the config's rules; a rule stays fresh until its present window was seen whole, unless snoozed."""
    return {question.budget.fingerprint: _known(case, question) for question in case.asked}


def _known(case: Case, question: Question) -> Known:
    whole = case.state.completed_at is not None and _complete(case, question)
    fresh = question.known.fresh and not whole and snoozed(question.budget, case.now) is None
    return Known(question.known.since, fresh)


def _complete(case: Case, question: Question) -> bool:
    return not overlaps(case.state.gaps, (question.present.start, question.present.end))


def _welcomed(case: Case) -> int:
    through = case.state.completed_at is not None and not case.state.gaps
    if through or case.notes.welcomed == WELCOMED:
        return WELCOMED
    return FIRST_WALK_GOES_ON if case.state.cursor is not None else case.notes.welcomed


def _welcome(case: Case) -> Alert | None:
    """Tell where every budget stands once something was read, and again when the first walk is through."""
    number = _welcomed(case)
    if number == case.notes.welcomed:
        return None
    return Alert(
        id=identity("welcome", case.state.started_at, number),
        rule="welcome",
        kind=Kind.WELCOME,
        severity=Severity.INFO,
        zone=case.config.timezone,
        counted_at=case.now,
        text=THROUGH if case.notes.welcomed == FIRST_WALK_GOES_ON else "",
        standings=standings(case),
        complete=number == WELCOMED,
    )


def standings(case: Case) -> tuple[Standing, ...]:
    """Tell where every budget stands in its present window."""
    return tuple(_present_standing(case, question) for question in case.asked)


def _present_standing(case: Case, question: Question) -> Standing:
    budget, window = question.budget, question.present
    tally = counted(budget, case.usage).between(window.start, window.end)
    stands = standing(case.config, budget, window, tally, complete=_complete(case, question))
    return msgspec.structs.replace(stands, snoozed_until=snoozed(budget, case.now))

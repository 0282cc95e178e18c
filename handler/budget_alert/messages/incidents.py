"""Alerts of one cause -> one entry of a message: a headline, and a line for each rule that passed with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from budget_alert.alerts import (
    Alert,
    BudgetAlert,
    ForecastAlert,
    OfBudget,
    OfUsage,
    QueryAlert,
    Reason,
    SpikeAlert,
    is_whole,
)
from budget_alert.messages import queries
from budget_alert.messages.parts import Also, Group, Section, note
from budget_alert.messages.sections import section as one_section
from budget_alert.messages.times import DAY, day_and_time
from budget_alert.messages.wording import number, quoted

MOST_SPELLED_OUT = 10
LONGEST_BOT = 40


def incidents(alerts: Sequence[Alert]) -> list[Group]:
    """Put the alerts of one cause together, each incident in the place of its first; the others stay alone.

    What is used within a day is one cause, whichever rules count it. What new rules find passed is another.
    """
    begins = list(_begins(alerts))
    groups: dict[object, list[Alert]] = {}
    for place, alert in enumerate(alerts):
        key: object = place
        if isinstance(alert, OfUsage):
            begin = max(each for each in begins if each <= alert.counted_at)
            key = (begin, isinstance(alert, BudgetAlert) and alert.reason is Reason.ALREADY)
        groups.setdefault(key, []).append(alert)
    return list(groups.values())


def section(group: Group) -> Section:
    """Tell the first alert in full, and each other rule in a line: ten rules at most, the rest counted."""
    first, *others = queries.together(group)
    told = one_section(first)
    if not others:
        return told
    shown, rest = others[: MOST_SPELLED_OUT - 1], others[MOST_SPELLED_OUT - 1 :]
    lines = tuple(_line(each, first) for each in shown)
    counted = (more(sum(map(len, rest))),) if rest else ()
    also = Also(f"Also {_how(others)}", (*lines, *counted))
    return msgspec.structs.replace(told, also=also, note=told.note and _note(group))


def more(count: int) -> str:
    """Say how many alerts are not spelled out."""
    return f"and {number(count)} more alert{'s' if count > 1 else ''}, none more severe than these"


def _begins(alerts: Sequence[Alert]) -> Iterator[datetime]:
    """Give when each incident began: what follows within a day belongs to it."""
    last = None
    for at in sorted(alert.counted_at for alert in alerts if isinstance(alert, OfUsage)):
        if last is None or at - last > DAY:
            yield at
            last = at


def _how(others: Sequence[Group]) -> str:
    foretold = [isinstance(group[0], ForecastAlert) for group in others]
    if all(foretold):
        return "expected"
    return "passed or expected" if any(foretold) else "passed"


def _line(group: Group, first: Group) -> str:
    """Give the headline of an alert, and what of it the leading alert does not say: whose, and when."""
    alert, leader = group[0], first[0]
    # A query's bot stands in its headline.
    top = None if isinstance(alert, QueryAlert) else next(iter(_spenders(group)), None)
    whose = "" if top is None or top in _spenders(first) else f"; top bot {quoted(top, LONGEST_BOT)}"
    when = "" if alert.counted_at == leader.counted_at else f" ({day_and_time(alert.counted_at, alert.zone)})"
    return f"{one_section(group).headline}{whose}{when}"


def _spenders(group: Group) -> list[str]:
    """Name the bots that alerts name, those of the first alert first."""
    return [bot for alert in group for bot in _bots(alert)]


def _bots(alert: Alert) -> list[str]:
    if isinstance(alert, OfBudget):
        return [driver.name for driver in alert.standing.drivers]
    if isinstance(alert, SpikeAlert):
        return [mover.name for mover in alert.spike.bots]
    return [alert.query.bot] if isinstance(alert, QueryAlert) else []


def _note(group: Group) -> str:
    """Say when all was counted; where a part of anything is unread, that, and not that nothing is missing."""
    partial = next((alert for alert in group if not is_whole(alert)), group[0])
    return note(msgspec.structs.replace(partial, counted_at=group[0].counted_at))

"""Alerts -> one Message that each channel renders."""

from collections.abc import Sequence

import msgspec

from budget_alert.messages import standings
from budget_alert.messages.alerts import Alert, Kind, Reason, Severity
from budget_alert.messages.sections import ABOUT_NO_RULE, LABELS, Section, label, section
from budget_alert.messages.wording import begin, cut, lines, number, quoted

MOST_SPELLED_OUT = 10
MOST_NAMED = 3
LONGEST_HEADLINE = 140
LONGEST_NAME = 60
LONGEST_OTHER_NAME = 30


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel tells.

    `title` is the first line; `severity` the highest of all alerts; `kinds` every kind once, that of the most
    severe alert first. `sections` spell out at most ten alerts, `more` counts the others. `alerts`
    holds all of them, most severe first, for what machines read; `account` and the names in there
    are as they were given.
    """

    title: str
    severity: Severity
    account: str
    kinds: tuple[Kind, ...]
    sections: tuple[Section, ...]
    more: int
    alerts: tuple[Alert, ...]


def compose(alerts: Sequence[Alert], account: str) -> Message:
    """Make one message of one or more alerts; the ten most severe are spelled out, the others counted.

    Every text but `account` and `alerts` is clean and bounded, whatever bots and rules are called.
    """
    ranked = tuple(sorted(alerts, key=_rank))
    shown = ranked[:MOST_SPELLED_OUT]
    return Message(
        title=_title(ranked),
        severity=ranked[0].severity,
        account=account,
        kinds=tuple(dict.fromkeys(alert.kind for alert in ranked)),
        sections=tuple(section(alert) for alert in shown),
        more=len(ranked) - len(shown),
        alerts=ranked,
    )


def more(message: Message) -> str:
    """Say how many alerts are not spelled out; empty when all are."""
    if not message.more:
        return ""
    return f"and {number(message.more)} more alert{'s' if message.more > 1 else ''}, less severe than these"


def _rank(alert: Alert) -> tuple[int, float]:
    return -alert.severity.rank, -alert.standing.percent if alert.standing else 0


def _title(ranked: tuple[Alert, ...]) -> str:
    first, others = _headline(ranked[0]), ranked[1:]
    if not others:
        return first
    names = [_short(alert) for alert in others[: MOST_NAMED - 1]]
    rest = len(others) - len(names)
    words = [*names, f"{number(rest)} more"] if rest else names
    return f"{first}; also {', '.join(words[:-1])}{' and ' if words[1:] else ''}{words[-1]}"


def _headline(alert: Alert) -> str:
    if alert.kind is Kind.WELCOME:
        reading = "" if alert.complete else "; the usage history is still being read"
        return f"The watch on your Poe points is on{reading}"
    if alert.kind is Kind.BUDGET and alert.standing:
        return _standing_headline(
            quoted(alert.rule, LONGEST_NAME), standings.full(alert.standing), alert.reason
        )
    told = lines(alert.text)
    return cut(told[0] if told else label(alert), LONGEST_HEADLINE)


def _standing_headline(rule: str, full: str, reason: Reason) -> str:
    if reason is Reason.REPEATED:
        return f"Reminder: {full} of {rule} is used"
    if reason is Reason.ALREADY:
        return f"New or changed: {full} of {rule} is used already"
    return f"{begin(full)} of {rule} is used"


def _short(alert: Alert) -> str:
    if alert.kind in ABOUT_NO_RULE:
        return LABELS[alert.kind].lower()
    return quoted(alert.rule, LONGEST_OTHER_NAME)

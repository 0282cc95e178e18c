"""Alerts -> one Message that each channel renders."""

from collections.abc import Sequence

import msgspec

from budget_alert.messages.alerts import Alert, Kind, Severity
from budget_alert.messages.parts import USAGE_PAGE, Group, Link, Section, usable
from budget_alert.messages.plain import ABOUT_NO_RULE, LABELS
from budget_alert.messages.queries import together
from budget_alert.messages.sections import section
from budget_alert.messages.wording import number, quoted

MOST_SPELLED_OUT = 10
MOST_NAMED = 3
LONGEST_OTHER_NAME = 30
PERHAPS_AGAIN = "Maybe a repeat: "


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel tells.

    `title` is the first line; `severity` the highest of all alerts; `kinds` every kind once, that of the most
    severe alert first. At most ten `sections` spell alerts out, `more` counts the others. `alerts` holds all,
    most severe first, for what machines read; `account` and the names in there are as they were given.
    `links` lead to where there is more to see.
    """

    title: str
    severity: Severity
    account: str
    kinds: tuple[Kind, ...]
    sections: tuple[Section, ...]
    more: int
    alerts: tuple[Alert, ...]
    links: tuple[Link, ...] = (USAGE_PAGE,)


def compose(
    alerts: Sequence[Alert], account: str, links: Sequence[Link] = (), *, perhaps_again: bool = False
) -> Message:
    """Make one message of one or more alerts; the ten most severe are spelled out, the others counted.

    Expensive queries of one rule are spelled out as one. `links` are shown after that to Poe's usage page.
    `perhaps_again` says that the channel may have the message already.
    Every text but `account` and `alerts` is clean and bounded, whatever bots and rules are called.
    """
    ranked = tuple(sorted(alerts, key=_rank))
    groups = together(ranked)
    sections = [section(group) for group in groups[:MOST_SPELLED_OUT]]
    return Message(
        title=(PERHAPS_AGAIN if perhaps_again else "") + sections[0].headline + _also(groups[1:]),
        severity=ranked[0].severity,
        account=account,
        kinds=tuple(dict.fromkeys(alert.kind for alert in ranked)),
        sections=tuple(map(_headed_by_what_happened, sections) if sections[1:] else sections),
        more=sum(map(len, groups[MOST_SPELLED_OUT:])),
        alerts=ranked,
        links=usable([USAGE_PAGE, *links]),
    )


def more(message: Message) -> str:
    """Say how many alerts are not spelled out; empty when all are."""
    if not message.more:
        return ""
    return f"and {number(message.more)} more alert{'s' if message.more > 1 else ''}, less severe than these"


def _rank(alert: Alert) -> tuple[int, float]:
    return -alert.severity.rank, -alert.standing.percent if alert.standing else 0


def _headed_by_what_happened(one: Section) -> Section:
    return msgspec.structs.replace(one, heading=one.headline)


def _also(others: Sequence[Group]) -> str:
    if not others:
        return ""
    names = [_short(group[0]) for group in others[: MOST_NAMED - 1]]
    rest = len(others) - len(names)
    words = [*names, f"{number(rest)} more"] if rest else names
    return f"; also {', '.join(words[:-1])}{' and ' if words[1:] else ''}{words[-1]}"


def _short(alert: Alert) -> str:
    if alert.kind in ABOUT_NO_RULE:
        return LABELS[alert.kind].lower()
    return quoted(alert.rule, LONGEST_OTHER_NAME)

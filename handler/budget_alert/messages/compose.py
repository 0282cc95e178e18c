"""Alerts -> one Message that each channel renders."""

from collections.abc import Sequence

import msgspec

from budget_alert.alerts import Alert, Kind, OfBudget, Severity, is_repeated
from budget_alert.messages.incidents import MOST_SPELLED_OUT, incidents, section
from budget_alert.messages.incidents import more as more_of
from budget_alert.messages.pace import is_over
from budget_alert.messages.parts import USAGE_PAGE, Link, Section, usable
from budget_alert.messages.plain import ABOUT_NO_RULE, LABELS
from budget_alert.messages.wording import number, quoted

MOST_NAMED = 3
LONGEST_OTHER_NAME = 30
PERHAPS_AGAIN = "Maybe a repeat: "


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel tells.

    `title` is the first line; `severity` the highest of all alerts; `kinds` every kind once, that of the most
    severe alert first. Each of at most ten `sections` spells out an incident or another alert, `more` counts
    the alerts of the others. `alerts` holds all, most severe first, for what machines read; `account` and the
    names in there are as they were given. `links` lead to where there is more to see.
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
    """Make one message of one or more alerts, each incident one entry; the ten most severe are spelled out.

    `links` are shown after that to Poe's usage page. `perhaps_again` says that the channel may have the
    message already.
    Every text but `account` and `alerts` is clean and bounded, whatever bots and rules are called.
    """
    ranked = tuple(sorted(alerts, key=_rank))
    groups = incidents(ranked)
    sections = [section(group) for group in groups[:MOST_SPELLED_OUT]]
    return Message(
        title=(PERHAPS_AGAIN if perhaps_again else "") + sections[0].headline + _also(ranked),
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
    return more_of(message.more) if message.more else ""


def _rank(alert: Alert) -> tuple[int, bool, bool, float]:
    """Of alerts as severe, what is over comes last, then what was sent before, then what is less full."""
    standing = alert.standing if isinstance(alert, OfBudget) else None
    over = standing is not None and is_over(standing, alert.counted_at)
    return -alert.severity.rank, over, is_repeated(alert), -standing.percent if standing else 0


def _headed_by_what_happened(one: Section) -> Section:
    return msgspec.structs.replace(one, heading=one.headline)


def _also(ranked: Sequence[Alert]) -> str:
    """Name what a message is about besides its first alert, each rule once."""
    every = {_about(alert, place): _short(alert) for place, alert in enumerate(ranked)}
    others = list(every.values())[1:]
    if not others:
        return ""
    names = others[: MOST_NAMED - 1]
    rest = len(others) - len(names)
    words = [*names, f"{number(rest)} more"] if rest else names
    return f"; also {', '.join(words[:-1])}{' and ' if words[1:] else ''}{words[-1]}"


def _about(alert: Alert, place: int) -> object:
    return place if alert.kind in ABOUT_NO_RULE else alert.rule


def _short(alert: Alert) -> str:
    if alert.kind in ABOUT_NO_RULE:
        return LABELS[alert.kind].lower()
    return quoted(alert.rule, LONGEST_OTHER_NAME)

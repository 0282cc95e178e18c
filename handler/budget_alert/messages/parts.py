"""What a message is made of: sections with bars, lines and what to do, and links."""

import re
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from budget_alert.alerts import Alert, HealthAlert, OfBudget, is_whole, standings
from budget_alert.config.periods import Window
from budget_alert.messages.times import dates, day_and_time, moment
from budget_alert.messages.wording import listed, name, points, quoted, sparkline
from budget_alert.usage.missing import Holes, Missing, Why, by_reason

Group: TypeAlias = Sequence[Alert]
"""Alerts that one section tells together: at least one, the most severe first."""

LONGEST_IN_HEADLINE = 40
LONGEST_LABEL = 60
LONGEST_ADDRESS = 1000
MOST_LINKS = 3
MOST_DAYS = 31
NOTHING_MISSING = ", nothing missing"
UNREAD = "part of the usage is not read yet"
LONGEST_ACCOUNT = 40
_ADDRESS = re.compile(r"https?://(?:(?![<>|`\"\\])[!-~])+")


class Gauge(msgspec.Struct, frozen=True):
    """How full a budget is: `percent` for a bar, and the words beside it."""

    percent: float
    words: str


class Trend(msgspec.Struct, frozen=True):
    """What the last days brought, as a row of columns, and the words beside it."""

    columns: str
    words: str


class Also(msgspec.Struct, frozen=True):
    """What else an incident has passed, a line each, and the words above these lines."""

    words: str
    lines: tuple[str, ...]


class Link(msgspec.Struct, frozen=True):
    """A place to look further, and what to call it."""

    label: str
    url: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of one alert, or of several that belong together.

    Every text is one line, clean and bounded, but escaped for no channel. `headline` says what happened, and
    `heading` what it is about; `movers` say what drove it, `also` what it passed besides, `advice` what to do
    next, a step each, and `note` when the numbers were counted and whether anything is missing, empty where
    there are none.
    """

    headline: str
    heading: str
    gauges: tuple[Gauge, ...] = ()
    trend: Trend | None = None
    facts: tuple[str, ...] = ()
    movers: tuple[str, ...] = ()
    also: Also | None = None
    advice: tuple[str, ...] = ()
    note: str = ""


USAGE_PAGE = Link("Poe's usage page", "https://poe.com/points_history")


def usable(links: Sequence[Link]) -> tuple[Link, ...]:
    """Give the first links that every channel can show, labels clean; what is no address is left out."""
    good = (link for link in links if len(link.url) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(link.url))
    return tuple(Link(name(link.label, LONGEST_LABEL), link.url) for link in good)[:MOST_LINKS]


def trend(daily: Sequence[int]) -> Trend | None:
    """Draw the points of the last days, oldest first, a month at most; None where it is one day or none."""
    days = daily[-MOST_DAYS:]
    if len(days) < 2:  # noqa: PLR2004 - one column shows no course
        return None
    most = max(days)
    highest = f", up to {points(most)} a day" if most > 0 else ""
    return Trend(sparkline(days), f"last {len(days)} days{highest}")


def in_headline(rule: str) -> str:
    """Give a rule's name in quotation marks, short enough for a first line."""
    return quoted(rule, LONGEST_IN_HEADLINE)


def because(missing: Holes, zone: str) -> str:
    """Say, as half a sentence, why a sum is the least that it can be."""
    return f"because {listed(reasons(missing, zone) or [UNREAD])}"


def reasons(missing: Holes, zone: str) -> list[str]:
    """Say why usage is missing, in half a sentence for each reason."""
    found: dict[Why, list[Missing]] = {}
    for each in by_reason(missing):
        found.setdefault(each.why, []).append(each)
    return [_reason(why, each, zone) for why, each in found.items()]


def note(alert: Alert) -> str:
    """Say when an alert was counted and whether anything is missing, and why."""
    when = moment(alert.counted_at, alert.zone)
    if isinstance(alert, HealthAlert):
        return f"Seen {when}"
    if is_whole(alert):
        return f"Counted {when}{NOTHING_MISSING}"
    missing = (*alert.missing, *(each for standing in standings(alert) for each in standing.missing))
    # Of many budgets some may be whole.
    where = " where it says so" if alert.complete and not isinstance(alert, OfBudget) else ""
    return f"Counted {when}; at least{where}, {because(missing, alert.zone)}"


def _reason(why: Why, missing: Sequence[Missing], zone: str) -> str:
    first = missing[0]
    if why is Why.BEFORE:
        return f"nothing from before {day_and_time(first.end, zone)} could be read"
    if why is Why.ROWS:
        return f"rows of {dates(Window(first.start, first.end), zone)} could not be read"
    if why is Why.LOST:
        return f"usage of {dates(Window(first.start, first.end), zone)} is lost for good"
    if why is Why.ACCOUNT:
        names = [quoted(each.account, LONGEST_ACCOUNT) for each in missing]
        return f"accounts {listed(names)} are not read" if names[1:] else f"account {names[0]} is not read"
    return UNREAD

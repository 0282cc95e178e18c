"""What a message is made of, and what every kind says alike: its label, its last line, its links."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from budget_alert.alerts import (
    Alert,
    ForecastAlert,
    HealthAlert,
    Kind,
    Lead,
    OfBudget,
    OfNoRule,
    Severity,
    Snoozed,
    is_whole,
    standings,
)
from budget_alert.messages.times import dates, day_and_time, moment
from budget_alert.messages.wording import listed, name, quoted, short, sparkline
from budget_alert.usage.missing import Holes, Missing, Why, by_reason

LONGEST_IN_HEADLINE = 40
LONGEST_ADDRESS = 500
MOST_LINKS = 4
MOST_DAYS = 31
LONGEST_ACCOUNT = 40
UNREAD = "part of the usage is not read yet"
_ADDRESS = re.compile(r"https?://(?:(?![<>|`\"\\])[!-~])+")


class Gauge(msgspec.Struct, frozen=True):
    """How full a budget is: `percent` for a bar, and the words beside it."""

    percent: float
    words: str


class Field(msgspec.Struct, frozen=True):
    """A figure, or a few of a kind, and what to call them."""

    label: str
    words: str


class Row(msgspec.Struct, frozen=True):
    """A budget in a table: its name, how full it is in words and in percent for a bar, and what comes."""

    name: str
    share: str
    percent: float
    comes: str


class Link(msgspec.Struct, frozen=True):
    """A place to look further, and what to call it."""

    label: str
    url: str


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where the things of a deployment are, as far as that is known.

    `pages` are addresses in the console, `dashboard` and `runbook` those of these, or "". `stack` are the
    options by which a command finds the deployed stack.
    """

    pages: Mapping[Lead, str] = {}
    dashboard: str = ""
    runbook: str = ""
    stack: str = "--stack STACK"
    takes_clicks: bool = False
    """Whether a click in Slack arrives somewhere."""


class Menu(msgspec.Struct, frozen=True):
    """What can be chosen about an alert: `about` finds it again, `rule` is the name to show.

    `until` is the end of its window, None where that is over or there is none.
    """

    about: str
    rule: str
    until: datetime | None
    can_be_planned: bool


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of one alert, or of several that belong together.

    Every text is one line, clean and bounded, but escaped for no channel. `headline` says what happened,
    `outlook` what comes of it; `gauge` is how full a budget is, `rows` how
    full many are, the fullest first. `also` is what else an incident has passed, below `also_heading`;
    `advice` what to do next, a step each, `links` where; `note` says when it was counted and what is missing.
    """

    headline: str
    outlook: str = ""
    gauge: Gauge | None = None
    fields: tuple[Field, ...] = ()
    rows: tuple[Row, ...] = ()
    facts: tuple[str, ...] = ()
    also_heading: str = ""
    also: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    note: str = ""
    menu: Menu | None = None


USAGE_PAGE = Link("Poe's usage page", "https://poe.com/points_history")
PUBLIC = {
    Lead.KEYS: "https://poe.com/api_key",
    Lead.WEBHOOKS: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
}
LEADS = {
    Lead.KEYS: "Make a new key",
    Lead.WEBHOOKS: "Make a new webhook",
    Lead.SECRET: "Secret in AWS",
    Lead.CONFIG: "Config in AWS",
    Lead.SUBSCRIPTIONS: "Subscriptions in AWS",
    Lead.LOG: "Log in AWS",
}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel sends.

    `title` is the first line; `severity` the highest of all alerts; `kinds` every kind once, that of the most
    severe alert first. Each of at most ten `sections` spells out an incident or another alert, `more` says
    how many alerts are not spelled out. `alerts` holds all, most severe first, for what machines read;
    `account` and the names in there are as they were given. `links` lead to where there is more to see.
    """

    title: str
    severity: Severity
    account: str
    kinds: tuple[Kind, ...]
    sections: tuple[Section, ...]
    more: str
    alerts: tuple[Alert, ...]
    links: tuple[Link, ...] = (USAGE_PAGE,)


def leading(alert: HealthAlert, places: Places) -> tuple[Link, ...]:
    """Give the pages where the remedy of a trouble is, the runbook's section last."""
    pages = {**places.pages, **PUBLIC}
    links = [Link(LEADS[lead], pages[lead]) for lead in alert.leads if lead in pages]
    if alert.section and places.runbook:
        links.append(Link("Runbook", f"{places.runbook}#{alert.section}"))
    return usable(links)


def usable(links: Sequence[Link]) -> tuple[Link, ...]:
    """Give the first links that every channel can show, each once; what is no address is left out."""
    good = (link for link in links if len(link.url) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(link.url))
    return tuple(dict.fromkeys(good))[:MOST_LINKS]


def trend(daily: Sequence[int]) -> tuple[Field, ...]:
    """Draw the points of the last days, oldest first, a month at most; nothing of one day or none."""
    days = daily[-MOST_DAYS:]
    if len(days) < 2:  # noqa: PLR2004 - one column shows no course
        return ()
    most = max(days)
    highest = f"up to {short(most)} a day " if most > 0 else ""
    return (Field(f"Last {len(days)} days", f"{highest}{sparkline(days)}"),)


def label(alert: Alert) -> str:
    """Give the words that name what an alert is about, such as: Budget “Everything”."""
    return alert.label if isinstance(alert, OfNoRule) else f"{alert.label} {quoted(alert.about)}"


def note(alert: Alert) -> str:
    """Say when an alert was counted and whether anything is missing, and why."""
    when = moment(alert.counted_at, alert.zone)
    if isinstance(alert, HealthAlert):
        return f"Checked {when}"
    if is_whole(alert):
        return f"Counted {when}"
    missing = (*alert.missing, *(each for standing in standings(alert) for each in standing.missing))
    # Of many budgets some may be whole.
    where = " where it says so" if alert.complete and not isinstance(alert, OfBudget) else ""
    return f"Counted {when}; at least{where}, {because(missing, alert.zone)}"


def silence(snoozed: Snoozed, zone: str) -> str:
    """Say until when a rule is silent, and who wanted that."""
    by = f" by {name(snoozed.by, LONGEST_ACCOUNT)}" if snoozed.by else ""
    return f"until {day_and_time(snoozed.until, zone)}{by}"


def despite(alert: Alert) -> tuple[str, ...]:
    """Say why an alert is sent though its rule was snoozed; nothing where it was not."""
    snoozed = alert.snoozed
    if snoozed is None:
        return ()
    if snoozed.until <= alert.counted_at:
        return (f"Its snooze ended on {day_and_time(snoozed.until, alert.zone)}, and this still holds",)
    why = "more is expected" if isinstance(alert, ForecastAlert) else "a higher threshold is passed"
    return (f"Snoozed {silence(snoozed, alert.zone)}; sent all the same, because {why} now",)


def because(missing: Holes, zone: str) -> str:
    """Say, as half a sentence, why a sum is the least that it can be."""
    return f"because {listed(reasons(missing, zone) or [UNREAD])}"


def reasons(missing: Holes, zone: str) -> list[str]:
    """Say why usage is missing, in half a sentence for each reason."""
    return [_reason(list(each), zone) for _, each in groupby(by_reason(missing), lambda each: each.why)]


def _reason(missing: Sequence[Missing], zone: str) -> str:
    first = missing[0]
    if first.why is Why.BEFORE:
        return f"nothing from before {day_and_time(first.end, zone)} could be read"
    if first.why is Why.ROWS:
        return f"rows of {dates(first, zone)} could not be read"
    if first.why is Why.LOST:
        return f"usage of {dates(first, zone)} is lost for good"
    if first.why is Why.ACCOUNT:
        names = [quoted(each.account, LONGEST_ACCOUNT) for each in missing]
        return f"account{'s' if names[1:] else ''} {listed(names)} {'are' if names[1:] else 'is'} not read"
    return UNREAD

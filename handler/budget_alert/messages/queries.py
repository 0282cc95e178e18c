"""Single queries that cost too much; those of one rule are told together."""

from collections.abc import Sequence
from decimal import Decimal

from budget_alert.alerts import Alert, QueryAlert
from budget_alert.messages.parts import LONGEST_IN_HEADLINE, Group, Section, note
from budget_alert.messages.plain import label
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import UNNAMED, name, number, points, quoted, worth
from budget_alert.usage.entries import Query

MOST_LISTED = 10
LONGEST_NAME = 60


def together(alerts: Sequence[Alert]) -> list[Group]:
    """Put the queries of each rule together, each in the place of its first; every other alert is alone."""
    groups: dict[object, list[Alert]] = {}
    for place, alert in enumerate(alerts):
        key = alert.rule if isinstance(alert, QueryAlert) else place
        groups.setdefault(key, []).append(alert)
    return list(groups.values())


def section(group: Sequence[QueryAlert]) -> Section:
    """Tell what each query cost, which bot answered it, when, and what it was for where Poe says so."""
    alert = group[0]
    queries = [each.query for each in group]
    ranked = sorted(queries, key=lambda query: (-query.points, query.created, query.query_id))
    listed = ranked[:MOST_LISTED]
    return Section(
        headline=_headline(alert, ranked),
        heading=label(alert),
        facts=(*_together(alert, ranked), *numbered(listed, alert), *_rest(ranked[MOST_LISTED:])),
        advice=_todo(ranked[0]),
        note=note(alert),
    )


def numbered(queries: Sequence[Query], alert: QueryAlert) -> tuple[str, ...]:
    """Give a line for each query, numbered where there are several."""
    every = [line(query, alert.zone, alert.usd_per_million_points) for query in queries]
    return tuple(f"{place}. {words}" for place, words in enumerate(every, 1)) if every[1:] else tuple(every)


def line(query: Query, zone: str, rate: Decimal | None = None) -> str:
    """Say what a query cost, with its bot, its time on the zone's clock, and its use."""
    cost = points(query.points) + worth(query.points, rate)
    return f"{cost}; {name(query.bot, LONGEST_NAME)}, {day_and_time(query.at, zone)}, {_use(query)}"


def _headline(alert: QueryAlert, ranked: Sequence[Query]) -> str:
    first = ranked[0]
    if not ranked[1:]:
        return f"One query cost {points(first.points)} {_in_brackets(first.bot)}"
    least = f"{points(alert.threshold_points)} or more each"
    return f"{number(len(ranked))} queries cost {least}; the largest {number(first.points)}"


def _in_brackets(bot: str) -> str:
    shown = name(bot, LONGEST_IN_HEADLINE)
    return shown if shown == UNNAMED else f"({shown})"


def _together(alert: QueryAlert, ranked: Sequence[Query]) -> tuple[str, ...]:
    if not ranked[1:]:
        return ()
    cost = _sum(ranked)
    return (f"{points(cost)} together{worth(cost, alert.usd_per_million_points)}",)


def _rest(unlisted: Sequence[Query]) -> tuple[str, ...]:
    return (f"and {number(len(unlisted))} more, {points(_sum(unlisted))} together",) if unlisted else ()


def _sum(queries: Sequence[Query]) -> int:
    return sum(query.points for query in queries)


def _use(query: Query) -> str:
    """Say where a query was made and what for; a blank name says nothing, so it is left out."""
    parts = [name(query.usage_type, LONGEST_NAME)]
    if name(query.used_for, nothing=""):
        parts.append(quoted(query.used_for, LONGEST_NAME))
    if name(query.api_key, nothing=""):
        parts.append(f"key {quoted(query.api_key, LONGEST_NAME)}")
    return " ".join(parts)


def _todo(query: Query) -> tuple[str, ...]:
    return (
        f"Look at what {quoted(query.bot, LONGEST_NAME)} was asked, on Poe's usage page.",
        "If this is expected, raise “points” of the rule in the config.",
    )

"""Single queries that cost too much -> what is told of them, each once."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from budget_alert.alerts import QueryAlert, Severity
from budget_alert.config.periods import Window
from budget_alert.config.schema import Config, QueryRule
from budget_alert.identity import identity
from budget_alert.instants import slot_end, slot_of
from budget_alert.rules.decision import Notice
from budget_alert.rules.notified import Crossing, Known, Memory, Notified
from budget_alert.usage.entries import Query
from budget_alert.usage.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from budget_alert.rules.case import Case

MOST_A_TICK = 200
"""More than these are told by the next ticks, so that one tick can write and send them."""
Found = tuple[QueryRule, Query]


def costly_from(config: Config | None) -> int | None:
    """Give the points from which on a rule asks for queries; None where none does."""
    return min((rule.points for rule in config.queries), default=None) if config else None


def costly(config: Config, memory: Memory, named: Slots) -> list[Found]:
    """Find the queries that a rule asks for, created since the rule is known, oldest first."""
    return sorted(_found(config, memory, named), key=lambda found: found[1].created)


def query_key(found: Found) -> str:
    """Name what was told of a query by a rule."""
    rule, query = found
    return f"told#query#{rule.fingerprint}#{identity(query.query_id)}"


def query_steps(case: Case) -> tuple[list[Notice], bool]:
    """Tell every query that is not told yet; the flag says whether some are left to the next tick."""
    every = [
        found for found in costly(case.config, case.memory, case.named) if query_key(found) not in case.told
    ]
    return [_step(case, found) for found in every[:MOST_A_TICK]], len(every) > MOST_A_TICK


def _found(config: Config, memory: Memory, named: Slots) -> Iterator[Found]:
    for rule in config.queries:
        known = memory.rules.get(rule.fingerprint)
        for totals in named.values():
            yield from ((rule, query) for query in totals.largest if known and _asked_for(rule, known, query))


def _asked_for(rule: QueryRule, known: Known, query: Query) -> bool:
    matches = rule.filter.matches(query.bot, query.usage_type, query.api_key)
    return query.points >= rule.points and query.at >= known.since and matches


def _step(case: Case, found: Found) -> Notice:
    rule, query = found
    # Others of its quarter hour that cost as much may be among what is missing.
    missing = case.missing(Window(slot_of(query.at), slot_end(query.at)))
    crossing = Crossing(points=query.points, share=Fraction(1), told_at=case.now, window_end=query.at)
    alert = QueryAlert(
        id=identity("query", rule.fingerprint, query.query_id),
        rule=rule.name,
        severity=Severity.WARNING,
        zone=case.config.timezone,
        usd_per_million_points=case.config.usd_per_million_points,
        counted_at=case.now,
        threshold_points=rule.points,
        query=query,
        complete=not missing,
        missing=missing,
    )
    return Notice(query_key(found), Notified((crossing,)), alert)

"""Single queries that cost too much -> what is notified of them, each once."""

from collections.abc import Iterator
from fractions import Fraction

from budget_alert.alerts import Kind, QueryAlert, Severity
from budget_alert.config.periods import Window
from budget_alert.config.schema import Config, QueryRule
from budget_alert.identity import identity
from budget_alert.instants import MICROSECOND, slot_end, slot_of
from budget_alert.rules.decision import Held, Notice, Verdict
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Crossing, Notified
from budget_alert.usage.entries import Query

MOST_A_TICK = 200
"""More than these are left to the next ticks, so that one tick can write and send them."""
Found = tuple[QueryRule, Query]


def costly_from(config: Config | None) -> int | None:
    """Give the points from which on a rule asks for queries; None where none does."""
    return min((rule.points for rule in config.queries), default=None) if config else None


def query_keys(evaluation: Evaluation) -> list[str]:
    """Name what may have been notified of the queries that a rule asks for."""
    return [_key(found) for found in _found(evaluation)]


def query_notices(evaluation: Evaluation) -> tuple[list[Notice], bool]:
    """Notify every query that is not yet, oldest first; the flag says whether some are left for later."""
    found = sorted(_found(evaluation), key=lambda found: found[1].created)
    why = [(each, _held(evaluation, each)) for each in found]
    new = [each for each, held in why if held is None]
    late = {_key(each) for each in new[MOST_A_TICK:]}
    why = [(each, Held.LATER if _key(each) in late else held) for each, held in why]
    return [_notice(evaluation, each, held) for each, held in why], bool(late)


def _found(evaluation: Evaluation) -> Iterator[Found]:
    """Find the queries that a rule asks for, created since the rule is known."""
    every = [query for totals in evaluation.costly.values() for query in totals.largest]
    for rule in evaluation.config.queries:
        if known := evaluation.memory.rules.get(rule.fingerprint):
            for query in every:
                matches = rule.filter.matches(query.bot, query.usage_type, query.api_key)
                if matches and query.points >= rule.points and query.at >= known.since:
                    yield rule, query


def _held(evaluation: Evaluation, found: Found) -> Held | None:
    """Say why a query is not sent; None where it is."""
    rule, query = found
    if _key(found) in evaluation.notified:
        return Held.SENT
    return Held.SNOOZED if evaluation.snooze(rule, query.at + MICROSECOND) else None


def _key(found: Found) -> str:
    rule, query = found
    return f"told#query#{rule.fingerprint}#{identity(query.query_id)}"


def _notice(evaluation: Evaluation, found: Found, held: Held | None) -> Notice:
    rule, query = found
    slot = Window(slot_of(query.at), slot_end(query.at))
    verdict = Verdict(rule.name, Kind.QUERY, slot, query.points, rule.points, held)
    if held:
        known = evaluation.notified.get(_key(found), Notified())
        return Notice(_key(found), known, None, (verdict,))
    # Others of its quarter hour that cost as much may be among what is missing.
    missing = evaluation.missing(slot)
    crossing = Crossing(query.points, Fraction(1), evaluation.now, query.at)
    alert = QueryAlert(
        id=identity("query", rule.fingerprint, query.query_id),
        rule=rule.name,
        notify=rule.notify,
        severity=Severity.WARNING,
        zone=evaluation.config.timezone,
        usd_per_million_points=evaluation.config.usd_per_million_points,
        counted_at=evaluation.now,
        threshold_points=rule.points,
        query=query,
        complete=not missing,
        missing=missing,
    )
    return Notice(_key(found), Notified((crossing,)), alert, (verdict,))

"""Much more than usual and what drives it, and single queries that cost too much."""

from collections.abc import Sequence
from decimal import Decimal

from budget_alert.alerts import Mover, QueryAlert, Spike, SpikeAlert
from budget_alert.messages.parts import LONGEST_IN_HEADLINE, Field, Section, label, note
from budget_alert.messages.times import DAY, HOUR, at_length, day_and_time, last, span
from budget_alert.messages.wording import UNNAMED, multiple, name, number, points, quoted, worth
from budget_alert.usage.entries import Query

MOST_MOVERS = 5
MOST_LISTED = 10
LONGEST_NAME = 60
NO_KEY = "(no key)"


def spiked(alert: SpikeAlert) -> Section:
    """Say how much came, how much is usual, and which bots and keys rose most."""
    spike = alert.spike
    usual = points(spike.usual) if spike.usual > 0 else "nothing"
    movers = (("Accounts", spike.accounts), ("Bots", spike.bots), ("Keys", spike.keys))
    return Section(
        headline=_spike_headline(alert),
        outlook=f"From {span(spike.window, alert.zone)}{worth(spike.points, alert.usd_per_million_points)}",
        fields=(
            Field("Usual at this time", usual),
            Field(
                "Fires from", f"{points(spike.at_least)} and {spike.times.normalize():f} times the usual on"
            ),
            *(Field(f"{what} that rose most", _risen(what, each)) for what, each in movers if each),
        ),
        advice=_spike_advice(spike),
        note=note(alert),
    )


def _spike_headline(alert: SpikeAlert) -> str:
    spike = alert.spike
    least = "" if alert.complete else "at least "
    length = last(spike.window.end - spike.window.start)
    if alert.counted_at - spike.window.end < HOUR:
        when = f"last {length}"
    else:
        when = f"{length} up to {day_and_time(spike.window.end, alert.zone)}"
    rule = quoted(alert.about, LONGEST_IN_HEADLINE)
    return f"{rule}: {least}{points(spike.points)} in the {when}{_against_usual(spike)}"


def _against_usual(spike: Spike) -> str:
    if spike.usual <= 0:
        idle = spike.window.start - (spike.idle_since or spike.window.start)
        return f"; nothing was used here for {at_length(idle)}" if idle >= DAY else "; the usual is nothing"
    usual = f"the usual {number(spike.usual)}"
    if spike.points * 10 // spike.usual > 10:  # noqa: PLR2004 - once
        return f", {multiple(spike.points, spike.usual)} {usual}"
    return f"; {usual}"


def _risen(what: str, movers: Sequence[Mover]) -> str:
    nothing = NO_KEY if what == "Keys" else UNNAMED
    return ", ".join(
        f"{name(each.name, LONGEST_NAME, nothing)} {number(each.points)} "
        f"(usually {number(each.before) if each.before > 0 else 'nothing'})"
        for each in movers[:MOST_MOVERS]
    )


def _spike_advice(spike: Spike) -> tuple[str, ...]:
    bot = quoted(spike.bots[0].name, LONGEST_NAME) if spike.bots else "the bot that spends most"
    keyed = [mover.name for mover in spike.keys[:1] if name(mover.name, nothing="")]
    key = f" with the key {quoted(keyed[0], LONGEST_NAME)}" if keyed else ""
    key += f" in the account {quoted(spike.accounts[0].name, LONGEST_NAME)}" if spike.accounts else ""
    return (
        f"Look at what uses {bot}{key}, and stop it if it has run away.",
        "If this is expected, raise “times” or “at_least” of the rule in the config.",
    )


def expensive(alerts: Sequence[QueryAlert]) -> Section:
    """Say of one rule's queries what each cost, which bot answered it, when, and what it was for."""
    first, rate = alerts[0], alerts[0].usd_per_million_points
    ranked = sorted(
        (alert.query for alert in alerts), key=lambda query: (-query.points, query.created, query.query_id)
    )
    unlisted, cost = ranked[MOST_LISTED:], _sum(ranked)
    return Section(
        headline=_query_headline(ranked, first.threshold_points),
        facts=(
            *((f"{points(cost)} together{worth(cost, rate)}",) if ranked[1:] else ()),
            *numbered([query_line(query, first.zone, rate) for query in ranked[:MOST_LISTED]]),
            *((f"and {number(len(unlisted))} more, {points(_sum(unlisted))} together",) if unlisted else ()),
        ),
        advice=(
            f"Look at what {quoted(ranked[0].bot, LONGEST_NAME)} was asked, on Poe's usage page.",
            "If this is expected, raise “points” of the rule in the config.",
        ),
        note=f"{label(first)}. {note(first)}",
    )


def numbered(lines: Sequence[str]) -> tuple[str, ...]:
    """Give lines with their numbers, where there are several."""
    return tuple(f"{place}. {line}" for place, line in enumerate(lines, 1)) if lines[1:] else tuple(lines)


def query_line(query: Query, zone: str, rate: Decimal | None = None) -> str:
    """Say what a query cost, with its bot, its time in the IANA zone, and its use as far as it is named."""
    use = [name(query.usage_type, LONGEST_NAME)]
    if name(query.used_for, nothing=""):
        use.append(quoted(query.used_for, LONGEST_NAME))
    if name(query.api_key, nothing=""):
        use.append(f"key {quoted(query.api_key, LONGEST_NAME)}")
    cost = f"{points(query.points)}{worth(query.points, rate)}"
    return f"{cost}; {name(query.bot, LONGEST_NAME)}, {day_and_time(query.at, zone)}, {' '.join(use)}"


def _query_headline(ranked: Sequence[Query], threshold: int) -> str:
    first = ranked[0]
    if ranked[1:]:
        least = f"{points(threshold)} or more each"
        return f"{number(len(ranked))} queries cost {least}; the largest {number(first.points)}"
    bot = name(first.bot, LONGEST_IN_HEADLINE)
    return f"One query cost {points(first.points)} {bot if bot == UNNAMED else f'({bot})'}"


def _sum(queries: Sequence[Query]) -> int:
    return sum(query.points for query in queries)

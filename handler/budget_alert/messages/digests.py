"""What a day or a week brought."""

from budget_alert.alerts import Digest, DigestAlert, Mover
from budget_alert.messages.balances import lasting, left
from budget_alert.messages.budgets import upcoming
from budget_alert.messages.parts import Section, note, trend
from budget_alert.messages.plain import label
from budget_alert.messages.queries import line
from budget_alert.messages.standings import overview
from budget_alert.messages.times import date, span, weekday
from budget_alert.messages.wording import about, begin, name, number, points, quoted, share

MOST_BOTS, MOST_QUERIES, MOST_NAMED = 5, 5, 5
LONGEST_BOT, LONGEST_RULE = 60, 40
TWICE = 2


def section(alert: DigestAlert) -> Section:
    """Tell the total and its change, where every budget stands, what drove it, and what is told next."""
    digest = alert.digest
    gauges, rest = overview(alert.standings, alert.zone)
    return Section(
        headline=_headline(alert, digest),
        heading=label(alert),
        gauges=gauges,
        trend=trend(digest.daily),
        facts=(*rest, *_facts(alert, digest)),
        movers=(*_bots(digest), *_queries(alert, digest)),
        note=note(alert),
    )


def _headline(alert: DigestAlert, digest: Digest) -> str:
    start = digest.window.start
    when = f"in the week from {date(start, alert.zone)}"
    if digest.every == "day":
        when = f"on {weekday(start, alert.zone)}"
    if not alert.complete and digest.points == 0:
        return f"Nothing is counted {when}, but not everything was read"
    if not alert.complete:
        return f"At least {points(digest.points)} {when}"
    total = "Nothing was spent" if digest.points == 0 else points(digest.points)
    return f"{total} {when}{_change(digest)}"


def _change(digest: Digest) -> str:
    now, before = digest.points, digest.before
    earlier = f"the {'day' if digest.every == 'day' else 'week'} before"
    if before is None:
        return ""
    if now == before:
        return f", as {earlier}" if now == 0 else f", as much as {earlier}"
    if now <= 0 or before <= 0:
        return f", after {'nothing' if before == 0 else points(before)} {earlier}"
    if now >= TWICE * before:
        return f", {number(now // before)} times as much as {earlier}"
    return f", {share(abs(now - before), before)} {'more' if now > before else 'less'} than {earlier}"


def _facts(alert: DigestAlert, digest: Digest) -> tuple[str, ...]:
    queries = "1 query" if digest.queries_count == 1 else f"{number(digest.queries_count)} queries"
    balance = digest.balance
    return (
        f"In {queries}{about(digest.usd)}",
        begin(f"{'day' if digest.every == 'day' else 'week'}, {span(digest.window, alert.zone)}"),
        *((left(balance), *lasting(balance)) if balance else ()),
        *_coverage(digest),
        *_next(alert),
    )


def _coverage(digest: Digest) -> tuple[str, ...]:
    sign = "+" if digest.corrected > 0 else ""
    corrected = f"{sign}{points(digest.corrected)}" if digest.corrected else "nothing"
    found = [f"Corrected since the last digest: {corrected}"]
    if digest.unreadable:
        rows = "1 row" if digest.unreadable == 1 else f"{number(digest.unreadable)} rows"
        found.append(f"Left out of all sums: {rows} of Poe's history that could not be read")
    if digest.unexplained:
        found.append(f"The balance fell by {points(digest.unexplained)} more than the history explains")
    return tuple(found)


def _next(alert: DigestAlert) -> tuple[str, ...]:
    waiting = [standing for standing in alert.standings if standing.next_threshold is not None]
    waiting.sort(key=lambda standing: -standing.percent)
    named = [f"{quoted(each.rule, LONGEST_RULE)} at {upcoming(each)}" for each in waiting[:MOST_NAMED]]
    rest = len(waiting) - len(named)
    words = [*named, f"{number(rest)} more"] if rest else named
    return (f"Next alerts: {', '.join(words)}",) if words else ()


def _bots(digest: Digest) -> tuple[str, ...]:
    if not digest.bots:
        return ()
    shown = (f"{name(bot.name, LONGEST_BOT)} {_changed(bot, digest)}" for bot in digest.bots[:MOST_BOTS])
    return (f"Top bots: {', '.join(shown)}",)


def _changed(bot: Mover, digest: Digest) -> str:
    more = bot.points - bot.before
    if digest.before is None:
        return number(bot.points)
    if bot.before == 0:
        return f"{number(bot.points)} (new)"
    if more == 0:
        return f"{number(bot.points)} (as before)"
    return f"{number(bot.points)} ({number(abs(more))} {'more' if more > 0 else 'less'})"


def _queries(alert: DigestAlert, digest: Digest) -> tuple[str, ...]:
    every = [line(query, alert.zone) for query in digest.queries[:MOST_QUERIES]]
    if not every[1:]:
        return tuple(f"Largest query: {words}" for words in every)
    return ("Largest queries:", *(f"{place}. {words}" for place, words in enumerate(every, 1)))

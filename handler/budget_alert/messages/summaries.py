"""What is left, what a day or a week brought, and where every budget stands as monitoring begins."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from budget_alert.alerts import Balance, BalanceAlert, Digest, DigestAlert, Mover, Standing, WelcomeAlert
from budget_alert.messages.budgets import overview, upcoming
from budget_alert.messages.parts import Field, Section, label, note, silence, trend
from budget_alert.messages.times import date, day_and_time, roughly, span, weekday
from budget_alert.messages.unusual import numbered, query_line
from budget_alert.messages.wording import (
    about,
    begin,
    counted,
    few,
    lines,
    name,
    number,
    points,
    quoted,
    share,
    worth,
)

MOST_BOTS, MOST_QUERIES, MOST_NAMED = 5, 5, 5
LONGEST_BOT, LONGEST_RULE = 60, 40
TWICE = 2


def low(alert: BalanceAlert) -> Section:
    """Say what is left, how long it lasts, and when Poe grants points again."""
    balance = alert.balance
    price = worth(balance.points, alert.usd_per_million_points)
    until = f" until {day_and_time(balance.next_grant, alert.zone)}" if balance.next_grant else ""
    return Section(
        headline=_headline_of_balance(balance),
        outlook=lasting(balance),
        fields=(
            Field("Left on the account", f"{points(balance.points)}{price}"),
            Field("Next points", _grants(balance, alert.zone)),
        ),
        advice=(
            f"Buy points on Poe, or see that less is spent{until}.",
            "If this is expected, lower “below” or “runway” of the rule in the config.",
        ),
        note=f"{label(alert)}. {note(alert)}",
    )


def left(balance: Balance, rate: Decimal | None = None) -> str:
    """Say what is left; `rate` is dollars for a million points, None where nobody named a price."""
    return f"{points(balance.points)} left on the account{worth(balance.points, rate)}"


def lasting(balance: Balance) -> str:
    """Say what the last 24 hours took, and how long the points last if that goes on."""
    if balance.pace <= 0:
        return f"Nothing was {'spent' if balance.complete else 'counted yet'} in the last 24 hours"
    spent = f"{'' if balance.complete else 'At least '}{points(balance.pace)} spent in the last 24 hours"
    if balance.lasts is None or balance.points <= 0:
        return spent
    most = "" if balance.complete else "at most "
    return f"{spent}; at that pace what is left lasts for {most}{_length(balance.lasts)}"


def _headline_of_balance(balance: Balance) -> str:
    if balance.points <= 0:
        return "No points are left"
    if balance.below is not None and balance.points < balance.below:
        verb = "is" if balance.points == 1 else "are"
        return f"{points(balance.points)} {verb} left, below {number(balance.below)}"
    if balance.lasts is not None:
        return f"Your points last for {_length(balance.lasts)} at the pace of the last 24 hours"
    return left(balance)


def _length(lasts: timedelta) -> str:
    length = roughly(lasts)
    return f"about {length}" if length else "less than an hour"


def _grants(balance: Balance, zone: str) -> str:
    recharge = f"auto recharge is {'on' if balance.auto_recharge else 'off'}"
    if balance.next_grant is None:
        return f"Poe names no next grant; {recharge}"
    grant = "granted" if balance.grant is None else points(balance.grant)
    return f"{grant} on {day_and_time(balance.next_grant, zone)} ({zone}); {recharge}"


def digest(alert: DigestAlert) -> Section:
    """Say the total, what changed most, where every budget stands, what is left, and what comes next."""
    one = alert.digest
    rows, rest = overview(alert.standings, alert.zone)
    queries = "1 query" if one.queries_count == 1 else f"{number(one.queries_count)} queries"
    balance = (f"{left(one.balance)}. {lasting(one.balance)}",) if one.balance else ()
    return Section(
        headline=_headline_of_digest(alert),
        outlook=_changed_most(one),
        rows=rows,
        fields=(
            Field(f"{one.every.capitalize()}, {span(one.window, alert.zone)}", f"{queries}{about(one.usd)}"),
            *trend(one.daily),
            *_bots(one),
        ),
        facts=(
            *rest,
            *others(alert.standings),
            *_silent(alert),
            *balance,
            *_coverage(one),
            *_next(alert),
            *_queries(alert),
        ),
        note=note(alert),
    )


def _changed_most(one: Digest) -> str:
    """Name the bot whose points changed most against the period before; empty where none has."""
    if one.before is None or not one.bots:
        return ""
    most = max(one.bots, key=lambda bot: abs(bot.points - bot.before))
    if most.points == most.before:
        return ""
    change = number(abs(most.points - most.before)) + (" more" if most.points > most.before else " less")
    bot = name(most.name, LONGEST_BOT)
    return f"{bot} changed most: {points(most.points)}, {change} than the {one.every} before"


def _headline_of_digest(alert: DigestAlert) -> str:
    one, start = alert.digest, alert.digest.window.start
    is_day = one.every == "day"
    when = f"on {weekday(start, alert.zone)}" if is_day else f"in the week from {date(start, alert.zone)}"
    if not alert.complete:
        if one.points == 0:
            return f"Nothing is counted {when}, but not everything was read"
        return f"At least {points(one.points)} {when}"
    total = "Nothing was spent" if one.points == 0 else points(one.points)
    return f"{total} {when}{_change(one)}"


def _change(one: Digest) -> str:
    now, before, earlier = one.points, one.before, f"the {one.every} before"
    if before is None:
        return ""
    if now == before:
        return f", as {earlier}" if now == 0 else f", as much as {earlier}"
    if now <= 0 or before <= 0:
        return f", after {'nothing' if before == 0 else points(before)} {earlier}"
    if now >= TWICE * before:
        return f", {number(now // before)} times as much as {earlier}"
    return f", {share(abs(now - before), before)} {'more' if now > before else 'less'} than {earlier}"


def _silent(alert: DigestAlert) -> tuple[str, ...]:
    """Name the rules that are snoozed, but for the budgets: their rows say so."""
    rows = {standing.rule for standing in alert.standings}
    words = [
        f"{quoted(rule, LONGEST_RULE)} {silence(one, alert.zone)}"
        for rule, one in alert.digest.snoozed.items()
        if rule not in rows
    ]
    return (f"Snoozed: {', '.join(few(words, MOST_NAMED))}",) if words else ()


def others(standings: Sequence[Standing]) -> Iterator[str]:
    """Say of each rule for every key or bot what those spent that have no row, and which have no limit."""
    last = {standing.rule: standing.others for standing in standings if standing.value}
    for rule, rest in last.items():
        if rest.count:
            few = f"; {number(rest.unfollowed)} of them are too small for alerts of their own"
            more = f"{quoted(rule, LONGEST_RULE)}: {number(rest.count)} more spent {points(rest.points)}"
            yield more + (few if rest.unfollowed else "")


def _coverage(one: Digest) -> tuple[str, ...]:
    found = []
    if one.corrected:
        sign = "+" if one.corrected > 0 else ""
        found.append(f"Corrected since the last digest: {sign}{points(one.corrected)}")
    if one.unreadable:
        rows = counted(one.unreadable, "row")
        found.append(f"Left out of all sums: {rows} of Poe's history that could not be read")
    if one.unexplained:
        found.append(f"The balance fell by {points(one.unexplained)} more than the history explains")
    return tuple(found)


def _next(alert: DigestAlert) -> tuple[str, ...]:
    waiting = [standing for standing in alert.standings if standing.next_threshold is not None]
    waiting.sort(key=lambda standing: -standing.percent)
    words = [f"{quoted(each.about, LONGEST_RULE)} at {upcoming(each)}" for each in waiting]
    return (f"Next alerts: {', '.join(few(words, MOST_NAMED))}",) if words else ()


def _bots(one: Digest) -> tuple[Field, ...]:
    shown = (f"{name(bot.name, LONGEST_BOT)} {_changed(bot, one)}" for bot in one.bots[:MOST_BOTS])
    return (Field("Bots that spent most", ", ".join(shown)),) if one.bots else ()


def _changed(bot: Mover, one: Digest) -> str:
    more = bot.points - bot.before
    if one.before is None:
        return number(bot.points)
    if bot.before == 0:
        return f"{number(bot.points)} (new)"
    change = f"{number(abs(more))} {'more' if more > 0 else 'less'}" if more else "as before"
    return f"{number(bot.points)} ({change})"


def _queries(alert: DigestAlert) -> tuple[str, ...]:
    every = [query_line(query, alert.zone) for query in alert.digest.queries[:MOST_QUERIES]]
    if not every[1:]:
        return tuple(f"Largest query: {words}" for words in every)
    return ("Largest queries:", *numbered(every))


def welcome(alert: WelcomeAlert) -> Section:
    """Say that monitoring has begun, and list the budgets, the fullest first."""
    rows, rest = overview(alert.standings, alert.zone)
    reading = "" if alert.complete else "; the usage history is still being read"
    headline = f"Your Poe points are monitored{reading}"
    if alert.test:
        headline = "TEST: this is how alerts about your Poe points reach you"
    return Section(
        headline=headline,
        rows=rows,
        facts=(*rest, *others(alert.standings), *map(begin, lines(alert.text))),
        note=note(alert),
    )

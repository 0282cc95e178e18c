"""What a replay has shown, in words for people."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from budget_alert.alerts import Kind, OfBudget, is_repeated
from budget_alert.messages.sections import section
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import counted, name, number, percent, points
from poe_budget.backtest.results import Replay, RuleResult, Sent, Verdict

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITED = (Kind.BUDGET, Kind.FORECAST)
HIGHEST = {Kind.BUDGET: "", Kind.SPIKE: " within its window", Kind.QUERY: " for a query"}


class Line(msgspec.Struct, frozen=True):
    """A line of the list of alerts: the first that it is about, what that was, when its limit passed."""

    sent: Sent
    what: str
    passed: str = ""


def listed(replay: Replay) -> Iterator[Line]:
    """Give a line for each alert, and one for all digests, where the first of them came."""
    digests = [sent for sent in replay.alerts if sent.alert.kind is Kind.DIGEST]
    for sent in replay.alerts:
        if sent.alert.kind is not Kind.DIGEST:
            yield Line(sent, what(sent), passed(sent))
        elif sent is digests[0]:
            yield Line(sent, _digests(digests, replay.config.timezone))


def _digests(digests: Sequence[Sent], zone: str) -> str:
    if len(digests) == 1:
        return what(digests[0])
    last = day_and_time(digests[-1].at, zone)
    return f"{len(digests)} digests, the last on {last}; the first: {what(digests[0])}"


def what(sent: Sent) -> str:
    """Give the first line of the message that an alert makes by itself: clean, whatever things are called."""
    return section([sent.alert]).headline


def passed(sent: Sent) -> str:
    """Say how long after an alert the limit (of a forecast: its threshold) was passed, or before it."""
    if not isinstance(sent.alert, OfBudget) or is_repeated(sent.alert):
        return ""
    if sent.lead is None:
        return "never" if sent.so_far is None else f"not yet, {percent(sent.so_far)}"
    if not sent.lead:
        return "just then"
    return f"{length(abs(sent.lead))} {'earlier' if sent.lead < timedelta() else 'later'}"


def length(time: timedelta) -> str:
    """Give a length of time by its two largest units, such as: 2 days 3 h."""
    days, rest = divmod(time, DAY)
    hours, minutes = rest // HOUR, rest % HOUR // MINUTE
    if days:
        return counted(days, "day") + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else "under a minute"


def most(rule: RuleResult) -> str:
    """Say how far a rule got at most; empty where nothing is known."""
    if rule.most is None:
        return ""
    if rule.percent is None or rule.limit is None:
        return points(rule.most)
    return f"{percent(rule.percent, exact=True)} of {number(rule.limit)}"


def rows(replay: Replay) -> Iterator[tuple[str, str, str, str, str]]:
    """Give the rows of the table of rules: name, kind, alerts, highest, and why it never spoke."""
    for rule in replay.rules:
        why = "" if rule.alerts else silence(rule)
        yield name(rule.name), rule.kind, number(rule.alerts), most(rule), why
    if replay.config.digest:
        digests = sum(sent.alert.kind is Kind.DIGEST for sent in replay.sent)
        yield "digest", Kind.DIGEST, number(digests), "", ""


def silence(rule: RuleResult) -> str:
    """Say why a rule never spoke."""
    if rule.verdict is Verdict.NOTHING_MATCHED:
        return "nothing that it counts was used"
    if rule.verdict is Verdict.NEVER_REACHED and rule.speaks_at is not None:
        highest = "" if rule.most is None else f"at most {points(rule.most)}{HIGHEST[rule.kind]}, and "
        return f"never reached: {highest}it speaks from {number(rule.speaks_at)} on"
    if rule.verdict is Verdict.NOT_ABOUT_IT:
        return rule.untold
    if rule.verdict is Verdict.NOT_REPLAYED:
        return _unknown(rule)
    if rule.kind is Kind.SPIKE:
        return "large enough, but never so much more than usual (which takes three days of history to know)"
    return f"reached, but {rule.untold}"


def _unknown(rule: RuleResult) -> str:
    if rule.kind is Kind.BALANCE:
        return "cannot be replayed: Poe tells only what is left now, not what was"
    return "cannot be replayed without knowing when Poe grants points: say it with --granted"


def messages(replay: Replay) -> str:
    """Say how much would have been told."""
    told = f"{counted(len(replay.alerts), 'alert')} in {counted(replay.messages, 'message')}"
    weekly = replay.messages_a_week
    return told if weekly is None else f"{told}, {weekly:.1f} a week"

"""What a replay has shown, and what it does not show, in words for people."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from budget_alert.alerts import Kind, OfBudget, is_repeated
from budget_alert.config.periods import Rolling
from budget_alert.messages.compose import section_of
from budget_alert.messages.parts import reasons
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import counted, listed as joined, name, number, percent, points, quoted
from budget_alert.outlook.past import LEAST_DAYS
from poe_budget.backtest.results import FiredRule, Replay, Sent
from poe_budget.past.history import minute

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORT = 14 * DAY
MOST_NAMED = 5


def listed(replay: Replay) -> Iterator[tuple[Sent, str, str]]:
    """Give a line for each alert, and one for all digests, where the first of them came.

    It has the alert, or the first one, what that was, and when its limit passed.
    """
    digests = [sent for sent in replay.alerts if sent.alert.kind is Kind.DIGEST]
    for sent in replay.alerts:
        if sent.alert.kind is not Kind.DIGEST:
            yield sent, what(sent), passed(sent)
        elif sent is digests[0]:
            yield sent, _digests(digests, replay.config.timezone), ""


def _digests(digests: Sequence[Sent], zone: str) -> str:
    if len(digests) == 1:
        return what(digests[0])
    last = day_and_time(digests[-1].at, zone)
    return f"{len(digests)} digests, the last on {last}; the first: {what(digests[0])}"


def what(sent: Sent) -> str:
    """Give the first line of the message that an alert makes by itself: clean, whatever things are called."""
    return section_of([sent.alert]).headline


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


def most(replay: Replay, rule: FiredRule) -> str:
    """Say how far a rule got at most; empty where nothing is known."""
    if rule.most is None:
        return ""
    value = replay.values.get(rule.name, "")
    whose = f", {name(value)}" if value else ""
    if rule.percent is None or rule.limit is None:
        return points(rule.most) + whose
    return f"{percent(rule.percent, exact=True)} of {number(rule.limit)}{whose}"


def rows(replay: Replay) -> Iterator[tuple[str, str, str, str, str]]:
    """Give the rows of the table of rules: name, kind, alerts, highest, and why it never fired."""
    for rule in replay.rules:
        why = rule.silent_because or ""
        yield name(rule.name), rule.kind, number(rule.alerts), most(replay, rule), why
    if replay.config.digest:
        digests = sum(sent.alert.kind is Kind.DIGEST for sent in replay.sent)
        yield "digest", Kind.DIGEST, number(digests), "", ""


def messages(replay: Replay) -> str:
    """Say how much would have been sent."""
    sent = f"{counted(len(replay.alerts), 'alert')} in {counted(replay.messages, 'message')}"
    weekly = replay.messages_a_week
    return sent if weekly is None else f"{sent}, {weekly:.1f} a week"


def cautions(replay: Replay) -> Iterator[str]:
    """Say, in sentences without their end, what the history does not show."""
    if replay.end - replay.start < SHORT:
        days = counted((replay.end - replay.start) // DAY, "day")
        yield f"it is only {days}: what is rare or comes once a week may be missing"
    if _looks_back(replay) and replay.start - replay.known_from < (LEAST_DAYS + 1) * DAY:
        yield "forecasts and spikes go by three whole days of history, and are silent until those are there"
    if cut := _cut(replay):
        begins = minute(replay.known_from)
        yield f"usage is known from {begins} on: the first window of {', '.join(cut)} lacks what was before"
    for reason in reasons(replay.history.holes, "UTC"):
        yield f"{reason}: sums of windows that hold that time are the least they can be"
    if silent := _silent(replay):
        yield f"what somebody snoozed in the stack is snoozed here too: {joined(silent)}"
    if replay.history.entries is None:
        yield "only quarter hours are known, so each shows once it is over: alerts come up to 15 minutes late"


def _silent(replay: Replay) -> list[str]:
    """Say which rules were silent from when until when, the newest few."""
    zone = replay.config.timezone
    found = [
        one for one in replay.history.snoozes.history() if one.start < replay.end and one.until > replay.start
    ]
    words = [
        f"{quoted(one.rule)} from {day_and_time(one.start, zone)} until {day_and_time(one.until, zone)}"
        f"{' (planned)' if one.planned_from else ''}"
        for one in found[-MOST_NAMED:]
    ]
    return [*words, f"{len(found) - MOST_NAMED} before"] if found[MOST_NAMED:] else words


def _looks_back(replay: Replay) -> bool:
    return bool(replay.config.spikes) or any(budget.forecast_at for budget in replay.config.budgets)


def _cut(replay: Replay) -> list[str]:
    """Name the budgets whose first window begins before the history does."""
    known = replay.known_from
    cut = []
    for budget in replay.config.budgets:
        curves = replay.curves[budget.name]
        if isinstance(budget.period, Rolling):
            begins = replay.start - timedelta(hours=budget.period.hours)
        else:
            begins = curves[0].window.start if curves else known
        if begins < known:
            cut.append(quoted(budget.name))
    return cut

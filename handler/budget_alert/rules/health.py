"""What a tick has seen -> which troubles it found."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from budget_alert.errors import (
    KeyRefusedError,
    ListBrokenError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    UnreadableAnswerError,
)
from budget_alert.messages.wording import listed, quoted
from budget_alert.rules.balance import has_billing, wants_balance
from budget_alert.rules.decision import Decision
from budget_alert.rules.gathered import Gathered
from budget_alert.rules.known_troubles import KnownTrouble, compared
from budget_alert.rules.members import accounts_found, roster_alert
from budget_alert.rules.notified import Memory
from budget_alert.rules.troubles import PATIENCE_TICKS, Found, Trouble, Whose
from budget_alert.secret import CORRECT
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.count import Counted
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Span

MOST_PASSED_OVER = 2
AWAY = PoeUnavailableError, RateLimitedError
"""What Poe answers when it cannot serve for now."""
LATE = (
    "Messages wait in the queue for longer than an interval, and those whose account has had a tick "
    "meanwhile are passed over. Nothing is lost, but alerts come late. Deploy with a larger "
    "`MaximumConcurrency`, if the AWS account has the concurrency to spare, or with a longer interval"
)


def with_health(decision: Decision, seen: Gathered, counted: Counted) -> Decision:
    """Add to a decision what is to be sent of troubles and of who is monitored.

    Both are remembered, and the config in force.
    """
    memory = msgspec.structs.replace(
        decision.memory or seen.memory,
        unanswered=_unanswered_ticks(seen.memory.unanswered, seen.balance),
        unreachable=_unreachable_ticks(seen.memory.unreachable, seen.scan),
        passed_over=_passed_over(seen.memory.passed_over, seen.late, seen.interval),
        config=seen.in_force.text,
    )
    found, zone = _found(seen, counted, memory), seen.in_force.zone
    alerts, troubles = compared(_relevant(memory, seen), found, zone, seen.now, seen.interval)
    has_news = seen.members != seen.roster
    news = roster_alert(seen.roster, seen.members, zone, seen.now) if has_news else None
    return msgspec.structs.replace(
        decision,
        others=(*decision.others, *alerts, *([news] if news else ())),
        memory=msgspec.structs.replace(memory, troubles=troubles),
        roster=seen.members if has_news else None,
    )


def _relevant(memory: Memory, seen: Gathered) -> dict[str, KnownTrouble]:
    """Forget that Poe does not say what is left once no rule asks for it any more."""
    if seen.in_force.config is None or wants_balance(seen.in_force.config):
        return memory.troubles
    return {name: known for name, known in memory.troubles.items() if name != Trouble.BALANCE.rule}


def _unanswered_ticks(before: int, balance: PoeBalance | ScanError | None) -> int:
    """Count the ticks in a row in which Poe did not say what is left for now; a refusal counts at once."""
    if isinstance(balance, AWAY):
        return min(before + 1, PATIENCE_TICKS)
    if isinstance(balance, ScanError):
        return PATIENCE_TICKS
    return before if balance is None else 0


def _unreachable_ticks(before: int, scan: Scan | CombinedReading) -> int:
    """Count the ticks in a row that found Poe away; one that asked nothing changes nothing."""
    if isinstance(scan.error, AWAY):
        return min(before + 1, PATIENCE_TICKS)
    return 0 if scan.pages or scan.error else before


def _passed_over(before: int, late: timedelta, interval: timedelta) -> int:
    """Count the intervals in a row whose work came too late; one of them alone may be a moment's crowd."""
    return min(before + late // interval, MOST_PASSED_OVER) if late > interval else 0


def _found(seen: Gathered, counted: Counted, memory: Memory) -> list[Found]:
    """Say of each trouble how this tick found it; nothing of what it could not see."""
    members = accounts_found(seen)
    found = [
        Found(Trouble.SECRET, str(seen.no_secret or "")),
        Found(Trouble.CONFIG, "\n".join(seen.in_force.mistakes)),
    ]
    if not seen.no_secret:
        found.append(Found(Trouble.WEBHOOK, seen.secret.slack_problem or ""))
        doubt = seen.secret.doubt
        found.append(Found(Trouble.NOTIFY, _unnamed(seen)))
        found.append(Found(Trouble.SPELLING, f"{doubt[0].upper()}{doubt[1:]}. {CORRECT}" if doubt else ""))
    if seen.scan.pages or seen.scan.error:
        found += _of_poe(seen, counted, memory)
    if isinstance(seen.balance, PoeBalance):
        found.append(Found(Trouble.BALANCE, _no_grant(seen)))
    elif seen.balance and memory.unanswered == PATIENCE_TICKS:
        found.append(Found(Trouble.BALANCE, str(seen.balance)))
    if counted.lost or counted.complete:
        found.append(Found(Trouble.LOST, _lost(counted.lost)))
    if memory.passed_over in (0, MOST_PASSED_OVER):
        found.append(Found(Trouble.QUEUE, LATE if memory.passed_over else ""))
    if counted.complete:
        found += _of_the_other_form(seen, members)
    found += members
    if seen.scope.reports_for_all:
        return found
    return [one for one in found if one.trouble.whose is not Whose.ALL]


def _unnamed(seen: Gathered) -> str:
    lacking = [quoted(name) for name in seen.named if name not in seen.secret.webhooks]
    if not lacking:
        return ""
    advice = 'put each with its webhook into "slack_webhooks" of it, or take it out of `notify` in the config'
    return f"The secret does not hold {listed(lacking)}: {advice}"


def _of_the_other_form(seen: Gathered, members: Sequence[Found]) -> list[Found]:
    """Say what is over once all is read: several do not ask Poe together, and one is not behind another."""
    if not isinstance(seen.scan, CombinedReading):
        return [Found(Trouble.BEHIND), Found(Trouble.TWINS)]
    behind = any(one.trouble is Trouble.BEHIND and one.advice for one in members)
    return [] if behind else [Found(Trouble.POE)]


def _no_grant(seen: Gathered) -> str:
    named = isinstance(seen.balance, PoeBalance) and seen.balance.cycle is not None
    if named or not seen.in_force.config or not has_billing(seen.in_force.config):
        return ""
    return (
        'Poe names no grant of points for this account, so the period "billing" has no windows: write '
        '"month" with a `starts_on` in its place'
    )


def _of_poe(seen: Gathered, counted: Counted, memory: Memory) -> list[Found]:
    error = counted.error
    words = str(error)
    away = isinstance(error, AWAY)
    found = [Found(Trouble.KEY, words if isinstance(error, KeyRefusedError) else "")]
    if not away or memory.unreachable == PATIENCE_TICKS:
        found.append(Found(Trouble.POE, words if away else ""))
    if seen.scan.pages or not away:
        found.append(Found(Trouble.LIST, words if isinstance(error, ListBrokenError) else ""))
        found.append(Found(Trouble.ANSWERS, _unreadable(seen, counted)))
    return found


def _unreadable(seen: Gathered, counted: Counted) -> str:
    if isinstance(counted.error, UnreadableAnswerError):
        return str(counted.error)
    rows = seen.scan.unreadable
    if not rows:
        return ""
    return (
        f"{rows} rows could not be read and are left out of all sums. Look for a newer version of this "
        "function; rows that become readable while Poe lists them are counted then"
    )


def _lost(span: Span | None) -> str:
    if span is None:
        return ""
    start, end = (f"{at:%Y-%m-%d %H:%M} UTC" for at in span)
    return (
        f"What was spent from {start} to {end} is unknown: nothing was read for longer than the 30 days that "
        "Poe keeps. See Poe's own usage page; sums of windows that hold that time are the least they can be"
    )

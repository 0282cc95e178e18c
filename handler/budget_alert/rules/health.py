"""What a tick has seen -> which troubles it found."""

from datetime import datetime, timedelta

import msgspec

from budget_alert.config.in_force import InForce
from budget_alert.errors import (
    KeyRefusedError,
    ListBrokenError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    SecretError,
    UnreadableAnswerError,
)
from budget_alert.rules.balance import has_billing, wants_balance
from budget_alert.rules.decision import Decision
from budget_alert.rules.notified import Memory
from budget_alert.rules.scope import Scope
from budget_alert.rules.troubles import PATIENCE_TICKS, Found, KnownTrouble, Trouble, Whose, compared
from budget_alert.secret import CORRECT, Credentials, Keyring
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.count import Counted
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Span

MOST_PASSED_OVER = 2
LATE = (
    "Messages wait in the queue for longer than an interval, and those whose account has had a tick "
    "meanwhile are passed over. Nothing is lost, but alerts come late. Deploy with a larger "
    "`MaximumConcurrency`, if the AWS account has the concurrency to spare, or with a longer interval"
)


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has seen of the world's health.

    `balance` is what Poe says is left, or why it does not say; None where it was not asked. `members` is what
    was found of the accounts themselves, by a tick that speaks for all. `late` is by how much the tick's
    message came too late out of the queue. `interval` lies between two ticks.
    """

    scope: Scope
    no_secret: SecretError | None
    credentials: Credentials | Keyring | None
    scan: Scan | CombinedReading
    counted: Counted
    watched: InForce
    interval: timedelta
    late: timedelta = timedelta(0)
    balance: PoeBalance | ScanError | None = None
    members: tuple[Found, ...] = ()


def with_health(decision: Decision, memory: Memory, sight: Sight, now: datetime) -> Decision:
    """Add to a decision what is to be sent of troubles; they are remembered, and the config in force."""
    memory = msgspec.structs.replace(
        decision.memory or memory,
        unanswered=_unanswered_ticks(memory.unanswered, sight.balance),
        unreachable=_unreachable_ticks(memory.unreachable, sight.scan),
        passed_over=_passed_over(memory.passed_over, sight.late, sight.interval),
        config=sight.watched.text,
    )
    found, zone = _found(sight, memory), sight.watched.zone
    alerts, troubles = compared(_relevant(memory, sight), found, zone, now, sight.interval)
    return msgspec.structs.replace(
        decision,
        others=(*decision.others, *alerts),
        memory=msgspec.structs.replace(memory, troubles=troubles),
    )


def _relevant(memory: Memory, sight: Sight) -> dict[str, KnownTrouble]:
    """Forget that Poe does not say what is left once no rule asks for it any more."""
    if sight.watched.config is None or wants_balance(sight.watched.config):
        return memory.troubles
    return {name: known for name, known in memory.troubles.items() if name != Trouble.BALANCE.rule}


def _unanswered_ticks(before: int, balance: PoeBalance | ScanError | None) -> int:
    """Count the ticks in a row in which Poe did not say what is left for now; a refusal counts at once."""
    if isinstance(balance, PoeUnavailableError | RateLimitedError):
        return min(before + 1, PATIENCE_TICKS)
    if isinstance(balance, ScanError):
        return PATIENCE_TICKS
    return before if balance is None else 0


def _unreachable_ticks(before: int, scan: Scan | CombinedReading) -> int:
    """Count the ticks in a row that found Poe away; one that asked nothing changes nothing."""
    if isinstance(scan.error, PoeUnavailableError | RateLimitedError):
        return min(before + 1, PATIENCE_TICKS)
    return 0 if scan.pages or scan.error else before


def _passed_over(before: int, late: timedelta, interval: timedelta) -> int:
    """Count the intervals in a row whose work came too late; one of them alone may be a moment's crowd."""
    return min(before + late // interval, MOST_PASSED_OVER) if late > interval else 0


def _found(sight: Sight, memory: Memory) -> list[Found]:
    """Say of each trouble how this tick found it; nothing of what it could not see."""
    found = [
        Found(Trouble.SECRET, str(sight.no_secret or "")),
        Found(Trouble.CONFIG, "\n".join(sight.watched.mistakes)),
    ]
    if sight.credentials:
        found.append(Found(Trouble.WEBHOOK, sight.credentials.slack_problem or ""))
        doubt = sight.credentials.doubt
        found.append(Found(Trouble.SPELLING, f"{doubt[0].upper()}{doubt[1:]}. {CORRECT}" if doubt else ""))
    if sight.scan.pages or sight.scan.error:
        found += _of_poe(sight, memory)
    if isinstance(sight.balance, PoeBalance):
        found.append(Found(Trouble.BALANCE, _no_grant(sight)))
    elif sight.balance and memory.unanswered == PATIENCE_TICKS:
        found.append(Found(Trouble.BALANCE, str(sight.balance)))
    if sight.counted.lost or sight.counted.complete:
        found.append(Found(Trouble.LOST, _lost(sight.counted.lost)))
    if memory.passed_over in (0, MOST_PASSED_OVER):
        found.append(Found(Trouble.QUEUE, LATE if memory.passed_over else ""))
    if sight.counted.complete:
        found += _of_the_other_form(sight)
    found += sight.members
    if sight.scope.speaks_for_all:
        return found
    return [one for one in found if one.trouble.whose is not Whose.ALL]


def _of_the_other_form(sight: Sight) -> list[Found]:
    """Say what is over once all is read: several do not ask Poe together, and one is not behind another."""
    if not isinstance(sight.scan, CombinedReading):
        return [Found(Trouble.BEHIND), Found(Trouble.TWINS)]
    behind = any(one.trouble is Trouble.BEHIND and one.advice for one in sight.members)
    return [] if behind else [Found(Trouble.POE)]


def _no_grant(sight: Sight) -> str:
    named = isinstance(sight.balance, PoeBalance) and sight.balance.cycle is not None
    if named or not sight.watched.config or not has_billing(sight.watched.config):
        return ""
    return (
        'Poe names no grant of points for this account, so the period "billing" has no windows: write '
        '"month" with a `starts_on` in its place'
    )


def _of_poe(sight: Sight, memory: Memory) -> list[Found]:
    error = sight.counted.error
    words = str(error)
    away = isinstance(error, PoeUnavailableError | RateLimitedError)
    found = [Found(Trouble.KEY, words if isinstance(error, KeyRefusedError) else "")]
    if not away or memory.unreachable == PATIENCE_TICKS:
        found.append(Found(Trouble.POE, words if away else ""))
    if sight.scan.pages or not away:
        found.append(Found(Trouble.LIST, words if isinstance(error, ListBrokenError) else ""))
        found.append(Found(Trouble.ANSWERS, _unreadable(sight)))
    return found


def _unreadable(sight: Sight) -> str:
    if isinstance(sight.counted.error, UnreadableAnswerError):
        return str(sight.counted.error)
    rows = sight.scan.unreadable
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

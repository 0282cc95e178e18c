"""Troubles told before + troubles found now -> what to tell: when one begins, and when it ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import HealthAlert, Severity
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
from budget_alert.identity import identity
from budget_alert.messages.wording import counted
from budget_alert.rules.balances import has_billing, wants_balance
from budget_alert.rules.decision import Decision
from budget_alert.rules.episodes import News, calm, troubled, well
from budget_alert.rules.notified import Episode, Memory
from budget_alert.rules.scope import Scope
from budget_alert.secret import CORRECT, Credentials, Keyring
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.count import Counted
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Span

BEGINS = {
    "secret": "The secret cannot be used, so nothing is counted",
    "key": "Poe refuses the API key, so nothing is counted",
    "config": "The config cannot be used; the last good one stays in force",
    "poe": "Poe could not be reached three times in a row; what is spent meanwhile is counted later",
    "answers": "Poe's answers have changed; what can be read of them is counted",
    "list": "Poe's usage history is cut short or out of order; nothing that was counted is taken back",
    "balance": "Poe does not say what is left, so rules that go by it rest; all others go on",
    "lost": "Part of the usage is unknown for good",
    "webhook": "Slack's address cannot be used, so nothing is told there",
    "spelling": "Something in the secret is not understood; what can be read of it is used",
    "slack": "Slack does not take the alerts; what it refuses is sent through SNS, if anybody listens there",
    "sns": "SNS does not take the alerts; what it refuses is sent to Slack, if there is one",
    "topic": "Nobody listens on the topic, so alerts and alarms reach nobody there",
    "accounts": "Not every account is watched as it seems",
    "twins": "Accounts that the secret names are one and the same",
    "behind": "Some accounts are not read any more",
    "queue": "Ticks come too late, and more than one interval's are passed over",
}
ENDS = {
    "secret": "The secret can be used again",
    "key": "Poe accepts the API key again; what was spent meanwhile is being counted",
    "config": "The config is in order again and in force",
    "poe": "Poe can be reached again; what was spent meanwhile is being counted",
    "answers": "Poe's answers can be read again",
    "list": "Poe's usage history is in order again",
    "balance": "Poe says again what is left",
    "lost": "From now on all usage is counted again",
    "webhook": "Slack's address can be used again",
    "spelling": "All that stands in the secret is understood",
    "slack": "Slack takes alerts again",
    "sns": "SNS takes alerts again",
    "topic": "Somebody listens on the topic again",
    "accounts": "Every account is watched as the secret and the config name it",
    "twins": "Every account is another one",
    "behind": "Every account is read again",
    "queue": "Ticks come in time again",
}
TOLD_ANEW_WHEN_IT_CHANGES = {"config", "accounts", "behind", "spelling", "twins"}
OF_ALL = {"config", "poe", "webhook", "spelling"}
"""What concerns every account alike; where there are several, it is told of all of them at once."""
HOUR = timedelta(hours=1)
PATIENCE_TICKS = 3
"""Poe may be away for so many ticks in a row before it is told."""
MOST_PASSED_OVER = 2
LATE = (
    "Messages wait in the queue for longer than an interval, and those whose account has had a tick "
    "meanwhile are passed over. Nothing is lost, but alerts come late. Deploy with a larger "
    "`MaximumConcurrency`, if the AWS account has the concurrency to spare, or with a longer interval"
)


class Finding(msgspec.Struct, frozen=True):
    """A trouble as this tick found it: what to do about it, or "" where all is well."""

    trouble: str
    advice: str = ""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has seen of the world's health; `unreachable` as in the notes, this tick included.

    `balance` is what Poe says is left, or why it does not say; None where it was not asked. `members` is what
    was found of the accounts themselves, by a tick that speaks for all. `passed_over` is as in the notes,
    this tick included. `interval` lies between two ticks.
    """

    scope: Scope
    no_secret: SecretError | None
    credentials: Credentials | Keyring | None
    scan: Scan | CombinedReading
    counted: Counted
    watched: InForce
    unreachable: int
    interval: timedelta
    balance: PoeBalance | ScanError | None = None
    members: tuple[Finding, ...] = ()
    passed_over: int = 0


def unanswered_ticks(before: int, balance: PoeBalance | ScanError | None) -> int:
    """Count the ticks in a row in which Poe did not say what is left for now; a refusal counts at once."""
    if isinstance(balance, PoeUnavailableError | RateLimitedError):
        return min(before + 1, PATIENCE_TICKS)
    if isinstance(balance, ScanError):
        return PATIENCE_TICKS
    return before if balance is None else 0


def unreachable_ticks(before: int, scan: Scan | CombinedReading) -> int:
    """Count the ticks in a row that found Poe away; one that asked nothing changes nothing."""
    if isinstance(scan.error, PoeUnavailableError | RateLimitedError):
        return min(before + 1, PATIENCE_TICKS)
    return 0 if scan.pages or scan.error else before


def passed_over(before: int, late: timedelta, interval: timedelta) -> int:
    """Count the intervals in a row whose work came too late; one of them alone may be a moment's crowd."""
    return min(before + late // interval, MOST_PASSED_OVER) if late > interval else 0


def findings(sight: Sight, unanswered: int = 0) -> list[Finding]:
    """Say of each trouble how this tick found it; nothing of what it could not see.

    `unanswered` counts the ticks in a row in which Poe did not say what is left.
    """
    found = [
        Finding("secret", str(sight.no_secret or "")),
        Finding("config", "\n".join(sight.watched.mistakes)),
    ]
    if sight.credentials:
        found.append(Finding("webhook", sight.credentials.slack_problem or ""))
        doubt = sight.credentials.doubt
        found.append(Finding("spelling", f"{doubt[0].upper()}{doubt[1:]}. {CORRECT}" if doubt else ""))
    if sight.scan.pages or sight.scan.error:
        found += _seen_of_poe(sight)
    if isinstance(sight.balance, PoeBalance):
        found.append(Finding("balance", _no_grant(sight)))
    elif sight.balance and unanswered == PATIENCE_TICKS:
        found.append(Finding("balance", str(sight.balance)))
    if sight.counted.lost or sight.counted.complete:
        found.append(Finding("lost", _lost(sight.counted.lost)))
    if not sight.scope.speaks_for_all:
        found = [finding for finding in found if finding.trouble not in OF_ALL]
    elif sight.passed_over in (0, MOST_PASSED_OVER):
        found.append(Finding("queue", LATE if sight.passed_over else ""))
    if sight.scope.speaks_for_all and sight.counted.complete:
        found += _of_the_other_form(sight)
    return [*found, *sight.members]


def _of_the_other_form(sight: Sight) -> list[Finding]:
    """Say what is over once all is read: several do not ask Poe together, and one is not behind another."""
    if not isinstance(sight.scan, CombinedReading):
        return [Finding("behind"), Finding("twins")]
    behind = any(one.trouble == "behind" and one.advice for one in sight.members)
    return [] if behind else [Finding("poe")]


def _no_grant(sight: Sight) -> str:
    named = isinstance(sight.balance, PoeBalance) and sight.balance.cycle is not None
    if named or not sight.watched.config or not has_billing(sight.watched.config):
        return ""
    return (
        'Poe names no grant of points for this account, so the period "billing" has no windows: write '
        '"month" with a `starts_on` in its place'
    )


def _seen_of_poe(sight: Sight) -> list[Finding]:
    error = sight.counted.error
    words = str(error)
    away = isinstance(error, PoeUnavailableError | RateLimitedError)
    found = [Finding("key", words if isinstance(error, KeyRefusedError) else "")]
    if not away or sight.unreachable == PATIENCE_TICKS:
        found.append(Finding("poe", words if away else ""))
    if sight.scan.pages or not away:
        found.append(Finding("list", words if isinstance(error, ListBrokenError) else ""))
        found.append(Finding("answers", _unreadable(sight)))
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


class Health(msgspec.Struct, frozen=True):
    """What to tell, and the troubles that go on."""

    alerts: tuple[HealthAlert, ...]
    episodes: dict[str, Episode]


def compare(
    episodes: Mapping[str, Episode],
    findings: list[Finding],
    zone: str,
    now: datetime,
    interval: timedelta = timedelta(0),
) -> Health:
    """Tell what has begun and what has ended; a trouble with no finding goes on as it was.

    A changed config with other mistakes is told anew; of other troubles only the first words are told. What
    comes back within an hour, or within three intervals where these are longer, comes and goes.
    """
    shortest = max(HOUR, PATIENCE_TICKS * interval)
    kept = dict(episodes)
    alerts: list[HealthAlert] = []
    for finding in findings:
        episode, news = _seen(kept.pop(finding.trouble, None), finding, now, shortest)
        if episode:
            kept[finding.trouble] = episode
        text = _text(finding.trouble, news, calm(episode, shortest) if episode else shortest)
        if text:
            severity = Severity.INFO if news is News.OVER else Severity.CRITICAL
            alerts.append(_alert(finding, text, severity, zone, now))
    return Health(tuple(alerts), kept)


def _seen(
    known: Episode | None, finding: Finding, now: datetime, shortest: timedelta
) -> tuple[Episode | None, News]:
    if not finding.advice:
        return well(known, now, shortest)
    anew = finding.trouble in TOLD_ANEW_WHEN_IT_CHANGES
    return troubled(known, finding.advice, now, shortest, anew=anew)


def _text(trouble: str, news: News, still: timedelta) -> str:
    if news is News.NOTHING:
        return ""
    if news is News.OVER:
        return ENDS[trouble]
    if news is News.BEGUN:
        return BEGINS[trouble]
    while_well = (
        counted(still // timedelta(minutes=1), "minute") if still % HOUR else counted(still // HOUR, "hour")
    )
    return (
        f"Again: {BEGINS[trouble]}\nThis comes and goes. Its end is sent once all was well for {while_well}"
    )


def with_health(decision: Decision, memory: Memory, sight: Sight, now: datetime) -> Decision:
    """Add to a claim what is to be told of troubles, and remember them and the config in force."""
    unanswered = unanswered_ticks(memory.unanswered, sight.balance)
    found, zone = findings(sight, unanswered), sight.watched.zone
    health = compare(_relevant(memory, sight), found, zone, now, sight.interval)
    told = msgspec.structs.replace(
        decision.memory or memory,
        unanswered=unanswered,
        episodes=health.episodes,
        config=sight.watched.text,
        unreachable=sight.unreachable,
        passed_over=sight.passed_over,
    )
    return msgspec.structs.replace(decision, others=(*decision.others, *health.alerts), memory=told)


def _relevant(memory: Memory, sight: Sight) -> dict[str, Episode]:
    """Forget that Poe does not say what is left once no rule asks for it any more."""
    asked = sight.watched.config is None or wants_balance(sight.watched.config)
    return {trouble: known for trouble, known in memory.episodes.items() if asked or trouble != "balance"}


def _alert(finding: Finding, text: str, severity: Severity, zone: str, now: datetime) -> HealthAlert:
    return HealthAlert(
        id=identity("health", finding.trouble, severity, now),
        rule=finding.trouble,
        severity=severity,
        zone=zone,
        counted_at=now,
        text=text,
        advice=finding.advice,
    )

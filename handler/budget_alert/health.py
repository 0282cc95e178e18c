"""Troubles told before + troubles found now -> what to tell: once when one begins, once when it ends."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from budget_alert.alerts import Alert, Kind, Severity
from budget_alert.configuring import InForce
from budget_alert.credentials import Credentials
from budget_alert.errors import KeyRefusedError, SecretError
from budget_alert.judging import identity
from budget_alert.told import Episode
from budget_alert.walk import Walk

BEGINS = {
    "secret": "The secret cannot be used, so nothing is counted",
    "key": "Poe refuses the API key, so nothing is counted",
    "config": "The config cannot be used; the last good one stays in force",
    "slack": "Slack's address cannot be used, so nothing is told there",
}
ENDS = {
    "secret": "The secret can be used again",
    "key": "Poe accepts the API key again; what was spent meanwhile is being counted",
    "config": "The config is in order again and in force",
    "slack": "Slack's address can be used again",
}
TOLD_ANEW_WHEN_IT_CHANGES = {"config"}


class Finding(msgspec.Struct, frozen=True):
    """A trouble as this tick found it: what to do about it, or "" where all is well."""

    trouble: str
    advice: str = ""


def findings(
    no_secret: SecretError | None, credentials: Credentials | None, walk: Walk, watched: InForce
) -> list[Finding]:
    """Say of each trouble how this tick found it; nothing of what it could not see."""
    found = [Finding("secret", str(no_secret or "")), Finding("config", "\n".join(watched.mistakes))]
    if credentials:
        found.append(Finding("slack", credentials.slack_problem or ""))
    if walk.pages or isinstance(walk.error, KeyRefusedError):
        refused = isinstance(walk.error, KeyRefusedError)
        found.append(Finding("key", str(walk.error) if refused else ""))
    return found


class Health(msgspec.Struct, frozen=True):
    """What to tell, and the troubles that go on."""

    alerts: tuple[Alert, ...]
    episodes: dict[str, Episode]


def compare(episodes: Mapping[str, Episode], findings: list[Finding], zone: str, now: datetime) -> Health:
    """Tell what has begun and what has ended; a trouble with no finding goes on as it was.

    A changed config with other mistakes is told anew; of other troubles only the first words are told.
    """
    kept = dict(episodes)
    alerts = []
    for finding in findings:
        known = kept.get(finding.trouble)
        if finding.advice and _is_news(finding, known):
            kept[finding.trouble] = Episode(now, finding.advice)
            alerts.append(_alert(finding, BEGINS[finding.trouble], Severity.CRITICAL, zone, now))
        elif not finding.advice and known:
            del kept[finding.trouble]
            alerts.append(_alert(finding, ENDS[finding.trouble], Severity.INFO, zone, now))
    return Health(tuple(alerts), kept)


def _is_news(finding: Finding, known: Episode | None) -> bool:
    changed = (
        finding.trouble in TOLD_ANEW_WHEN_IT_CHANGES and known is not None and known.text != finding.advice
    )
    return known is None or changed


def _alert(finding: Finding, text: str, severity: Severity, zone: str, now: datetime) -> Alert:
    return Alert(
        id=identity("health", finding.trouble, severity, now),
        rule=finding.trouble,
        kind=Kind.HEALTH,
        severity=severity,
        zone=zone,
        counted_at=now,
        text=text,
        advice=finding.advice,
    )

"""Alerts -> the JSON that machines read, version 1 of the contract."""

from collections.abc import Sequence

import msgspec

from budget_alert.alerts import Alert, Kind, OfBudget, Severity, is_whole

VERSION = 1


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One alert; what a kind does not have is null."""

    id: str
    rule: str
    kind: Kind
    severity: Severity
    threshold_points: int | None
    points: int | None
    limit: int | None
    percent: float | None
    window: dict[str, str] | None
    """Its `start` and `end`, ISO 8601 with offset."""
    complete: bool
    value: str | msgspec.UnsetType = msgspec.UNSET
    """The API key or bot, of a rule that is one for each."""


def document(account: str, alerts: Sequence[Alert], most_bytes: int) -> str:
    """Give the JSON text of alerts, most severe first; the last ones are left out where it grows too large.

    `most_bytes` bounds the text as a JSON string inside another JSON text, which is how SNS takes it.
    """
    encoded = [msgspec.json.encode(record(alert)) for alert in alerts]
    room = most_bytes - nested_bytes(_text(account, [], len(alerts)))
    shown = []
    for each in encoded:
        room -= nested_bytes(each.decode()) + 1
        if room < 0:
            break
        shown.append(msgspec.Raw(each))
    return _text(account, shown, len(encoded) - len(shown))


def record(alert: Alert) -> Record:
    """Give the fields of one alert: what had to be reached and what was found, where its kind has them."""
    figures, window = alert.figures, alert.figures.window
    standing = alert.standing if isinstance(alert, OfBudget) else None
    return Record(
        id=alert.id,
        rule=alert.rule,
        kind=alert.kind,
        severity=alert.severity,
        threshold_points=figures.needed,
        points=figures.found,
        limit=standing.limit if standing else None,
        percent=standing.percent if standing else None,
        window={"start": window.start.isoformat(), "end": window.end.isoformat()} if window else None,
        complete=is_whole(alert),
        value=alert.value or msgspec.UNSET,
    )


def nested_bytes(text: str) -> int:
    """Count the bytes of a text once it is a JSON string."""
    return len(msgspec.json.encode(text))


def _text(account: str, shown: Sequence[msgspec.Raw], omitted: int) -> str:
    document: dict[str, object] = {"version": VERSION, "account": account, "alerts": shown}
    return msgspec.json.encode(document | ({"omitted": omitted} if omitted else {})).decode()

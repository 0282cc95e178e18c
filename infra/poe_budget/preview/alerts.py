"""Sample alerts of every kind, judged by the function's own policy on one made-up account."""

from datetime import UTC, datetime, timedelta
from functools import partial

from budget_alert.alerts import Alert, Kind, OfUsage
from budget_alert.errors import KeyRefusedError
from budget_alert.poe.refusals import check_status, no_page
from budget_alert.rules.health import Finding, compare
from poe_budget.preview.account import alerts, config, left, welcome
from poe_budget.preview.history import NOW, SPIKE

Alerts = tuple[Alert, ...]

FORECAST_AT = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
OVER_AT = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
DIGEST_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SPIKE_AT = SPIKE + timedelta(minutes=40)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def samples() -> dict[str, Alerts]:
    """Give the alerts of one message for each kind, and two for budgets: below the limit and above it."""
    return {
        "budget": _of(Kind.BUDGET, "Everything", alerts(NOW, unread=QUARTER)),
        "over": _of(Kind.BUDGET, "Claude, by the week", alerts(OVER_AT, unread=HOUR)),
        "incident": _of_usage(alerts(SPIKE_AT, unread=QUARTER)),
        "forecast": _of(Kind.FORECAST, "Everything", alerts(FORECAST_AT, unread=HOUR)),
        "spike": _of(Kind.SPIKE, "Runaway script", alerts(SPIKE_AT, unread=QUARTER)),
        "query": _of(Kind.QUERY, "Expensive query", alerts(NOW, unread=QUARTER)),
        "balance": _of(Kind.BALANCE, "Running dry", alerts(NOW, unread=QUARTER, balance=left(NOW))),
        "health": compare({}, [Finding("key", _refusal())], config().timezone, NOW).alerts,
        "digest": _of(Kind.DIGEST, "digest", alerts(DIGEST_AT, unread=QUARTER, balance=left(DIGEST_AT))),
        "welcome": _of(Kind.WELCOME, "welcome", welcome(NOW)),
    }


def _of(kind: Kind, rule: str, told: Alerts) -> Alerts:
    return tuple(alert for alert in told if (alert.kind, alert.rule) == (kind, rule))


def _of_usage(told: Alerts) -> Alerts:
    return tuple(alert for alert in told if isinstance(alert, OfUsage))


def _refusal() -> str:
    try:
        check_status(401, partial(no_page, None))
    except KeyRefusedError as error:
        return str(error)
    raise AssertionError  # pragma: no cover - the status is one that refuses the key

"""One [[budget]] table -> Budget."""

from datetime import timedelta
from fractions import Fraction

from budget_alert.config import values
from budget_alert.config.account_keys import read_accounts, read_together
from budget_alert.config.billing import Billing
from budget_alert.config.filters import read_filter
from budget_alert.config.levels import alert_thresholds, forecast_thresholds
from budget_alert.config.periods import Month, Rolling, Week
from budget_alert.config.schema import CLEARLY_BELOW, Budget, Period, Threshold
from budget_alert.config.tables import Table

_KEYS_OF_SEVERAL = (
    "keys are not told apart in a sum over accounts; remove it, or choose accounts by `accounts`"
)
_GRANTS_OF_SEVERAL = (
    "each account has grants of its own, so several have no billing cycle together; "
    'write another period, like "month", or remove `together`'
)


def read_budget(table: Table, timezone: str) -> Budget | None:
    """Turn a [[budget]] table into a Budget of the zone `timezone`; None where the main parts are wrong.

    Every mistake goes to the table. A value that is wrong but not needed is as if absent: the caller
    uses no budget of a config with a mistake.
    """
    name = table.required("name", values.name, 'name = "Everything"')
    points = table.required("points", values.points, "points = 1_000_000")
    period = _period(table)
    # Where the limit itself is wrong, a stand-in so large that no two shares seem equal beside it.
    limit = points or values.MOST_POINTS
    alert_at = alert_thresholds(table, limit)
    forecast_at = _forecasts(table, period, limit)
    kept = read_filter(table)
    repeat = table.read("repeat", values.length, None)
    rearm_below = _rearming(table, period)
    snooze_until = table.read("snooze_until", values.day, None)
    accounts, together = read_accounts(table), _together(table, period)
    if name is None or points is None or period is None:
        return None
    return Budget(
        name=name,
        points=points,
        period=period,
        alert_at=alert_at,
        forecast_at=forecast_at,
        filter=kept,
        repeat=timedelta(hours=repeat) if repeat else None,
        rearm_below=rearm_below,
        snooze_until=snooze_until,
        accounts=accounts,
        together=together,
        timezone=timezone,
    )


def _period(table: Table) -> Period | None:
    period = table.required("period", values.period, 'period = "month"')
    if isinstance(period, Month):
        return Month(table.read("starts_on", values.day_of_month, period.starts_on))
    if isinstance(period, Week):
        return Week(table.read("starts_on", values.weekday, period.starts_on))
    if period is None:
        table.read("starts_on", values.start, 0)
    elif table.get("starts_on") is not None:
        table.mistake("starts_on", 'only a "month" or a "week" has one; remove it')
    return period


def _forecasts(table: Table, period: Period | None, limit: int) -> tuple[Threshold, ...]:
    if isinstance(period, Rolling) and table.get("forecast_at") is not None:
        advice = 'remove it, or write a period that ends, like "month"'
        table.mistake("forecast_at", f"a rolling period has no end to forecast; {advice}")
        return ()
    return forecast_thresholds(table, limit)


def _rearming(table: Table, period: Period | None) -> Fraction:
    if period is not None and not isinstance(period, Rolling) and table.get("rearm_below") is not None:
        table.mistake("rearm_below", 'only a rolling period like "24h" re-arms; remove it')
        return CLEARLY_BELOW
    return table.read("rearm_below", values.rearming, CLEARLY_BELOW)


def _together(table: Table, period: Period | None) -> bool:
    together = read_together(table)
    if together and table.given("api_keys"):
        table.mistake("api_keys", _KEYS_OF_SEVERAL)
    if together and isinstance(period, Billing):
        table.mistake("period", _GRANTS_OF_SEVERAL)
    return together

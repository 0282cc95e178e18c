"""A budget that will likely reach a threshold before its period is over."""

from budget_alert.alerts import ForecastAlert, Standing
from budget_alert.messages import standings
from budget_alert.messages.budgets import CONFIG, as_written, decimals
from budget_alert.messages.outlooks import LIKELY, sure, total, when
from budget_alert.messages.pace import pace
from budget_alert.messages.parts import Section, note, trend
from budget_alert.messages.plain import label
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import begin
from budget_alert.outlook.foreseen import Forecast


def section(alert: ForecastAlert) -> Section:
    """Tell when a threshold is reached, how sure that is, and what can be done until then."""
    standing, forecast = alert.standing, alert.forecast
    return Section(
        headline=_headline(alert, standing, forecast),
        heading=label(alert),
        gauges=(standings.gauge(standing, decimals(alert)),),
        trend=trend(standing.daily),
        facts=_facts(alert, standing, forecast),
        movers=standings.drivers(standing),
        advice=_todo(alert, standing),
        note=note(alert),
    )


def _headline(alert: ForecastAlert, standing: Standing, forecast: Forecast) -> str:
    will = "will likely" if forecast.chance >= LIKELY else "may"
    words = f"your {standings.budget(standing)} {will} {_reach(alert, standing, forecast)}"
    return begin(f"{words} {when(forecast, alert.zone)}")


def _reach(alert: ForecastAlert, standing: Standing, forecast: Forecast) -> str:
    if forecast.level == standing.limit:
        return "be gone"
    return f"reach {as_written(alert.threshold)}"


def _facts(alert: ForecastAlert, standing: Standing, forecast: Forecast) -> tuple[str, ...]:
    return (
        begin(sure(forecast)),
        begin(f"{standings.spent(standing)} so far"),
        *pace(standing, alert.counted_at),
        total(forecast, standing, alert.zone, decimals(alert)),
        standings.window(standing, alert.zone),
    )


def _todo(alert: ForecastAlert, standing: Standing) -> tuple[str, ...]:
    end = day_and_time(standing.window.end, alert.zone)
    return (
        f"To make it last until {end}, pause {standings.top_bot(standing)} or move it to a cheaper model.",
        f"If this is expected, raise “points” or “forecast_at” {CONFIG}",
    )

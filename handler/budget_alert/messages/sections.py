"""Alerts that belong together -> one section of a message, each kind by its own words."""

from typing import cast

from budget_alert.alerts import (
    BalanceAlert,
    BudgetAlert,
    DigestAlert,
    ForecastAlert,
    HealthAlert,
    QueryAlert,
    SpikeAlert,
    WelcomeAlert,
)
from budget_alert.messages import (
    balances,
    budgets,
    digests,
    forecasts,
    plain,
    queries,
    spikes,
    welcomes,
)
from budget_alert.messages.parts import Group, Section


def section(group: Group) -> Section:  # noqa: PLR0911 - a kind each
    """Give the section about an alert; several are expensive queries of one rule."""
    match group[0]:
        case BudgetAlert() as alert:
            return budgets.section(alert)
        case ForecastAlert() as alert:
            return forecasts.section(alert)
        case SpikeAlert() as alert:
            return spikes.section(alert)
        case QueryAlert():
            return queries.section(cast("list[QueryAlert]", group))
        case BalanceAlert() as alert:
            return balances.section(alert)
        case HealthAlert() as alert:
            return plain.section(alert)
        case DigestAlert() as alert:
            return digests.section(alert)
        case WelcomeAlert() as alert:
            return welcomes.section(alert)

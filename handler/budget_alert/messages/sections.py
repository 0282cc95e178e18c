"""Alerts that belong together -> one section of a message, each kind by its own words."""

from collections.abc import Callable, Mapping

from budget_alert.alerts import Kind
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

TELLERS: Mapping[Kind, Callable[[Group], Section]] = {
    Kind.BUDGET: budgets.section,
    Kind.FORECAST: forecasts.section,
    Kind.SPIKE: spikes.section,
    Kind.QUERY: queries.section,
    Kind.BALANCE: balances.section,
    Kind.HEALTH: plain.section,
    Kind.DIGEST: digests.section,
    Kind.WELCOME: welcomes.section,
}


def section(group: Group) -> Section:
    """Give the section that tells alerts of any one kind."""
    return TELLERS[group[0].kind](group)

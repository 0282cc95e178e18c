"""What a budget counts of the usage -> where it stands, with its money and what drove it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from budget_alert.alerts import Driver, Standing
from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, Config
from budget_alert.usage.missing import Holes
from budget_alert.usage.totals import Amount, Totals

MILLION = 1_000_000
MOST_DRIVERS = 5


def standing(config: Config, budget: Budget, window: Window, totals: Totals, missing: Holes) -> Standing:
    """Tell where a budget stands in a window in which it counted `totals`."""
    rate = config.usd_per_million_points
    return Standing(
        rule=budget.name,
        points=totals.points,
        limit=budget.points,
        window=window,
        period=budget.period,
        usd=money(totals.amount, rate),
        usd_limit=None if rate is None else rate * budget.points / MILLION,
        drivers=drivers(totals.by_bot()),
        accounts=drivers(totals.by_key()) if budget.together else (),
        complete=not missing,
        missing=missing,
    )


def money(spend: Amount, usd_per_million_points: Decimal | None) -> Decimal | None:
    """Give dollars: the prices that rows brought, and the config's rate for the rows that brought none.

    None where there are rows of the second kind, or no prices at all, and the config names no rate.
    """
    priced = Decimal(spend.usd_micros) / MILLION
    if usd_per_million_points is not None:
        return priced + usd_per_million_points * spend.unpriced / MILLION
    return priced if priced and not spend.unpriced else None


def drivers(spent: Sequence[tuple[str, int]]) -> tuple[Driver, ...]:
    """Give those that spent most, of names and their points, most first."""
    return tuple(Driver(name, points) for name, points in spent[:MOST_DRIVERS] if points > 0)


def snoozed(budget: Budget, now: datetime) -> datetime | None:
    """Tell until when a budget stays silent; None where it speaks."""
    until = budget.snoozed_until
    return until if until is not None and now < until else None

"""What is left on the account -> what is told of it, once until there is enough again."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from budget_alert.alerts import Balance, BalanceAlert, Severity
from budget_alert.config.billing import Billing
from budget_alert.config.periods import Window
from budget_alert.config.schema import BalanceRule, Config
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.rules.notified import Low
from budget_alert.rules.plan import last_day
from budget_alert.usage.balance import PoeBalance

if TYPE_CHECKING:
    from budget_alert.rules.case import Case

MOST_A_TICK = 5
"""More rules than these are told by the next ticks, so that one transaction holds a tick's alerts."""
REST = DAY
"""Of what was told, nothing is told again within a day."""
CLEARLY_ABOVE = Fraction(11, 10)
"""There are enough points again where there are a tenth more."""
LONGEST = timedelta(days=400)
AMPLE = 1.25
"""A runway is long enough again when it is by so much longer: a pace trembles."""


def wants_balance(config: Config | None) -> bool:
    """Tell whether any rule goes by what is left or by when points are granted."""
    if config is None:
        return False
    return has_billing(config) or bool(config.balances) or config.digest is not None


def has_billing(config: Config) -> bool:
    """Tell whether a budget's windows follow Poe's grants."""
    return any(isinstance(budget.period, Billing) for budget in config.budgets)


def balance_now(case: Case) -> Balance | None:
    """Tell what is left and how long it lasts; None where Poe has not said what is left."""
    if case.balance is None:
        return None
    pace = case.usage.between(*last_day(case.now)).points
    grant_at, grant = _next_grant(case.balance, case.now)
    lasts = _lasts(case.balance.points, pace)
    return Balance(
        points=case.balance.points,
        pace=pace,
        lasts=lasts if lasts is not None and (grant_at is None or case.now + lasts < grant_at) else None,
        next_grant=grant_at,
        grant=grant,
        auto_recharge=case.balance.auto_recharge,
        complete=case.whole(Window(*last_day(case.now))),
    )


def balance_alerts(case: Case) -> tuple[tuple[BalanceAlert, ...], dict[str, Low]]:
    """Judge every balance rule; give what is to be told, and what counts as told from now on."""
    left, rules = balance_now(case), case.config.balances
    told = {rule.fingerprint: case.memory.low.get(rule.fingerprint, Low()) for rule in rules}
    if left is None:
        return (), _kept(told)
    found = {rule.fingerprint: _found(case, rule, left, told[rule.fingerprint]) for rule in rules}
    news = [rule for rule in rules if _is_news(told[rule.fingerprint], found[rule.fingerprint])]
    for rule in news[MOST_A_TICK:]:
        found[rule.fingerprint] = told[rule.fingerprint]
    return tuple(_alert(case, rule, left) for rule in news[:MOST_A_TICK]), _kept(found)


def _found(case: Case, rule: BalanceRule, left: Balance, told: Low) -> Low:
    """Give what counts as told with this tick: where it did not count before, it is news."""
    now = case.now
    below = rule.below is not None and left.points < rule.below * (CLEARLY_ABOVE if told.below else 1)
    short = rule.runway is not None and _is_short(case, rule.runway, left, told)
    below, below_at = _rested(low=below, told=told.below, told_at=told.below_at, now=now)
    short, runway_at = _rested(low=short, told=told.runway, told_at=told.runway_at, now=now)
    return Low(below, short, below_at, runway_at)


def _rested(
    *, low: bool, told: bool, told_at: datetime | None, now: datetime
) -> tuple[bool, datetime | None]:
    """Hold back what was told within a day; give when it was told last, while that matters."""
    rests = told_at is not None and now < told_at + REST
    if low and not told:
        return (False, told_at) if rests else (True, now)
    return low, told_at if low or rests else None


def _is_short(case: Case, runway: timedelta, left: Balance, told: Low) -> bool:
    short = left.lasts is not None and left.lasts < runway
    lasts = _lasts(left.points, left.pace)
    ample = lasts is None or lasts >= runway * AMPLE
    # Just as far as the next grant is not far enough, either.
    granted = (
        lasts is not None and left.next_grant is not None and case.now + lasts / AMPLE >= left.next_grant
    )
    holds = not (ample or granted)
    # A sum that is not up to date makes the pace too small: it may alarm, and is never an all-clear.
    return short or (told.runway and (holds or not case.up_to_date))


def _is_news(told: Low, found: Low) -> bool:
    return (found.below and not told.below) or (found.runway and not told.runway)


def rest_ends(low: Low, now: datetime) -> list[datetime]:
    """Tell when what was told within a day, and counts as told no longer, will have rested."""
    each = ((low.below, low.below_at), (low.runway, low.runway_at))
    return [at + REST for told, at in each if at is not None and not told and at + REST > now]


def _kept(lows: dict[str, Low]) -> dict[str, Low]:
    return {rule: low for rule, low in lows.items() if low != Low()}


def _lasts(points: int, pace: int) -> timedelta | None:
    if points <= 0:
        return timedelta(0)
    if pace <= 0 or points > pace * LONGEST.days:
        return None
    return timedelta(days=points / pace)


def _next_grant(balance: PoeBalance, now: datetime) -> tuple[datetime | None, int | None]:
    """Give the next grant and its points, of two the monthly one: it is the plan, the other a trickle."""
    if balance.next_monthly_grant is not None and balance.next_monthly_grant > now:
        return balance.next_monthly_grant, balance.monthly_grant
    if balance.next_daily_grant is not None and balance.next_daily_grant > now:
        return balance.next_daily_grant, balance.daily_grant
    return None, None


def _alert(case: Case, rule: BalanceRule, left: Balance) -> BalanceAlert:
    return BalanceAlert(
        id=identity("balance", rule.fingerprint, case.now),
        rule=rule.name,
        severity=Severity.WARNING if left.points > 0 else Severity.CRITICAL,
        zone=case.config.timezone,
        usd_per_million_points=case.config.usd_per_million_points,
        counted_at=case.now,
        balance=msgspec.structs.replace(left, below=rule.below, runway=rule.runway),
        complete=left.complete,
        missing=case.missing(Window(*last_day(case.now))),
    )

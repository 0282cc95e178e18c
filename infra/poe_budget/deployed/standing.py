"""A case -> where its budgets and the balance stand."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from budget_alert.alerts import Balance, BalanceAlert, Severity, Standing
from budget_alert.config.schema import Threshold
from budget_alert.instants import DAY
from budget_alert.messages.balances import lasting, left
from budget_alert.messages.budgets import as_written, upcoming
from budget_alert.messages.outlooks import in_full
from budget_alert.messages.pace import pace
from budget_alert.messages.parts import because
from budget_alert.messages.sections import section
from budget_alert.messages.standings import left as left_of
from budget_alert.messages.standings import spent, window
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import begin, points
from budget_alert.rules.balances import balance_now
from budget_alert.rules.case import Case
from budget_alert.rules.notified import Notified
from budget_alert.rules.standings import standing_in
from budget_alert.rules.views import View
from budget_alert.usage.balance import PoeBalance
from poe_budget.deployed.case import present_keys
from poe_budget.deployed.status import BalanceStatus, BudgetStatus, Spoken


def budgets_of(case: Case) -> tuple[BudgetStatus, ...]:
    """Tell where every budget stands in its present window."""
    return tuple(_budget(case, view) for view in case.views)


def unknown_of(case: Case) -> tuple[str, ...]:
    """Name the budgets that have no windows as long as Poe's grants are not known."""
    known = {view.budget.name for view in case.views}
    return tuple(budget.name for budget in case.config.budgets if budget.name not in known)


def balance_of(case: Case) -> BalanceStatus | None:
    """Tell what is left: as Poe has said, or else as the function heard last; None where neither is known."""
    asked = case.balance is not None
    heard = case.memory.reconciliation
    if not asked and heard is not None:
        # When points are granted is not remembered with the balance, so nothing is said of it.
        plan = msgspec.structs.replace(case.plan, balance=PoeBalance(points=heard.last))
        case = msgspec.structs.replace(case, plan=plan)
    balance = balance_now(case)
    if balance is None:
        return None
    return BalanceStatus(
        points=balance.points,
        asked=asked,
        pace=balance.pace,
        runway_days=None if balance.lasts is None else round(balance.lasts / DAY, 2),
        next_grant=balance.next_grant,
        grant=balance.grant,
        words=_of_balance(case, balance, asked=asked),
    )


def _of_balance(case: Case, balance: Balance, *, asked: bool) -> tuple[str, ...]:
    rate = case.config.usd_per_million_points
    if not asked:
        return f"{left(balance, rate)}, when the function last asked", *lasting(balance)
    alert = BalanceAlert(
        id="",
        rule="",
        severity=Severity.INFO,
        zone=case.config.timezone,
        counted_at=case.now,
        balance=balance,
        usd_per_million_points=rate,
    )
    return section([alert]).facts


def _budget(case: Case, view: View) -> BudgetStatus:
    standing = standing_in(case, view, view.question.present)
    by_thresholds, as_forecasts = (case.told.get(key, Notified()) for key in present_keys(view.question))
    told = _spoken(by_thresholds, view.budget.alert_at)
    foretold = _spoken(as_forecasts, view.budget.forecast_at)
    return BudgetStatus(
        name=standing.rule,
        period=view.budget.period.words,
        start=standing.window.start,
        end=standing.window.end,
        points=standing.points,
        limit=standing.limit,
        percent=standing.percent,
        passed_percent=None if view.question.rolls else _passed(standing, case.now),
        complete=standing.complete,
        missing=standing.missing,
        used_up=standing.points >= standing.limit,
        usd=_dollars(standing.usd),
        usd_limit=_dollars(standing.usd_limit),
        forecast=standing.forecast,
        next_threshold=standing.next_threshold,
        next_points=standing.next_points,
        snoozed_until=standing.snoozed_until,
        told=told,
        foretold=foretold,
        words=tuple(_words(case, standing, told, foretold)),
    )


def _dollars(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)


def _passed(standing: Standing, now: datetime) -> float:
    start, end = standing.window.start, standing.window.end
    return (min(now, end) - start) * 1000 // (end - start) / 10


def _spoken(told: Notified, levels: Sequence[Threshold]) -> tuple[Spoken, ...]:
    """Give what was told as today's config spells it; the points of what it does not know any more."""
    spelled = {(level.points, level.share): level.text for level in levels}
    return tuple(
        Spoken(
            threshold=spelled.get((crossing.points, crossing.share), points(crossing.points)),
            points=crossing.points,
            told_at=crossing.told_at,
        )
        for crossing in sorted(told.active(), key=lambda crossing: -crossing.points)
    )


def _words(
    case: Case, standing: Standing, told: Sequence[Spoken], foretold: Sequence[Spoken]
) -> Iterator[str]:
    zone = case.config.timezone
    yield begin(spent(standing))
    yield left_of(standing)
    if not standing.complete:
        yield f"At least, {because(standing.missing, zone)}"
    yield from pace(standing, case.now)
    yield from in_full(standing, zone)
    following = upcoming(standing)
    yield f"Next threshold: {following}" if following else "Every threshold is reached"
    if told:
        yield f"Told: {_listed(told, zone)}"
    if foretold:
        yield f"Foretold: {_listed(foretold, zone)}"
    if standing.snoozed_until:
        yield f"Snoozed until {day_and_time(standing.snoozed_until, zone)}"
    yield window(standing, zone)


def _listed(told: Sequence[Spoken], zone: str) -> str:
    return ", ".join(f"{as_written(each.threshold)} on {day_and_time(each.told_at, zone)}" for each in told)

"""A case -> where its budgets and the balance stand."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from budget_alert.alerts import Balance, BalanceAlert, Severity, Standing
from budget_alert.config.schema import Threshold
from budget_alert.instants import DAY
from budget_alert.messages.compose import section_of
from budget_alert.messages.parts import because
from budget_alert.messages.progress import as_written, ending, pace, remaining, spent, upcoming, window
from budget_alert.messages.summaries import lasting, left
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import begin, points
from budget_alert.rules.balance import balance_now
from budget_alert.rules.budget import standing as standing_in
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Notified
from budget_alert.rules.windows import BudgetWindows
from budget_alert.usage.balance import PoeBalance
from poe_budget.deployed.status import BalanceStatus, BudgetStatus, Spoken


def budgets_of(case: Evaluation) -> tuple[BudgetStatus, ...]:
    """Tell where every budget stands in its present window."""
    return tuple(_budget(case, each) for each in case.budgets)


def unknown_of(case: Evaluation) -> tuple[str, ...]:
    """Name the budgets that have no windows as long as Poe's grants are not known."""
    known = {each.budget.name for each in case.budgets}
    return tuple(budget.name for budget in case.config.budgets if budget.name not in known)


def balance_of(case: Evaluation) -> BalanceStatus | None:
    """Tell what is left: as Poe has said, or else as the function heard last; None where neither is known."""
    asked = case.balance is not None
    heard = case.memory.reconciliation
    if not asked and heard is not None:
        # When points are granted is not remembered with the balance, so nothing is said of it.
        case = msgspec.structs.replace(case, balance=PoeBalance(points=heard.last))
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


def _of_balance(case: Evaluation, balance: Balance, *, asked: bool) -> tuple[str, ...]:
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
    return section_of(alert).facts


def _budget(case: Evaluation, each: BudgetWindows) -> BudgetStatus:
    standing = standing_in(case, each, each.present)
    by_thresholds, as_forecasts = (
        case.notified.get(key, Notified()) for key in (each.present_key, each.forecast_key)
    )
    told = _spoken(by_thresholds, each.budget.alert_at)
    foretold = _spoken(as_forecasts, each.budget.forecast_at)
    return BudgetStatus(
        name=standing.rule,
        period=each.budget.period.words,
        start=standing.window.start,
        end=standing.window.end,
        points=standing.points,
        limit=standing.limit,
        percent=standing.percent,
        passed_percent=None if each.rolls else _passed(standing, case.now),
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
            told_at=crossing.notified_at,
        )
        for crossing in sorted(told.active(), key=lambda crossing: -crossing.points)
    )


def _words(
    case: Evaluation, standing: Standing, told: Sequence[Spoken], foretold: Sequence[Spoken]
) -> Iterator[str]:
    zone = case.config.timezone
    yield begin(spent(standing))
    yield remaining(standing)
    if not standing.complete:
        yield f"At least, {because(standing.missing, zone)}"
    yield from pace(standing, case.now)
    yield from ending(standing, zone)
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

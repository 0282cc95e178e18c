"""Where budgets and the balance stand at one instant, as plain values and in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from budget_alert.alerts import Balance, BalanceAlert, Severity, Standing
from budget_alert.channels.markup import shown
from budget_alert.config.schema import Threshold, stands_for_each
from budget_alert.instants import DAY
from budget_alert.messages.budgets import (
    as_written,
    at_the_end,
    outlook,
    pace,
    snooze_of,
    spent,
    upcoming,
)
from budget_alert.messages.compose import section_of
from budget_alert.messages.parts import because, silence
from budget_alert.messages.summaries import lasting, left, others
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import begin, points, quoted
from budget_alert.outlook.foreseen import Forecast
from budget_alert.rules.balance import balance_now
from budget_alert.rules.budget import present_standings, standing as standing_in
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Notified
from budget_alert.rules.windows import BudgetWindows
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.missing import Holes
from poe_budget.periods import period_words, window_words

_NOUNS = {"api_key": "an API key", "bot": "a bot"}


class SentThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was sent in the present window, as the config spells it, and when it was sent last."""

    threshold: str
    points: int
    sent_at: datetime


class BudgetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One budget in its present window, from `start` to `end`.

    `value` is the API key or bot that it is about, of a budget for each of them; else "".
    `complete` is False where usage of the window is missing: then `points` and `usd` are the least they can
    be, and `missing` says why. `used_up` says that the points have reached the limit. `usd` and `usd_limit`
    are dollars, null where they are not known. `passed_percent` is how much of the window is over, which
    `percent` is to be compared with; null for a rolling window. `next_threshold` is the lowest that is not
    reached yet. `sent` and `sent_forecasts` are what was sent of it, highest first. `words` say all that in
    sentences.
    """

    name: str
    value: str
    period: str
    start: datetime
    end: datetime
    points: int
    limit: int
    percent: float
    passed_percent: float | None
    complete: bool
    missing: Holes
    used_up: bool
    usd: float | None
    usd_limit: float | None
    forecast: Forecast | None
    next_threshold: str | None
    next_points: int | None
    snoozed_until: datetime | None
    snoozed_by: str
    sent: tuple[SentThreshold, ...]
    sent_forecasts: tuple[SentThreshold, ...]
    words: tuple[str, ...]


class BalanceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is left on the account; `asked` is False where that is what the function heard last.

    `pace` is the points of the last 24 hours, `runway_days` how long the rest lasts at that pace: null where
    nothing is spent, or where a grant of points comes first.
    """

    points: int
    asked: bool
    pace: int
    runway_days: float | None
    next_grant: datetime | None
    grant: int | None
    words: tuple[str, ...]


def balance_of(evaluation: Evaluation) -> BalanceStatus | None:
    """Tell what is left: as Poe has said, or else as the function heard last; None where neither is known."""
    asked = evaluation.balance is not None
    heard = evaluation.memory.reconciliation
    if not asked and heard is not None:
        # When points are granted is not remembered with the balance, so nothing is said of it.
        evaluation = msgspec.structs.replace(evaluation, balance=PoeBalance(points=heard.last))
    balance = balance_now(evaluation)
    if balance is None:
        return None
    return BalanceStatus(
        points=balance.points,
        asked=asked,
        pace=balance.pace,
        runway_days=None if balance.lasts is None else round(balance.lasts / DAY, 2),
        next_grant=balance.next_grant,
        grant=balance.grant,
        words=_of_balance(evaluation, balance, asked=asked),
    )


def _of_balance(evaluation: Evaluation, balance: Balance, *, asked: bool) -> tuple[str, ...]:
    rate = evaluation.config.usd_per_million_points
    if not asked:
        return f"{left(balance, rate)}, when the function last asked", lasting(balance)
    alert = BalanceAlert(
        id="",
        rule="",
        severity=Severity.INFO,
        zone=evaluation.config.timezone,
        counted_at=evaluation.now,
        balance=balance,
        usd_per_million_points=rate,
    )
    return tuple(shown(section_of([alert])))


def budgets_of(evaluation: Evaluation) -> tuple[BudgetStatus, ...]:
    """Tell where every budget stands in its present window; one for each key or bot, each of these."""
    return tuple(_budget(evaluation, each) for each in evaluation.budgets if not stands_for_each(each.rule))


def others_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Say of each budget for every key or bot what those spent that are not among the few largest."""
    standings = present_standings(evaluation)
    shown = {standing.rule for standing in standings}
    idle = [each.rule for each in evaluation.budgets if each.rule.name not in shown]
    return (
        *others(standings),
        *(f"{quoted(one.name)}: nothing is spent yet by {_NOUNS[one.each]}" for one in idle if one.each),
    )


def _budget(evaluation: Evaluation, each: BudgetWindows) -> BudgetStatus:
    standing = standing_in(evaluation, each, each.present)
    by_thresholds, as_forecasts = (
        evaluation.notified.get(key, Notified()) for key in (each.present_key, each.forecast_key)
    )
    sent = _sent(by_thresholds, each.rule.alert_at)
    forecasts = _sent(as_forecasts, each.rule.forecast_at)
    return BudgetStatus(
        name=standing.rule,
        value=standing.value,
        period=period_words(each.rule.period),
        start=standing.window.start,
        end=standing.window.end,
        points=standing.points,
        limit=standing.limit,
        percent=standing.percent,
        passed_percent=None if each.rolls else _passed(standing, evaluation.now),
        complete=standing.complete,
        missing=standing.missing,
        used_up=standing.points >= standing.limit,
        usd=None if standing.usd is None else float(standing.usd),
        usd_limit=None if standing.usd_limit is None else float(standing.usd_limit),
        forecast=standing.forecast,
        next_threshold=standing.next_threshold,
        next_points=standing.next_points,
        snoozed_until=standing.snoozed_until,
        snoozed_by=standing.snoozed_by,
        sent=sent,
        sent_forecasts=forecasts,
        words=tuple(_words(evaluation, standing, sent, forecasts)),
    )


def _passed(standing: Standing, now: datetime) -> float:
    start, end = standing.window.start, standing.window.end
    return (min(now, end) - start) * 1000 // (end - start) / 10


def _sent(notified: Notified, levels: Sequence[Threshold]) -> tuple[SentThreshold, ...]:
    """Give what was sent as today's config spells it; the points of what it does not know any more."""
    spelled = {(level.points, level.share): level.text for level in levels}
    return tuple(
        SentThreshold(
            threshold=spelled.get((crossing.points, crossing.share), points(crossing.points)),
            points=crossing.points,
            sent_at=crossing.notified_at,
        )
        for crossing in sorted(notified.active(), key=lambda crossing: -crossing.points)
    )


def _words(
    evaluation: Evaluation,
    standing: Standing,
    sent: Sequence[SentThreshold],
    forecasts: Sequence[SentThreshold],
) -> Iterator[str]:
    zone = evaluation.config.timezone
    yield begin(spent(standing))
    yield outlook(standing, evaluation.now, zone)
    if not standing.complete:
        yield f"At least, {because(standing.missing, zone)}"
    figures = (*pace(standing, evaluation.now), *at_the_end(standing.forecast, standing, zone))
    yield from (f"{figure.label}: {figure.words}" for figure in figures)
    following = upcoming(standing)
    yield f"Next threshold: {following}" if following else "Every threshold is reached"
    if sent:
        yield f"Sent: {_listed(sent, zone)}"
    if forecasts:
        yield f"Sent as a forecast: {_listed(forecasts, zone)}"
    if snooze := snooze_of(standing):
        yield f"Snoozed {silence(snooze, zone)}"
    yield window_words(standing, zone)


def _listed(sent: Sequence[SentThreshold], zone: str) -> str:
    return ", ".join(f"{as_written(each.threshold)} on {day_and_time(each.sent_at, zone)}" for each in sent)

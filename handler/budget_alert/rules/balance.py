"""What is left on the account -> what is notified of it, once until there is enough again."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from budget_alert.alerts import Balance, BalanceAlert, Kind, Severity
from budget_alert.config.billing import Billing
from budget_alert.config.schema import BalanceRule, Config
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.rules.decision import Held, Verdict
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Low
from budget_alert.rules.windows import last_day
from budget_alert.usage.entries import PoeBalance

MOST_A_TICK = 5
"""More rules than these are left to the next ticks, so that one transaction holds a tick's alerts."""
REST = DAY
"""Of what was notified, nothing is sent again within a day."""
CLEARLY_ABOVE = Fraction(11, 10)
"""There are enough points again where there are a tenth more."""
LONGEST = timedelta(days=400)
BELOW, RUNWAY = "below", "runway"
"""The keys of a rule, as its verdicts name them."""
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


def balance_now(evaluation: Evaluation) -> Balance | None:
    """Tell what is left and how long it lasts; None where Poe has not said what is left."""
    if evaluation.balance is None:
        return None
    points, window = evaluation.balance.points, last_day(evaluation.now)
    pace = evaluation.usage.points(window.start, window.end)
    grant_at, grant = _next_grant(evaluation.balance, evaluation.now)
    lasts = _lasts(points, pace)
    if lasts is not None and grant_at is not None and evaluation.now + lasts >= grant_at:
        lasts = None
    return Balance(
        points=points,
        pace=pace,
        lasts=lasts,
        next_grant=grant_at,
        grant=grant,
        auto_recharge=evaluation.balance.auto_recharge,
        complete=evaluation.whole(window),
    )


def balance_alerts(evaluation: Evaluation) -> tuple[list[BalanceAlert], dict[str, Low], list[Verdict]]:
    """Evaluate every balance rule; give the alerts, what counts as notified from now on, and why."""
    left, alerts, kept = balance_now(evaluation), list[BalanceAlert](), dict[str, Low]()
    verdicts = list[Verdict]()
    for rule in evaluation.config.balances:
        before = evaluation.memory.low.get(rule.fingerprint, Low())
        found = before
        if left:
            found, why = _found(evaluation, rule, left, before)
            if None in why and len(alerts) == MOST_A_TICK:
                found, why = before, [held or Held.LATER for held in why]
            elif None in why:
                alerts.append(_alert(evaluation, rule, left))
            verdicts += _verdicts(rule, left, why)
        if found != Low():
            kept[rule.fingerprint] = found
    return alerts, kept, verdicts


def _verdicts(rule: BalanceRule, left: Balance, why: Iterable[Held | None]) -> Iterator[Verdict]:
    asked = ((BELOW, rule.below), (RUNWAY, rule.runway))
    for (threshold, level), held in zip(asked, why, strict=True):
        if level is not None:
            needed = level if isinstance(level, int) else None
            yield Verdict(rule.name, Kind.BALANCE, None, left.points, needed, held, threshold=threshold)


def rest_ends(low: Low, now: datetime) -> list[datetime]:
    """Tell when what was sent within a day, and counts as notified no longer, will have rested."""
    each = ((low.below, low.below_at), (low.runway, low.runway_at))
    return [at + REST for is_low, at in each if at is not None and not is_low and at + REST > now]


def _found(
    evaluation: Evaluation, rule: BalanceRule, left: Balance, before: Low
) -> tuple[Low, list[Held | None]]:
    """Give what counts as notified with this tick, and why nothing is sent of it; None where it is news."""
    enough = rule.below * (CLEARLY_ABOVE if before.below else 1) if rule.below is not None else left.points
    short = rule.runway is not None and _is_short(evaluation, rule.runway, left, before)
    low = left.points < enough
    below, below_at, why = _rested(evaluation, rule, low, before.below, before.below_at)
    runway, runway_at, why_short = _rested(evaluation, rule, short, before.runway, before.runway_at)
    return Low(below, runway, below_at, runway_at), [why, why_short]


def _rested(
    evaluation: Evaluation,
    rule: BalanceRule,
    is_low: bool,  # noqa: FBT001 - now, and before
    was_low: bool,  # noqa: FBT001 - as said above
    sent_at: datetime | None,
) -> tuple[bool, datetime | None, Held | None]:
    """Hold back what was sent within a day or is snoozed; give when it was sent last, while that matters."""
    now = evaluation.now
    rests = sent_at is not None and now < sent_at + REST
    if not is_low:
        return False, sent_at if rests else None, Held.ENOUGH
    if was_low:
        over = evaluation.outlasts(rule, sent_at)
        return True, now if over else sent_at, None if over else Held.SENT
    if rests or evaluation.snooze(rule):
        return False, sent_at, Held.RESTING if rests else Held.SNOOZED
    return True, now, None


def _is_short(evaluation: Evaluation, runway: timedelta, left: Balance, before: Low) -> bool:
    short = left.lasts is not None and left.lasts < runway
    lasts = _lasts(left.points, left.pace)
    ample = lasts is None or lasts >= runway * AMPLE
    # Just as far as the next grant is not far enough, either.
    granted = (
        lasts is not None
        and left.next_grant is not None
        and evaluation.now + lasts / AMPLE >= left.next_grant
    )
    # A sum that is not up to date makes the pace too small: it may alarm, and is never an all-clear.
    return short or (before.runway and (not (ample or granted) or not evaluation.up_to_date))


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


def _alert(evaluation: Evaluation, rule: BalanceRule, left: Balance) -> BalanceAlert:
    return BalanceAlert(
        id=identity("balance", rule.fingerprint, evaluation.now),
        rule=rule.name,
        notify=rule.notify,
        severity=Severity.WARNING if left.points > 0 else Severity.CRITICAL,
        zone=evaluation.config.timezone,
        usd_per_million_points=evaluation.config.usd_per_million_points,
        counted_at=evaluation.now,
        balance=msgspec.structs.replace(left, below=rule.below, runway=rule.runway),
        complete=left.complete,
        missing=evaluation.missing(last_day(evaluation.now)),
        snoozed=evaluation.snoozed(rule),
    )

"""Where everything stands, as plain values: what `poe-budget status` shows, and how it is found out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import Balance, BalanceAlert, Severity, Standing
from budget_alert.config.schema import Config, Threshold
from budget_alert.instants import DAY
from budget_alert.ledger.outbox import Owed
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
from budget_alert.outlook.foreseen import Forecast
from budget_alert.rules.balances import balance_now
from budget_alert.rules.case import Case
from budget_alert.rules.health import BEGINS
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.standings import standing_in
from budget_alert.rules.views import View
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.missing import Holes, by_reason
from budget_alert.usage.state import State
from poe_budget.function import Deployed
from poe_budget.past.history import now, scope_of
from poe_budget.snapshot import Remembered, case_at, present_keys

MINUTE = timedelta(minutes=1)


class SentThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was sent in the present window, as the config spells it, and when it was sent last."""

    threshold: str
    points: int
    sent_at: datetime


class BudgetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One budget in its present window, from `start` to `end`.

    `complete` is False where usage of the window is missing: then `points` and `usd` are the least they can
    be, and `missing` says why. `used_up` says that the points have reached the limit. `usd` and `usd_limit`
    are dollars, null where they are not known. `passed_percent` is how much of the window is over, which
    `percent` is to be compared with; null for a rolling window. `next_threshold` is the lowest that is not
    reached yet. `sent` and `sent_forecasts` are what was sent of it, highest first. `words` say all that in
    sentences.
    """

    name: str
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


class Unread(msgspec.Struct, frozen=True):
    """A span of time that is still to be read."""

    start: datetime
    end: datetime


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What of the usage is counted.

    `since` is when the monitor, or the history, began; `completed_at` the last time that all was read, null
    before the first; `lag_minutes` how long that (or else `since`) is ago. `newest_entry_at` is null where
    there was none, or where it is not known. `missing` is what may never be counted.
    """

    since: datetime
    newest_entry_at: datetime | None
    completed_at: datetime | None
    lag_minutes: int
    gaps: tuple[Unread, ...]
    missing: Holes


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A trouble of the monitor itself that goes on; `trouble` is its name, `advice` its cause and remedy.

    `account` is whose it is, null for one that is nobody's in particular.
    """

    account: str | None = None
    trouble: str
    since: datetime
    words: str
    advice: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the monitor itself is.

    `waiting` alerts wait for a channel, the oldest since `waiting_since`; `listening` says whether anybody
    listens on the topic, null where the function has not looked yet.
    """

    troubles: tuple[Trouble, ...]
    waiting: int
    waiting_since: datetime | None
    listening: bool | None

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return not self.troubles and not self.waiting


class AccountStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One of several accounts; `coverage` and `health` are null where nothing of it was counted yet."""

    account: str
    budgets: tuple[BudgetStatus, ...] = ()
    coverage: Coverage | None = None
    health: Health | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What `status --json` prints: where everything stands at the instant `at`.

    `source` is where the usage is from, `config` where the config is. `unknown` budgets follow Poe's grants
    of points, of which nothing is known. `balance` is null where it is not known, `health` where there is
    no deployed stack. Of several accounts together, `accounts` are each of them, and `health` is theirs too.
    """

    at: datetime
    source: str
    config: str
    timezone: str
    budgets: tuple[BudgetStatus, ...]
    unknown: tuple[str, ...]
    balance: BalanceStatus | None
    coverage: Coverage
    health: Health | None
    accounts: tuple[AccountStatus, ...] = ()

    @property
    def used_up(self) -> bool:
        """Whether a budget has reached its points, of whichever account."""
        budgets = [*self.budgets, *(budget for each in self.accounts for budget in each.budgets)]
        return any(budget.used_up for budget in budgets)


def status_of(
    case: Case,
    known: Remembered,
    sources: tuple[str, str],
    health: Health | None = None,
    accounts: tuple[AccountStatus, ...] = (),
) -> Status:
    """Put together what is known; `sources` are where the usage is from, and where the config."""
    known_windows = {view.budget.name for view in case.views}
    return Status(
        at=case.now,
        source=sources[0],
        config=sources[1],
        timezone=case.config.timezone,
        budgets=_budgets(case),
        unknown=tuple(each.name for each in case.config.budgets if each.name not in known_windows),
        balance=_balance(case),
        coverage=_coverage(known.state, case.now),
        health=health,
        accounts=accounts,
    )


def account_of(deployed: Deployed, account: str, config: Config) -> AccountStatus:
    """Tell where an account stands by the rules that are about it; raises LedgerError."""
    at, ledger = now(), deployed.ledger(account)
    state, remembered, _ = ledger.begun()
    if state is None:
        return AccountStatus(account=account)
    rules = scope_of(account).rules(config)
    case = case_at(rules, ledger, Remembered(state, remembered), at)
    waiting = deployed.outbox(account).alerts(state.outbox_since) if state.outbox_since else []
    return AccountStatus(
        account=account,
        budgets=_budgets(case),
        coverage=_coverage(state, at),
        health=health_of(remembered, waiting, account),
    )


def _coverage(state: State, at: datetime) -> Coverage:
    return Coverage(
        since=state.started_at,
        newest_entry_at=state.cursor.at if state.cursor else None,
        completed_at=state.completed_at,
        lag_minutes=(at - (state.completed_at or state.started_at)) // MINUTE,
        gaps=tuple(Unread(gap.start, gap.end) for gap in state.gaps),
        missing=by_reason(state.holes),
    )


def health_of(memory: Memory, outbox: Iterable[Owed], account: str | None = None) -> Health:
    """Tell which troubles of an account go on, and how many alerts of its outbox wait for a channel."""
    waiting = [one.alert.counted_at for one in outbox if not one.is_told(one.owed)]
    return Health(
        troubles=tuple(
            Trouble(
                account=account,
                trouble=name,
                since=episode.since,
                words=BEGINS.get(name, name),
                advice=" ".join(episode.text.split()),
            )
            for name, episode in memory.episodes.items()
            if not episode.over
        ),
        waiting=len(waiting),
        waiting_since=min(waiting, default=None),
        listening=memory.listening if memory.listened_at else None,
    )


def _balance(case: Case) -> BalanceStatus | None:
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


def _budgets(case: Case) -> tuple[BudgetStatus, ...]:
    """Tell where every budget stands in its present window."""
    return tuple(_budget(case, view) for view in case.views)


def _budget(case: Case, view: View) -> BudgetStatus:
    standing = standing_in(case, view, view.question.present)
    by_thresholds, as_forecasts = (case.told.get(key, Notified()) for key in present_keys(view.question))
    sent = _sent(by_thresholds, view.budget.alert_at)
    forecasts = _sent(as_forecasts, view.budget.forecast_at)
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
        usd=None if standing.usd is None else float(standing.usd),
        usd_limit=None if standing.usd_limit is None else float(standing.usd_limit),
        forecast=standing.forecast,
        next_threshold=standing.next_threshold,
        next_points=standing.next_points,
        snoozed_until=standing.snoozed_until,
        sent=sent,
        sent_forecasts=forecasts,
        words=tuple(_words(case, standing, sent, forecasts)),
    )


def _passed(standing: Standing, now: datetime) -> float:
    start, end = standing.window.start, standing.window.end
    return (min(now, end) - start) * 1000 // (end - start) / 10


def _sent(told: Notified, levels: Sequence[Threshold]) -> tuple[SentThreshold, ...]:
    """Give what was sent as today's config spells it; the points of what it does not know any more."""
    spelled = {(level.points, level.share): level.text for level in levels}
    return tuple(
        SentThreshold(
            threshold=spelled.get((crossing.points, crossing.share), points(crossing.points)),
            points=crossing.points,
            sent_at=crossing.told_at,
        )
        for crossing in sorted(told.active(), key=lambda crossing: -crossing.points)
    )


def _words(
    case: Case, standing: Standing, sent: Sequence[SentThreshold], forecasts: Sequence[SentThreshold]
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
    if sent:
        yield f"Sent: {_listed(sent, zone)}"
    if forecasts:
        yield f"Sent as a forecast: {_listed(forecasts, zone)}"
    if standing.snoozed_until:
        yield f"Snoozed until {day_and_time(standing.snoozed_until, zone)}"
    yield window(standing, zone)


def _listed(sent: Sequence[SentThreshold], zone: str) -> str:
    return ", ".join(f"{as_written(each.threshold)} on {day_and_time(each.sent_at, zone)}" for each in sent)

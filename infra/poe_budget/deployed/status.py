"""Where everything stands, as plain values: what `poe-budget status` shows."""

from datetime import datetime

import msgspec

from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.missing import Holes


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was told in the present window, as the config spells it, and when it was told last."""

    threshold: str
    points: int
    told_at: datetime


class BudgetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One budget in its present window, from `start` to `end`.

    `complete` is False where usage of the window is missing: then `points` and `usd` are the least they can
    be, and `missing` says why.
    `used_up` says that the points have reached the limit. `usd` and `usd_limit` are dollars, null where they
    are not known. `passed_percent` is how much of the window is over, which `percent` is to be compared with;
    null for a rolling window. `next_threshold` is the lowest that is not reached yet. `told` and `foretold`
    are what was told of it, highest first. `words` say all that in sentences.
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
    told: tuple[Spoken, ...]
    foretold: tuple[Spoken, ...]
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

    `since` is when the watch, or the history, began; `completed_at` the last time that all was read, null
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
    """A trouble of the watch itself that goes on; `trouble` is its name, `advice` its cause and remedy.

    `account` is whose it is, null for one that is nobody's in particular.
    """

    account: str | None = None
    trouble: str
    since: datetime
    words: str
    advice: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the watch itself is.

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

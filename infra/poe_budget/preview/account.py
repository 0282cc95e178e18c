"""A made-up account: its config, and what the function's own judgement makes of what it spent."""

from datetime import UTC, datetime, timedelta

from budget_alert.alerts import Alert
from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.instants import DAY, slot_end, to_micros
from budget_alert.ledger.reads import read_for
from budget_alert.messages.parts import Link
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import evaluation_of
from budget_alert.rules.notified import WELCOMED, Known, Memory
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.state import Cursor, State
from poe_budget.preview.history import FIRST_DAY, slots, spent
from poe_budget.snapshot import SavedUsage

NAME = "default"
GRANT = 1_000_000
LINKS = (
    Link(
        "Dashboard",
        "https://eu-west-2.console.aws.amazon.com/cloudwatch/home?region=eu-west-2"
        "#dashboards/dashboard/poe-budget-eu-west-2",
    ),
)
NEXT_GRANT = datetime(2026, 12, 1, 11, 35, tzinfo=UTC)
CONFIG = """\
timezone = "Europe/London"
usd_per_million_points = 30

[[budget]]
name = "Everything"
points = 1_000_000
period = "month"
alert_at = ["50%", "80%", "100%"]
forecast_at = ["100%"]

[[budget]]
name = "Claude, by the week"
points = 150_000
period = "week"
bots = ["Claude-*"]

[[budget]]
name = "Nightly runs"
points = 300_000
period = "month"
api_keys = ["ci-nightly"]

[[budget]]
name = "A day of chatting"
points = 15_000
period = "day"
usage_types = ["Chat"]

[[spike]]
name = "Runaway script"
window = "1h"
times = 4
at_least = 20_000

[[query]]
name = "Expensive query"
points = 6_000

[[balance]]
name = "Running dry"
below = 200_000
runway = "7d"

[digest]
every = "day"
at = "09:00"
"""


def config() -> Config:
    """Read the account's config."""
    return parse(CONFIG)


def alerts(now: datetime, *, unread: timedelta, balance: PoeBalance | None = None) -> tuple[Alert, ...]:
    """Judge the account as a tick does that finds all of the last `unread` new, and nothing of it told."""
    return _judged(now, now - unread, _memory(now), balance)


def left(now: datetime) -> PoeBalance:
    """Give what is left of the month's points."""
    month = now.replace(day=1, hour=0, minute=0)
    return PoeBalance(
        points=GRANT - spent(now).between(month, slot_end(now)).points,
        next_monthly_grant=NEXT_GRANT,
        monthly_grant=GRANT,
    )


def welcome(now: datetime) -> tuple[Alert, ...]:
    """Judge the account as its first tick does."""
    return _judged(now, None, Memory(), None)


def _judged(
    now: datetime, since: datetime | None, memory: Memory, balance: PoeBalance | None
) -> tuple[Alert, ...]:
    state = State(
        started_at=FIRST_DAY,
        read_from=FIRST_DAY,
        cursor=Cursor(to_micros(now), "newest"),
        settled_until=now,
        completed_at=now,
        unevaluated_from=since,
    )
    asked = evaluation_of(config(), memory, state, now, balance)
    return evaluate(read_for(asked, SavedUsage(slots(now)))).alerts


def _memory(now: datetime) -> Memory:
    known = Known(FIRST_DAY, fresh=False)
    return Memory(
        rules=dict.fromkeys(config().fingerprints, known), welcomed=WELCOMED, digested_until=now - 2 * DAY
    )

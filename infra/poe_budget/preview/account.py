"""A made-up account: its config, and sample alerts of every kind, evaluated by the function's own policy."""

from datetime import UTC, datetime, timedelta

from budget_alert.alerts import Alert, Kind, Lead, OfUsage
from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.errors import KeyRefusedError
from budget_alert.instants import DAY, to_micros
from budget_alert.ledger.reads import read_for
from budget_alert.messages.parts import Places
from budget_alert.poe.client import check_status
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import evaluation_of
from budget_alert.rules.known_troubles import compared
from budget_alert.rules.notified import WELCOMED, Known, Memory
from budget_alert.rules.troubles import Found, Trouble
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.state import Cursor, State
from poe_budget.preview.spending import FIRST_DAY, NOW, SPIKE, slots
from poe_budget.snapshot import SavedUsage

Alerts = tuple[Alert, ...]

FORECAST_AT = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
OVER_AT = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
DIGEST_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SPIKE_AT = SPIKE + timedelta(minutes=40)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
NAME = "default"
GRANT = 1_000_000
CONSOLE = "https://eu-west-2.console.aws.amazon.com"
PLACES = Places(
    pages={Lead.SECRET: f"{CONSOLE}/secretsmanager/secret?name=poe-budget&region=eu-west-2"},
    dashboard=f"{CONSOLE}/cloudwatch/home?region=eu-west-2#dashboards/dashboard/poe-budget-eu-west-2",
    stack="--stack poe-budget --region eu-west-2",
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


def samples() -> dict[str, Alerts]:
    """Give the alerts of one message for each kind, and two for budgets: below the limit and above it."""
    return {
        "budget": _of(Kind.BUDGET, "Everything", alerts(NOW, unread=QUARTER)),
        "over": _of(Kind.BUDGET, "Claude, by the week", alerts(OVER_AT, unread=HOUR)),
        "incident": tuple(one for one in alerts(SPIKE_AT, unread=QUARTER) if isinstance(one, OfUsage)),
        "forecast": _of(Kind.FORECAST, "Everything", alerts(FORECAST_AT, unread=HOUR)),
        "spike": _of(Kind.SPIKE, "Runaway script", alerts(SPIKE_AT, unread=QUARTER)),
        "query": _of(Kind.QUERY, "Expensive query", alerts(NOW, unread=QUARTER)),
        "balance": _of(Kind.BALANCE, "Running dry", alerts(NOW, unread=QUARTER, balance=left(NOW))),
        "health": compared({}, [Found(Trouble.KEY, _refusal())], config().timezone, NOW)[0],
        "digest": _of(Kind.DIGEST, "digest", alerts(DIGEST_AT, unread=QUARTER, balance=left(DIGEST_AT))),
        "welcome": _of(Kind.WELCOME, "welcome", _evaluated(NOW, None, Memory(), None)),
    }


def config() -> Config:
    """Read the account's config."""
    return parse(CONFIG)


def alerts(now: datetime, *, unread: timedelta, balance: PoeBalance | None = None) -> Alerts:
    """Evaluate the account as a tick does that finds all of the last `unread` new, and nothing of it sent."""
    return _evaluated(now, now - unread, _memory(now), balance)


def left(now: datetime) -> PoeBalance:
    """Give what is left of the month's points."""
    month = now.replace(day=1, hour=0, minute=0)
    spent = sum(totals.points for start, totals in slots(now).items() if start >= month)
    return PoeBalance(
        points=GRANT - spent,
        next_monthly_grant=NEXT_GRANT,
        monthly_grant=GRANT,
    )


def _evaluated(now: datetime, since: datetime | None, memory: Memory, balance: PoeBalance | None) -> Alerts:
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


def _of(kind: Kind, rule: str, found: Alerts) -> Alerts:
    return tuple(alert for alert in found if (alert.kind, alert.rule) == (kind, rule))


def _refusal() -> str:
    try:
        check_status(401)
    except KeyRefusedError as error:
        return str(error)
    raise AssertionError  # pragma: no cover - the status is one that refuses the key

"""Alerts to send, as plain as they come, and texts that mean ill."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from budget_alert.alerts import Alert, Balance, Digest, Driver, Kind, Lead, Severity, Spike, Standing
from budget_alert.config.periods import Day, Month, Window
from budget_alert.instants import to_micros
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Message, Places
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Missing, Why

NOVEMBER = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
COUNTED = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL}
TODAY = Window(COUNTED.replace(hour=0, minute=0), COUNTED.replace(hour=0, minute=0) + DAY)
MORNING = datetime(2026, 11, 26, 9, tzinfo=UTC)
GRANT = datetime(2026, 12, 17, 11, 35, tzinfo=UTC)
SUNDAY = Window(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
PLACES = Places(
    pages={Lead.SECRET: "https://x.example/secret?name=a&region=b", Lead.CONFIG: "https://x.example/config"},
    runbook="https://git.example/runbook.md",
    stack="--stack poe-budget --region eu-west-1",
)
ODD_NAMES = {
    "mention": "<!channel> @here <@U123> @everyone",
    "link": "<https://evil.example|click> [here](https://evil.example)",
    "markup": "*bold* _italic_ ~struck~ `code` ```block``` > quote & &amp;",
    "breaks": "one\ntwo\r\nthree\u2028four\x00\x1b[31m",
    "right to left": "שלום עולם",
    "override": "abc\u202egpj.exe\u2066\u200b\u200d\ufeff",
    "emoji": "👩‍👩‍👧‍👦🔥" * 60,
    "endless": "x" * 10_000,
    "escapes": "&" * 10_000,
    "nothing": "",
    "blank": " \u200b\u3164\t",
}
HOSTILE = st.one_of(
    st.sampled_from(list(ODD_NAMES.values())),
    st.text(max_size=300),
    st.text(alphabet="<>&*_~`@!|#[]()\\\"'\n\u202e\u200b🔥é ", max_size=300),
)


def standing(rule: str = "Everything", points: int = 820_000, **more: Any) -> Standing:
    """Return the standing of a monthly budget of 1,000,000 points and $30, spent at that price."""
    fields: dict[str, Any] = {
        "limit": 1_000_000,
        "window": NOVEMBER,
        "period": Month(),
        "usd": Decimal(points) * 30 / 1_000_000,
        "usd_limit": Decimal(30),
        "drivers": (Driver("Claude-Opus-4.5", 500_200), Driver("GPT-5", 200_000)),
    }
    return Standing(rule=rule, points=points, **{**fields, **more})


OF_KIND: Mapping[Kind, type[Alert]] = {Kind(each.__struct_config__.tag): each for each in get_args(Alert)}


def alert(where: Standing | None = None, kind: Kind = Kind.BUDGET, **more: Any) -> Alert:
    """Return an alert of a kind; one of a budget has reached 80 %, and has what a message needs of it."""
    fields: dict[str, Any] = {
        "id": "alert#1",
        "rule": where.rule if where else "",
        "severity": Severity.WARNING,
        "zone": "Europe/London",
        "counted_at": COUNTED,
    }
    if kind in {Kind.BUDGET, Kind.FORECAST}:
        fields |= {"standing": where or standing(""), "threshold": "80%", "threshold_points": 800_000}
    return OF_KIND[kind](**{**fields, **more})


def health(severity: Severity, text: str, advice: str = "", **more: Any) -> Alert:
    """Return an alert about monitoring itself."""
    return alert(rule="key", kind=Kind.HEALTH, severity=severity, text=text, advice=advice, **more)


def welcome(*standings: Standing, **more: Any) -> Alert:
    """Return the first alert that is sent."""
    return alert(kind=Kind.WELCOME, severity=Severity.INFO, standings=standings, **more)


def composed(*alerts: Alert) -> Message:
    """Return the message of some alerts of the account `default`."""
    return compose(alerts, "default")


def forecast(**more: Any) -> Forecast:
    """Return a forecast that the limit of 1,000,000 points is likely reached on a Thursday."""
    fields: dict[str, Any] = {
        "level": 1_000_000,
        "chance": 0.829,
        "expected": 1_240_000,
        "low": 1_100_000,
        "high": 1_400_000,
        "earliest": MORNING,
        "latest": MORNING + 12 * HOUR,
    }
    return Forecast(**{**fields, **more})


def expected(one: Forecast | None = None, **more: Any) -> Alert:
    """Return an alert that a threshold is likely reached."""
    return alert(standing(), Kind.FORECAST, forecast=one or forecast(), **{"threshold": "100%", **more})


def of(points: int = 820_000, more: dict[str, Any] | None = None, **fields: Any) -> Alert:
    """Return an alert about a budget; `fields` are those of its standing, `more` its own."""
    return alert(standing(points=points, **fields), **(more or {}))


def spike(points: int = 42_000, usual: int = 5_000, **more: Any) -> Spike:
    """Return a spike of the last hour."""
    window = {"window": Window(COUNTED - HOUR, COUNTED)}
    return Spike(
        **{**window, "points": points, "usual": usual, "times": Decimal(4), "at_least": 20_000, **more}
    )


def spiked(one: Spike, **more: Any) -> Alert:
    """Return an alert of a spike."""
    return alert(rule="Runaway script", kind=Kind.SPIKE, spike=one, **more)


def costly(points: int = 81_230, number: int = 1, rule: str = "Expensive query", **more: Any) -> Alert:
    """Return an alert of a query of a chat."""
    fields = {"bot": "Claude-Opus", "usage_type": "Chat", "api_key": "", "used_for": "Trip to Rome", **more}
    query = Query(created=to_micros(COUNTED) - number, query_id=f"q{number}", points=points, **fields)
    return alert(rule=rule, kind=Kind.QUERY, query=query, threshold_points=50_000)


def low(points: int = 12_345, more: dict[str, Any] | None = None, **fields: Any) -> Alert:
    """Return an alert of what is left, for two days, before a grant in December."""
    usual: dict[str, Any] = {"pace": 5_000, "lasts": timedelta(days=2, hours=11), "below": 100_000}
    usual |= {"next_grant": GRANT, "grant": 1_000_000}
    left = Balance(points=points, **{**usual, **fields})
    return alert(rule="Running dry", kind=Kind.BALANCE, balance=left, **(more or {}))


def digest(points: int = 12_345, before: int | None = 14_029, **more: Any) -> Digest:
    """Return the digest of a Sunday."""
    return Digest(
        points=points, before=before, **{"every": "day", "window": SUNDAY, "queries_count": 321, **more}
    )


def summed(one: Digest, *standings: Standing, **more: Any) -> Alert:
    """Return an alert of a digest."""
    more = {"severity": Severity.INFO, **more}
    return alert(rule="digest", kind=Kind.DIGEST, digest=one, standings=standings, **more)


def of_a_day(rule: str = "A day", points: int = 130_000, more: dict[str, Any] | None = None) -> Alert:
    """Return an alert of a daily budget of 100,000 points that is used up."""
    where = standing(rule, points, limit=100_000, window=TODAY, period=Day(), usd_limit=None)
    return alert(where, **{**CRITICAL, "threshold": "100%", "threshold_points": 100_000, **(more or {})})


def lacking(why: Why, account: str = "", days: int = 1) -> Missing:
    """Lack usage from 3 November, 13:00 in London, on."""
    start = datetime(2026, 11, 3, 13, tzinfo=UTC)
    return Missing(start, start + timedelta(days=days), why, account)

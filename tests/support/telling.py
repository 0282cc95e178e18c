"""Alerts to tell, as plain as they come, and texts that mean ill."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from budget_alert.alerts import (
    Alert,
    Driver,
    Kind,
    Lead,
    Severity,
    Standing,
)
from budget_alert.config.periods import Month, Window
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Message, Places

NOVEMBER = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
COUNTED = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
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


def told(*alerts: Alert) -> Message:
    """Return the message of some alerts of the account `default`."""
    return compose(alerts, "default")

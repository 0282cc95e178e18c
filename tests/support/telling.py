"""Alerts to tell, as plain as they come, and texts that mean ill."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from budget_alert.alerts import Alert, Driver, Kind, Severity, Standing
from budget_alert.config.periods import Window
from budget_alert.messages.compose import Message, compose

NOVEMBER = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
COUNTED = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
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
        "period": "calendar month",
        "usd": Decimal(points) * 30 / 1_000_000,
        "usd_limit": Decimal(30),
        "drivers": (Driver("Claude-Opus-4.5", 500_200), Driver("GPT-5", 200_000)),
    }
    return Standing(rule=rule, points=points, **{**fields, **more})


def alert(where: Standing | None = None, **more: Any) -> Alert:
    """Return an alert about a budget that has reached 80 %, or about nothing in particular."""
    fields: dict[str, Any] = {
        "id": "alert#1",
        "rule": where.rule if where else "",
        "kind": Kind.BUDGET,
        "severity": Severity.WARNING,
        "zone": "Europe/London",
        "counted_at": COUNTED,
        "standing": where,
        "threshold": "80%" if where else None,
        "threshold_points": 800_000 if where else None,
    }
    return Alert(**{**fields, **more})


def health(severity: Severity, text: str, advice: str = "") -> Alert:
    """Return an alert about the watch itself."""
    return alert(rule="key", kind=Kind.HEALTH, severity=severity, text=text, advice=advice)


def welcome(*standings: Standing, **more: Any) -> Alert:
    """Return the first alert of a watch."""
    return alert(kind=Kind.WELCOME, severity=Severity.INFO, standings=standings, **more)


def told(*alerts: Alert) -> Message:
    """Return the message of some alerts of the account `default`."""
    return compose(alerts, "default")


@st.composite
def hostile_alerts(draw: st.DrawFn) -> Alert:
    """Give an alert of any kind in which everything that a user could name means ill."""
    points = draw(st.integers(-(10**9), 10**12))
    drivers = st.builds(Driver, HOSTILE, st.integers(-(10**6), 10**12))
    where = standing(
        draw(HOSTILE),
        points,
        limit=draw(st.integers(1, 10**12)),
        usd=draw(st.none() | st.decimals(-(10**6), 10**9, places=4)),
        drivers=tuple(draw(st.lists(drivers, max_size=5))),
        complete=draw(st.booleans()),
    )
    return alert(
        draw(st.none() | st.just(where)),
        rule=where.rule,
        kind=draw(st.sampled_from(Kind)),
        severity=draw(st.sampled_from(Severity)),
        threshold=draw(st.none() | st.sampled_from(["80%", "800,000 points"])),
        text=draw(HOSTILE),
        advice=draw(HOSTILE),
        standings=(where,) * draw(st.integers(0, 3)),
    )


HOSTILE_MESSAGES = st.builds(compose, st.lists(hostile_alerts(), min_size=1, max_size=4), HOSTILE)

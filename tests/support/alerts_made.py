"""Alerts of every kind made at random, with names that mean ill and numbers at their extremes."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from budget_alert.alerts import (
    Alert,
    Balance,
    Digest,
    Driver,
    Kind,
    Lead,
    Mover,
    Reason,
    Severity,
    Snoozed,
    Spike,
    Standing,
)
from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Hour, Month, Rolling, Week, Window
from budget_alert.config.schema import Period
from budget_alert.identity import NAMED, identity
from budget_alert.instants import to_micros
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Message, Places
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Missing, Why
from tests.support.made_messages import COUNTED, HOSTILE, OF_KIND

EXTREME = 10**15
MOST_NAMES = 5
NUMBERS = st.sampled_from([0, 1, -1, EXTREME, -EXTREME]) | st.integers(-EXTREME, EXTREME)
COUNTS = st.sampled_from([0, 1, EXTREME]) | st.integers(0, EXTREME)
FLAGS = st.booleans()
ZONES = st.sampled_from(["Europe/London", "UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"])
PERIODS: st.SearchStrategy[Period | str] = st.one_of(
    st.sampled_from([Hour(), Day(), Week(), Month(), Month(17), Billing()]),
    st.builds(Rolling, st.integers(1, 2160)),
    st.just("calendar month"),
)
LENGTHS = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=36_500)]) | st.timedeltas(
    timedelta(0), timedelta(days=400)
)
MONEY = st.none() | st.decimals(-EXTREME, EXTREME, places=6)
ADDRESSES = st.sampled_from(
    [
        "https://x.example/?a=1&b=2",
        "https://x.example/" + "&" * 450,
        "https://console.example/?a=1&b=<2>",
        "javascript:alert(1)",
        "",
        "https://a b",
    ]
)
# The alerts of a message have the same few names in many places.
NAMES = st.builds(
    lambda names, at: names[at % len(names)],
    st.shared(st.lists(HOSTILE, min_size=1, max_size=MOST_NAMES), key="names"),
    st.integers(0, MOST_NAMES - 1),
)
INSTANTS = st.builds(
    lambda days, beside: COUNTED + timedelta(days=days) + beside,
    st.integers(-3000, 3000),
    st.timedeltas(timedelta(0), timedelta(days=1)),
)
WINDOWS = st.builds(
    lambda start, length: Window(start, start + length),
    INSTANTS,
    st.timedeltas(timedelta(minutes=15), timedelta(days=90)),
)


def some(of: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """Give so many at most."""
    return st.lists(of, max_size=most).map(tuple)


MISSING = some(st.builds(Missing, INSTANTS, INSTANTS, st.sampled_from(Why), NAMES), 4)
MOVERS = some(st.builds(Mover, NAMES, NUMBERS, NUMBERS), 6)
DAILY = some(NUMBERS, 40)
SNOOZED = st.builds(Snoozed, INSTANTS, NAMES)
FORECASTS = st.builds(
    lambda earliest, length, **more: Forecast(
        earliest=earliest, latest=earliest and earliest + length, **more
    ),
    st.none() | INSTANTS,
    LENGTHS,
    level=COUNTS,
    chance=st.floats(0, 1),
    expected=NUMBERS,
    low=NUMBERS,
    high=NUMBERS,
)
STANDINGS = st.builds(
    Standing,
    rule=NAMES,
    points=NUMBERS,
    limit=st.integers(1, EXTREME),
    window=WINDOWS,
    period=PERIODS,
    usd=MONEY,
    usd_limit=MONEY,
    drivers=some(st.builds(Driver, NAMES, NUMBERS), 6),
    risen=MOVERS,
    complete=FLAGS,
    missing=MISSING,
    snoozed_until=st.none() | INSTANTS,
    snoozed_by=NAMES,
    forecast=st.none() | FORECASTS,
    next_threshold=st.sampled_from([None, "100%", "1 point", "99.5%"]),
    next_points=st.none() | COUNTS,
    daily=DAILY,
)
SPIKES = st.builds(
    Spike,
    window=WINDOWS,
    points=NUMBERS,
    usual=NUMBERS,
    times=st.decimals(1, 1000, places=2),
    at_least=COUNTS,
    bots=MOVERS,
    keys=MOVERS,
)
QUERIES = st.builds(Query, INSTANTS.map(to_micros), NAMES, NAMES, NAMES, NAMES, NUMBERS, NAMES)
BALANCES = st.builds(
    Balance,
    points=NUMBERS,
    pace=NUMBERS,
    lasts=st.none() | LENGTHS,
    below=st.none() | COUNTS,
    runway=st.none() | LENGTHS,
    next_grant=st.none() | INSTANTS,
    grant=st.none() | COUNTS,
    auto_recharge=FLAGS,
)
DIGESTS = st.builds(
    Digest,
    every=st.sampled_from(["day", "week"]),
    window=WINDOWS,
    points=NUMBERS,
    queries_count=COUNTS,
    before=st.none() | NUMBERS,
    usd=MONEY,
    bots=MOVERS,
    queries=some(QUERIES, 6),
    corrected=NUMBERS,
    unreadable=COUNTS,
    balance=st.none() | BALANCES,
    unexplained=COUNTS,
    daily=DAILY,
    snoozed=st.dictionaries(NAMES, SNOOZED, max_size=6),
)
EVERY: dict[str, st.SearchStrategy[Any]] = {
    "id": NAMES,
    "rule": NAMES,
    "severity": st.sampled_from(Severity),
    "zone": ZONES,
    "counted_at": INSTANTS,
    "complete": FLAGS,
    "missing": MISSING,
    "snoozed": st.none() | SNOOZED,
}
THRESHOLD: dict[str, st.SearchStrategy[Any]] = {
    "threshold": st.sampled_from(["80%", "99.5%", "800,000 points"]),
    "threshold_points": COUNTS,
    "standing": STANDINGS,
}
PRICE: dict[str, st.SearchStrategy[Any]] = {"usd_per_million_points": st.sampled_from([None, Decimal(30)])}
OWN: dict[Kind, dict[str, st.SearchStrategy[Any]]] = {
    Kind.BUDGET: {**THRESHOLD, "reason": st.sampled_from(Reason), "sent_before": st.none() | INSTANTS},
    Kind.FORECAST: {**THRESHOLD, "forecast": FORECASTS},
    Kind.SPIKE: {**PRICE, "spike": SPIKES},
    Kind.QUERY: {**PRICE, "query": QUERIES, "threshold_points": COUNTS},
    Kind.BALANCE: {**PRICE, "balance": BALANCES},
    Kind.DIGEST: {"digest": DIGESTS, "standings": some(STANDINGS, 3)},
    Kind.HEALTH: {
        "text": NAMES,
        "advice": st.just("") | NAMES,
        "command": st.just("") | NAMES,
        "leads": some(st.sampled_from(Lead), 4),
        "section": st.just("") | NAMES,
    },
    Kind.WELCOME: {"standings": some(STANDINGS, 3), "test": FLAGS},
}
OF: dict[Kind, st.SearchStrategy[Alert]] = {
    kind: st.builds(OF_KIND[kind], **EVERY, **own) for kind, own in OWN.items()
}
ALERTS = st.one_of(*OF.values())
ACCOUNTS = st.from_regex(NAMED, fullmatch=True)
"""What an account can be called; others never come as far as a menu."""


def _known(alerts: Sequence[Alert]) -> list[Alert]:
    """Give them ids of our own: by these a click finds an alert again."""
    return [msgspec.structs.replace(each, id=identity(place)) for place, each in enumerate(alerts)]


def _clickable(alerts: Sequence[Alert], account: str, places: Places) -> Message:
    return compose(_known(alerts), account, places)


PLACES: dict[str, st.SearchStrategy[Any]] = {
    "pages": st.dictionaries(st.sampled_from(Lead), ADDRESSES),
    "dashboard": ADDRESSES,
    "runbook": ADDRESSES,
    "stack": HOSTILE,
}
FEW = st.lists(ALERTS, min_size=1, max_size=3)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(compose, FEW, HOSTILE, st.builds(Places, **PLACES)),
    st.builds(_clickable, FEW, ACCOUNTS, st.builds(Places, **PLACES, takes_clicks=st.just(value=True))),
)
"""Messages of one to three alerts of any kinds."""
AT_ONCE = st.lists(
    ALERTS.map(lambda one: msgspec.structs.replace(one, counted_at=COUNTED)), min_size=2, max_size=14
)
INCIDENTS: st.SearchStrategy[Message] = st.one_of(
    st.builds(compose, AT_ONCE, HOSTILE),
    st.builds(_clickable, AT_ONCE, ACCOUNTS, st.just(Places(takes_clicks=True))),
)
"""Messages of many alerts of any kinds, counted at once."""


def messages_of(kind: Kind) -> st.SearchStrategy[Message]:
    """Give messages of one alert of a kind."""
    return OF[kind].map(lambda one: compose([one], "default"))

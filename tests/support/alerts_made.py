"""Alerts of every kind made at random, with names that mean ill and numbers at their extremes."""

from collections.abc import Callable
from datetime import datetime, timedelta
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
from budget_alert.messages.parts import Link, Message, Places
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Holes, Missing, Why
from tests.support.made_messages import COUNTED, HOSTILE, OF_KIND

EXTREME = 10**15
NUMBERS = st.sampled_from([0, 1, -1, EXTREME, -EXTREME]) | st.integers(-EXTREME, EXTREME)
COUNTS = st.sampled_from([0, 1, EXTREME]) | st.integers(0, EXTREME)
ZONES = st.sampled_from(["Europe/London", "UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"])
PERIODS: st.SearchStrategy[Period | str] = st.one_of(
    st.sampled_from([Hour(), Day(), Week(), Month(), Month(17), Billing()]),
    st.builds(Rolling, st.integers(1, 2160)),
    st.just("calendar month"),
)
ADVICE = st.just("")
REASONS = st.sampled_from(Reason)
WHYS = st.sampled_from(Why)
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
LINKS = st.lists(st.builds(Link, HOSTILE, ADDRESSES), max_size=5)


class Maker:
    """Draws the parts of an alert, their names out of a few hostile ones."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.names = st.sampled_from(draw(st.lists(HOSTILE, min_size=1, max_size=3)))
        self.flags = st.booleans()

    def instant(self) -> datetime:
        """Draw an instant within some years of when the alerts are counted."""
        return COUNTED + self.draw(st.sampled_from([-1, 1])) * self.draw(
            st.timedeltas(timedelta(0), timedelta(3000))
        )

    def window(self) -> Window:
        """Draw a window of a quarter hour to ninety days."""
        start = self.instant()
        return Window(start, start + self.draw(st.timedeltas(timedelta(minutes=15), timedelta(days=90))))

    def missing(self) -> Holes:
        """Draw what usage is missing, of accounts of any name."""
        found = st.builds(Missing, st.builds(self.instant), st.builds(self.instant), WHYS, self.names)
        return tuple(self.draw(st.lists(found, max_size=4)))

    def movers(self) -> tuple[Mover, ...]:
        """Draw some that rose."""
        return tuple(self.draw(st.lists(st.builds(Mover, self.names, NUMBERS, NUMBERS), max_size=6)))

    def daily(self) -> tuple[int, ...]:
        """Draw the points of some days."""
        return tuple(self.draw(st.lists(NUMBERS, max_size=40)))

    def forecast(self) -> Forecast:
        """Draw a forecast, possible or not."""
        earliest = self.draw(st.none() | st.builds(self.instant))
        return Forecast(
            level=self.draw(COUNTS),
            chance=self.draw(st.floats(0, 1)),
            expected=self.draw(NUMBERS),
            low=self.draw(NUMBERS),
            high=self.draw(NUMBERS),
            earliest=earliest,
            latest=earliest and earliest + self.draw(LENGTHS),
        )

    def standing(self) -> Standing:
        """Draw where a budget stands."""
        drivers = st.lists(st.builds(Driver, self.names, NUMBERS), max_size=6)
        return Standing(
            rule=self.draw(self.names),
            points=self.draw(NUMBERS),
            limit=self.draw(st.integers(1, EXTREME)),
            window=self.window(),
            period=self.draw(PERIODS),
            usd=self.draw(MONEY),
            usd_limit=self.draw(MONEY),
            drivers=tuple(self.draw(drivers)),
            risen=self.movers(),
            complete=self.draw(self.flags),
            missing=self.missing(),
            snoozed_until=self.draw(st.none() | st.builds(self.instant)),
            snoozed_by=self.draw(self.names),
            forecast=self.draw(st.none() | st.builds(self.forecast)),
            next_threshold=self.draw(st.none() | st.sampled_from(["100%", "1 point", "99.5%"])),
            next_points=self.draw(st.none() | COUNTS),
            daily=self.daily(),
        )

    def snoozed(self) -> Snoozed:
        """Draw until when a rule is silent."""
        return Snoozed(self.instant(), self.draw(self.names))

    def spike(self) -> Spike:
        """Draw a spike, steep or not."""
        return Spike(
            window=self.window(),
            points=self.draw(NUMBERS),
            usual=self.draw(NUMBERS),
            times=self.draw(st.decimals(1, 1000, places=2)),
            at_least=self.draw(COUNTS),
            bots=self.movers(),
            keys=self.movers(),
        )

    def query(self) -> Query:
        """Draw a query."""
        return Query(
            to_micros(self.instant()),
            self.draw(self.names),
            self.draw(self.names),
            self.draw(self.names),
            self.draw(self.names),
            self.draw(NUMBERS),
            self.draw(self.names),
        )

    def balance(self) -> Balance:
        """Draw what is left."""
        return Balance(
            points=self.draw(NUMBERS),
            pace=self.draw(NUMBERS),
            lasts=self.draw(st.none() | LENGTHS),
            below=self.draw(st.none() | COUNTS),
            runway=self.draw(st.none() | LENGTHS),
            next_grant=self.draw(st.none() | st.builds(self.instant)),
            grant=self.draw(st.none() | COUNTS),
            auto_recharge=self.draw(self.flags),
        )

    def digest(self) -> Digest:
        """Draw what a period brought."""
        return Digest(
            every=self.draw(st.sampled_from(["day", "week"])),
            window=self.window(),
            points=self.draw(NUMBERS),
            queries_count=self.draw(COUNTS),
            before=self.draw(st.none() | NUMBERS),
            usd=self.draw(MONEY),
            bots=self.movers(),
            queries=tuple(self.query() for _ in range(self.draw(st.integers(0, 6)))),
            corrected=self.draw(NUMBERS),
            unreadable=self.draw(COUNTS),
            balance=self.draw(st.none() | st.builds(self.balance)),
            unexplained=self.draw(COUNTS),
            daily=self.daily(),
            snoozed=self.draw(st.dictionaries(self.names, st.builds(self.snoozed), max_size=6)),
        )

    def alert(self, kind: Kind) -> Alert:
        """Draw an alert of a kind."""
        price = {"usd_per_million_points": self.draw(st.none() | st.just(Decimal(30)))}
        threshold = {
            "threshold": self.draw(st.sampled_from(["80%", "99.5%", "800,000 points"])),
            "threshold_points": self.draw(COUNTS),
        }
        parts: dict[Kind, Callable[[], dict[str, Any]]] = {
            Kind.BUDGET: lambda: {
                **threshold,
                "standing": self.standing(),
                "reason": self.draw(REASONS),
                "sent_before": self.draw(st.none() | st.builds(self.instant)),
            },
            Kind.FORECAST: lambda: {**threshold, "standing": self.standing(), "forecast": self.forecast()},
            Kind.SPIKE: lambda: {**price, "spike": self.spike()},
            Kind.QUERY: lambda: {**price, "query": self.query(), "threshold_points": self.draw(COUNTS)},
            Kind.BALANCE: lambda: {**price, "balance": self.balance()},
            Kind.DIGEST: lambda: {"digest": self.digest(), "standings": self.standings()},
            Kind.HEALTH: lambda: {
                "text": self.draw(self.names),
                "advice": self.draw(ADVICE | self.names),
                "command": self.draw(ADVICE | self.names),
                "leads": tuple(self.draw(st.lists(st.sampled_from(Lead)))),
                "section": self.draw(ADVICE | self.names),
            },
            Kind.WELCOME: lambda: {"standings": self.standings(), "test": self.draw(self.flags)},
        }
        return OF_KIND[kind](
            id=self.draw(self.names),
            rule=self.draw(self.names),
            severity=self.draw(st.sampled_from(Severity)),
            zone=self.draw(ZONES),
            counted_at=self.instant(),
            complete=self.draw(self.flags),
            missing=self.missing(),
            snoozed=self.draw(st.none() | st.builds(self.snoozed)),
            **parts[kind](),
        )

    def standings(self) -> tuple[Standing, ...]:
        """Draw where some budgets stand."""
        return tuple(self.standing() for _ in range(self.draw(st.integers(0, 3))))


@st.composite
def alerts_of(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Alert:
    """Give an alert of one of the kinds."""
    return Maker(draw).alert(draw(kinds))


ALERTS = alerts_of(st.sampled_from(Kind))


NAMES = st.from_regex(NAMED, fullmatch=True)
"""What an account can be called; others never come as far as a menu."""


@st.composite
def _messages(draw: st.DrawFn) -> Message:
    places = Places(
        pages=draw(st.dictionaries(st.sampled_from(Lead), ADDRESSES)),
        runbook=draw(ADDRESSES),
        stack=draw(HOSTILE),
        takes_clicks=draw(st.booleans()),
    )
    alerts, account = draw(st.lists(ALERTS, min_size=1, max_size=3)), draw(HOSTILE)
    if places.takes_clicks:
        alerts, account = _known(alerts), draw(NAMES)
    return compose(alerts, account, draw(LINKS), places)


def _known(alerts: list[Alert]) -> list[Alert]:
    """Give them ids of our own: by these a click finds an alert again."""
    return [msgspec.structs.replace(each, id=identity(place)) for place, each in enumerate(alerts)]


MESSAGES = _messages()
"""Messages of one to three alerts of any kinds."""


@st.composite
def _incidents(draw: st.DrawFn) -> Message:
    every = draw(st.lists(ALERTS, min_size=2, max_size=14))
    counted = [msgspec.structs.replace(each, counted_at=COUNTED) for each in every]
    if draw(st.booleans()):
        return compose(_known(counted), draw(NAMES), places=Places(takes_clicks=True))
    return compose(counted, draw(HOSTILE))


INCIDENTS = _incidents()
"""Messages of many alerts of any kinds, counted at once."""


def messages_of(kind: Kind) -> st.SearchStrategy[Message]:
    """Give messages of one alert of a kind."""
    return st.builds(lambda one: compose([one], "default"), alerts_of(st.just(kind)))

"""Alerts of every kind and shape, by name; what they are worded as stands in `golden.txt`.

Written anew by `python -m tests.unit.messages.cases`, from the root with `handler` and `infra` on the path.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from budget_alert.alerts import (
    Alert,
    Balance,
    Driver,
    Lead,
    Mover,
    Others,
    Reason,
    Severity,
    Snoozed,
)
from budget_alert.channels.mail import body
from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Hour, Month, Rolling, Week, Window
from budget_alert.instants import to_micros
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Section
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Missing, Why
from tests.support.made_messages import (
    COUNTED,
    CRITICAL,
    DAY,
    GRANT,
    HOUR,
    MORNING,
    NOVEMBER,
    PLACES,
    TODAY,
    alert,
    composed,
    costly,
    digest,
    expected,
    forecast,
    health,
    lacking,
    low,
    of,
    of_a_day,
    spike,
    spiked,
    standing,
    summed,
    welcome,
)

GOLDEN = Path(__file__).with_name("golden.txt")
ALREADY: dict[str, Any] = {"reason": Reason.ALREADY, "severity": Severity.INFO}
WEEK = Window(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
BOTS = (Mover("Claude-Opus", 40_000, 2_000), Mover("GPT", 2_000, 0))
KEYS = (Mover("ci-runner", 39_000, 0), Mover("", 10, 5))


SNOOZED, OVER = Snoozed(GRANT, "Ada"), Snoozed(COUNTED - HOUR, "Ada")
KNOWN = standing(
    forecast=forecast(),
    next_threshold="100%",
    next_points=1_000_000,
    daily=(20_000, 61_230, 0, 33_000, 41_000, 38_000, 52_000),
    risen=(Mover("Claude-Opus-4.5", 42_000, 14_000), Mover("Grok", 9_000, 0)),
)
QUERIES = tuple(
    Query(to_micros(COUNTED), f"q{points}", "Claude", "Chat", "", points, "Trip to Rome")
    for points in (2_000, 1_000)
)
FULL_DIGEST = digest(
    usd=Decimal("0.37"),
    bots=(Mover("Claude", 8_000, 6_000), Mover("GPT", 300, 400), Mover("New", 45, 0), Mover("Old", 5, 5)),
    queries=QUERIES,
    corrected=120,
    unreadable=3,
    unexplained=400,
    balance=Balance(points=50_000, pace=12_000, lasts=timedelta(days=4)),
    daily=(14_029, 12_345),
)
NEAR = standing(next_threshold="100%", next_points=1_000_000)
FAR = standing("Chat", 200, next_threshold="500 points", next_points=500)
PARTIAL = standing(complete=False, missing=(Missing(NOVEMBER.start, COUNTED - 21 * DAY, Why.BEFORE),))
BURST = (
    spiked(spike(90_000, bots=(Mover("Claude-Opus-4.5", 90_000, 5_000),))),
    costly(60_000, bot="Claude-Opus-4.5"),
    alert(standing("Opus", 900_000, drivers=(Driver("Claude-Opus-4.5", 1),))),
    of_a_day(),
)
BEFORE = Window(TODAY.start - DAY, TODAY.start)
YESTERDAY = alert(standing("Yesterday", 3_000_000, window=BEFORE, period=Day(), usd=None), **CRITICAL)

WHOLE: dict[str, tuple[Alert, ...]] = {
    "a budget of which all is known": (alert(KNOWN),),
    "a budget of which little is known": (of(drivers=(), usd=None, usd_limit=None),),
    "a budget over its limit": (of(1_233_770, CRITICAL),),
    "a budget exactly at its limit": (of(1_000_000, CRITICAL),),
    "a budget of which part is unread": (of(complete=False),),
    "a reminder": (of(more={"reason": Reason.REPEATED}),),
    "what a new rule has passed already": (of(more=ALREADY),),
    "a rolling budget": (of(period=Rolling(24), window=Window(COUNTED - DAY, COUNTED)),),
    "a rolling budget again": (
        of(
            period=Rolling(24),
            window=Window(COUNTED - DAY, COUNTED),
            more={"sent_before": COUNTED - 3 * DAY},
        ),
    ),
    "a sum over accounts": (of(100, drivers=(Driver("a", 100),), accounts=(Driver("research", 75),)),),
    "bots that rose, little or from nothing": (
        of(risen=(Mover("Claude-Opus-4.5", 3_000, 2_100), Mover("GPT-5", 9_000, 0))),
    ),
    "a bot that rose by half": (of(risen=(Mover("GPT-5", 3_000, 2_000),)),),
    "a sum below nothing": (of(-5, drivers=(Driver("a", 10), Driver("b", -15))),),
    "a threshold with a decimal": (of(997_000, {"threshold": "99.5%", "threshold_points": 995_000}),),
    "a threshold in points": (of(more={"threshold": "800,000 points"}),),
    "a forecast": (expected(),),
    "a forecast with the decimals of its threshold": (
        expected(forecast(level=999_900, expected=999_900), threshold="99.99%"),
    ),
    "a spike": (spiked(spike(bots=BOTS, keys=KEYS), usd_per_million_points=Decimal(30)),),
    "a spike of which little is known": (spiked(spike()),),
    "a spike of a bot without a key": (spiked(spike(bots=BOTS, keys=KEYS[1:], times=Decimal("2.50"))),),
    "a key of a budget for each, and others that passed with it": tuple(
        alert(standing("Every key", points, value=key), value=key)
        for key, points in (("ci", 820_000), ("web", 960_000), ("night", 810_000))
    ),
    "a bot of a spike for each": (spiked(spike(keys=KEYS), value="Claude-Opus"),),
    "a welcome with a budget for each key": (
        welcome(
            *(
                standing("Every key", points, value=key, others=Others(147, 12_000, 50))
                for key, points in (("web", 960_000), ("ci", 820_000), ("night", 810_000))
            )
        ),
    ),
    "a spike over accounts": (spiked(spike(bots=BOTS, accounts=(Mover("research", 41_000, 1_000),))),),
    "a spike of which part is unread": (spiked(spike(), complete=False),),
    "a query": (costly(),),
    "twelve queries of a rule": tuple(costly(50_000 + each, each) for each in range(12)),
    "queries of two rules beside a trouble": (
        costly(60_001, 1, "A"),
        costly(60_002, 2, "B"),
        costly(60_003, 3, "A"),
        health(Severity.CRITICAL, "Trouble."),
    ),
    "a budget that breaks through a snooze": (of(more={"snoozed": SNOOZED}),),
    "a forecast that breaks through a snooze": (expected(snoozed=SNOOZED),),
    "a budget whose snooze is over": (of(more={"snoozed": OVER, "reason": Reason.REPEATED}),),
    "a spike and a balance whose snoozes are over": (
        spiked(spike(), snoozed=OVER),
        low(more={"snoozed": OVER}),
    ),
    "a digest while rules are snoozed": (
        summed(
            digest(snoozed=dict.fromkeys(("Day", "Burst", *map(str, range(6))), SNOOZED)),
            standing("Day", 10, snoozed_until=GRANT, snoozed_by="Ada"),
        ),
    ),
    "a balance": (low(more={"usd_per_million_points": Decimal(30)}),),
    "a balance of which part is unread": (low(complete=False, more={"complete": False}),),
    "a balance without a grant": (low(next_grant=None),),
    "a balance with a grant of unknown size and auto recharge": (low(grant=None, auto_recharge=True),),
    "a digest": (summed(FULL_DIGEST, FAR, NEAR, standing("Done", 1_100_000)),),
    "a quiet digest": (summed(digest(before=None, queries_count=1, bots=(Mover("A", 7, 0),))),),
    "a digest of a week with one of each": (
        summed(digest(every="week", window=WEEK, queries=QUERIES[:1], unreadable=1, corrected=-1)),
    ),
    "a digest with a partial budget": (summed(digest(), PARTIAL),),
    "a partial digest": (summed(digest(), complete=False),),
    "a digest of eight budgets": (
        summed(
            digest(),
            *(standing(f"b{n}", n * 10_000, next_threshold="80%", next_points=800_000) for n in range(8)),
        ),
    ),
    "a trouble": (
        health(
            Severity.CRITICAL,
            "The config is bad.\n\nIt waits.",
            "points: …\nzone: …",
            command="Put it: `poe-budget push budgets.toml {stack}`",
            leads=(Lead.CONFIG, Lead.KEYS, Lead.LOG),
            section="the-config-is-bad",
        ),
    ),
    "a trouble as it was stored before": (health(Severity.CRITICAL, "The key is bad.", "Make a new one"),),
    "the end of a trouble": (health(Severity.INFO, "Poe accepts the API key again."),),
    "a trouble with a long text": (health(Severity.CRITICAL, "why " * 40),),
    "a welcome": (welcome(KNOWN, standing("Chat", 1_233_770), standing("Day", 10, snoozed_until=GRANT)),),
    "a welcome while the history is read": (welcome(standing(complete=False), complete=False),),
    "a test of the channels": (welcome(standing(), test=True, text="Nothing is wrong"),),
    "four rules of one burst": BURST,
    "alerts of several causes": (alert(standing("New"), **ALREADY), *BURST[3:], welcome(standing())),
    "two new rules beside a burst": (
        of_a_day(),
        *(alert(standing(rule), **ALREADY) for rule in ("One", "Two")),
        BURST[0],
    ),
    "a forecast among what passed": (of_a_day(), expected()),
    "a reminder and a window that has ended do not lead": (
        YESTERDAY,
        of_a_day("Again", 300_000, {"reason": Reason.REPEATED}),
        of_a_day(),
    ),
    "what followed within a day": (of_a_day(), spiked(spike(), counted_at=COUNTED + DAY)),
    "what followed later": (of_a_day(), spiked(spike(), counted_at=COUNTED + DAY + HOUR)),
    "another bot, and a part unread": (
        of_a_day(),
        alert(standing("Chat", complete=False, drivers=(Driver("GPT-9", 500),))),
    ),
    "one rule several times": (of_a_day("Everything"), alert(standing()), spiked(spike()), spiked(spike())),
    "twelve rules at once": tuple(of_a_day(f"b{each}", 130_000 - each) for each in range(12)),
    "twelve troubles": tuple(health(Severity.CRITICAL, f"Trouble {each}.") for each in range(12)),
}
"""Worded whole, as a mail."""
PERIODS = (Hour(), Day(), Week(), Month(), Month(17), Billing(), Rolling(24), Rolling(1), Rolling(168), "new")
EARLY = (
    *((points, NOVEMBER) for points in (820_000, 760_000, 715_000, 730_000, -500_000, 1_000_000)),
    (10**15, Window(COUNTED, COUNTED + DAY)),
    (1_000_000, Window(COUNTED - DAY, COUNTED)),
    (999_999, Window(COUNTED - 2 * DAY, COUNTED - DAY)),
)
PACES = (
    (10 * DAY, 30 * DAY),
    (DAY / 2, 30 * DAY),
    (DAY / 2, DAY),
    (DAY / 48, DAY / 24),
    (40 * DAY, 20 * DAY),
)
ENDS: tuple[dict[str, Any], ...] = (
    {"expected": 800_000, "low": 700_000, "high": 1_000_000},
    {"expected": 999_600},
    {"expected": 1_000_000},
    {"expected": 820_000, "low": 820_000, "high": 820_000},
    {"low": 820_000, "high": 2_460_000},
    {"low": 820_000, "high": 2_470_000},
    {"low": 1, "high": 1_100_000},
    {"chance": 0.3},
    {"chance": 0.05},
)
MONEY = ((None, 30), (24, None), (31, 30), (40, 30))
HOLES = (
    (),
    *((lacking(why),) for why in (Why.UNREAD, Why.BEFORE, Why.ROWS)),
    (lacking(Why.ROWS, days=0),),
    (lacking(Why.LOST, days=4),),
    (lacking(Why.ACCOUNT, "ada"),),
    (lacking(Why.ACCOUNT, "bob"), lacking(Why.ACCOUNT, "ada")),
    (lacking(Why.LOST, days=0), lacking(Why.UNREAD)),
)
WINDOWS = (
    Window(COUNTED - 24 * HOUR, COUNTED - HOUR / 4),
    Window(COUNTED - 24 * HOUR, COUNTED),
    Window(COUNTED - 4 * HOUR, COUNTED - 3 * HOUR),
)
USUAL = ((42_000, 0), (42_000, -5), (10_000, 5_000), (9_999, 5_000), (5_000, 5_000), (-1, 5_000), (10**15, 1))
LEFT: tuple[dict[str, Any], ...] = (
    {"below": None},
    {"below": 12_345},
    *({"below": None, "lasts": timedelta(minutes=minutes)} for minutes in (300, 5, 0)),
    {"below": None, "lasts": None},
    {"points": 0, "lasts": timedelta(0)},
    {"points": -7},
    {"points": 1},
    {"pace": 0, "lasts": None},
    {"pace": 0, "lasts": None, "complete": False},
)
TOTALS = (
    *((12_345, before) for before in (None, 12_345, 12_300, 0, -5)),
    *((24_689, 12_345), (30_000, 12_345), (-5, 10), (0, 10), (0, 0)),
)
USES: tuple[dict[str, Any], ...] = (
    {"used_for": ""},
    {"used_for": "\u200b\n"},
    {"usage_type": "API", "used_for": "", "api_key": "ci"},
    {"usage_type": "", "bot": ""},
)


def titles() -> Iterator[tuple[str, Alert]]:
    """Give the alerts of which the first line is of interest, and what varies in them."""
    yield from (("period", of(period=period)) for period in PERIODS)
    yield from (("early", of(points, window=window)) for points, window in EARLY)
    yield (
        "a long name",
        alert(standing("n" * 80, complete=False, period=Rolling(2159)), reason=Reason.REPEATED),
    )
    yield "level", expected(forecast(level=800_000), threshold="80%")
    yield "level", expected(forecast(level=800_000), threshold="800,000 points")
    yield "chance", expected(forecast(chance=0.3))
    yield "no time", expected(forecast(earliest=None, latest=None))
    yield "two days", expected(forecast(latest=MORNING + 2 * DAY))
    yield from (("usual", spiked(spike(points, usual))) for points, usual in USUAL)
    yield from (("idle", spiked(spike(usual=0, idle_since=COUNTED - n * DAY))) for n in (1, 3, 29))
    yield from (("window", spiked(spike(window=window))) for window in WINDOWS)
    yield from (("left", low(**more)) for more in LEFT)
    yield from (("total", summed(digest(*points))) for points in TOTALS)
    yield "nothing read", summed(digest(0), complete=False)


def figures() -> Iterator[tuple[str, Alert]]:
    """Give the alerts of which the pace or the end is of interest."""
    windows = (Window(COUNTED - begun, COUNTED - begun + length) for begun, length in PACES)
    yield from (("pace", of(window=window, usd=None)) for window in windows)
    yield from (("end", of(forecast=forecast(**more))) for more in ENDS)
    yield "an odd limit", of(limit=1_234_567, forecast=forecast(level=1_234_567, expected=1_234_999))
    perhaps = forecast(chance=0.3, expected=1_100_000, high=1_234_900)
    yield "an odd bound", of(limit=1_234_567, forecast=perhaps)
    few = forecast(chance=0, expected=57_990, low=40_000, high=60_000)
    yield "few percent", of(26_800, forecast=few)
    yield from (("money", _priced(usd, limit, forecast=forecast())) for usd, limit in MONEY)


def outlooks() -> Iterator[tuple[str, Alert]]:
    """Give the alerts of which the second line is of interest."""
    yield from (("end", of(forecast=forecast(**more))) for more in ENDS)
    yield from (("sure", expected(forecast(chance=chance))) for chance in (1.0, 0.999, 0.829, 0.01, 0.0))
    yield from (("period", of(period=period)) for period in PERIODS)
    yield from (("lasts", low(**more)) for more in LEFT[5:])


def written() -> str:
    """Give all wordings: mails without what every mail ends with, then single lines."""
    parts: dict[str, Iterable[str]] = {name: [_mail(*alerts)] for name, alerts in WHOLE.items()}
    parts["titles"] = (f"{what}: {composed(one).title}" for what, one in titles())
    parts["outlooks"] = (f"{what}: {_section(one).outlook}" for what, one in outlooks())
    parts["figures"] = (f"{what}:{_figure(what, one)}" for what, one in figures())
    parts["gauges"] = (gauge.words for usd, limit in MONEY if (gauge := _section(_priced(usd, limit)).gauge))
    parts["uses"] = (_section(costly(**more)).facts[0] for more in USES)
    parts["notes"] = (_section(_with_holes(holes)).note for holes in HOLES)
    return "\n".join(f"=== {name}\n" + "\n".join(lines) + "\n" for name, lines in parts.items())


def _with_holes(holes: tuple[Missing, ...]) -> Alert:
    return of(complete=False, missing=holes, more={"complete": False, "missing": holes})


def _priced(usd: int | None, limit: int | None, **more: Any) -> Alert:
    return of(usd=usd and Decimal(usd), usd_limit=limit and Decimal(limit), **more)


def _section(one: Alert) -> Section:
    return composed(one).sections[0]


def _figure(what: str, one: Alert) -> str:
    label = "Pace" if what == "pace" else "By"
    found = [field for field in _section(one).fields if field.label.startswith(label)]
    return f" {found[0].label}: {found[0].words}" if found else ""


def _mail(*alerts: Alert) -> str:
    return body(compose(alerts, "default", PLACES)).rsplit("\n\n", 1)[0]


if __name__ == "__main__":
    GOLDEN.write_text(written())

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from budget_alert.alerts import Alert, Balance, Digest, Kind, Mover, Severity, Standing
from budget_alert.config.periods import Window
from budget_alert.instants import to_micros
from budget_alert.messages.parts import Gauge, Section, Trend
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Missing, Why
from tests.support.telling import COUNTED, NOVEMBER, alert, standing, told, welcome

SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)
DAY = Window(SUNDAY, SUNDAY + timedelta(days=1))
WEEK = Window(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
QUERIES = tuple(
    Query(to_micros(COUNTED), f"q{points}", "Claude", "Chat", "", points, "Trip to Rome")
    for points in (2_000, 1_000)
)


def digest(points: int = 12_345, before: int | None = 14_029, **more: Any) -> Digest:
    """Return the digest of a Sunday."""
    fields: dict[str, Any] = {"every": "day", "window": DAY, "queries_count": 321}
    return Digest(points=points, before=before, **{**fields, **more})


def summed_up(one: Digest, *standings: Standing, **more: Any) -> Alert:
    """Return an alert that tells a digest."""
    severity = Severity.INFO
    return alert(rule="digest", kind=Kind.DIGEST, severity=severity, digest=one, standings=standings, **more)


def test_a_digest_in_full() -> None:
    """A digest says total, change, budgets, bots, queries, balance, corrections, and what comes next."""
    one = digest(
        usd=Decimal("0.37"),
        bots=(
            Mover("Claude", 8_000, 6_000),
            Mover("GPT", 300, 400),
            Mover("New", 45, 0),
            Mover("Old", 5, 5),
        ),
        queries=QUERIES,
        corrected=120,
        unreadable=3,
        unexplained=400,
        balance=Balance(points=50_000, pace=12_000, lasts=timedelta(days=4)),
        daily=(14_029, 12_345),
    )
    near = standing(next_threshold="100%", next_points=1_000_000)
    far = standing("Chat", 200, next_threshold="500 points", next_points=500)
    assert told(summed_up(one, far, near, standing("Done", 1_100_000))).sections == (
        Section(
            headline="12,345 points on Sunday 22 Nov, 12 % less than the day before",
            heading="Digest",
            gauges=(
                Gauge(110.0, "110 % of “Done”: 1,100,000 of 1,000,000 points"),
                Gauge(82.0, "82 % of “Everything”: 820,000 of 1,000,000 points"),
                Gauge(0.0, "0 % of “Chat”: 200 of 1,000,000 points"),
            ),
            trend=Trend("█▇", "last 2 days, up to 14,029 points a day"),
            facts=(
                "In 321 queries, about $0.37",
                "Day, 22 Nov 00:00 to 23 Nov 00:00 (Europe/London)",
                "50,000 points left on the account",
                "12,000 points spent in the last 24 hours; at that pace what is left lasts for about 4 days",
                "Corrected since the last digest: +120 points",
                "Left out of all sums: 3 rows of Poe's history that could not be read",
                "The balance fell by 400 points more than the history explains",
                "Next alerts: “Everything” at 100 % (1,000,000 points), “Chat” at 500 points",
            ),
            movers=(
                "Top bots: Claude 8,000 (2,000 more), GPT 300 (100 less), New 45 (new), Old 5 (as before)",
                "Largest queries:",
                "1. 2,000 points; Claude, 22 Nov 10:15, Chat “Trip to Rome”",
                "2. 1,000 points; Claude, 22 Nov 10:15, Chat “Trip to Rome”",
            ),
            note="Counted 22 Nov 2026 10:15 (Europe/London), nothing missing",
        ),
    )


@pytest.mark.parametrize(
    ("points", "before", "title"),
    [
        (12_345, None, "12,345 points on Sunday 22 Nov"),
        (12_345, 12_345, "12,345 points on Sunday 22 Nov, as much as the day before"),
        (12_345, 12_300, "12,345 points on Sunday 22 Nov, under 1 % more than the day before"),
        (24_689, 12_345, "24,689 points on Sunday 22 Nov, 99 % more than the day before"),
        (30_000, 12_345, "30,000 points on Sunday 22 Nov, 2 times as much as the day before"),
        (12_345, 0, "12,345 points on Sunday 22 Nov, after nothing the day before"),
        (12_345, -5, "12,345 points on Sunday 22 Nov, after -5 points the day before"),
        (-5, 10, "-5 points on Sunday 22 Nov, after 10 points the day before"),
        (0, 10, "Nothing was spent on Sunday 22 Nov, after 10 points the day before"),
        (0, 0, "Nothing was spent on Sunday 22 Nov, as the day before"),
    ],
)
def test_total_and_change(points: int, before: int | None, title: str) -> None:
    """The first line says the total and its change against the day before, as far as that is known."""
    assert told(summed_up(digest(points, before))).title == title


def test_a_week() -> None:
    """A week is named by its first day and compared with the week before."""
    message = told(summed_up(digest(every="week", window=WEEK)))
    assert message.title == "12,345 points in the week from 16 Nov, 12 % less than the week before"
    assert message.sections[0].facts[1] == "Week, 16 Nov 00:00 to 23 Nov 00:00 (Europe/London)"


def test_a_partial_digest_compares_nothing() -> None:
    """Where usage is missing, a digest says "at least" and no change."""
    one = alert(kind=Kind.DIGEST, digest=digest(), complete=False)
    assert told(one).title == "At least 12,345 points on Sunday 22 Nov"


def test_a_partial_budget_leaves_the_day_of_a_digest_whole() -> None:
    """Only the budget's own line is "at least" then, and the note says that some are."""
    before = Missing(NOVEMBER.start, datetime(2026, 11, 1, 13, tzinfo=UTC), Why.BEFORE)
    message = told(summed_up(digest(), standing(complete=False, missing=(before,))))
    assert message.title == "12,345 points on Sunday 22 Nov, 12 % less than the day before"
    assert message.sections[0].note.endswith(
        "; at least where it says so, because nothing from before 1 Nov 13:00 could be read"
    )


def test_a_quiet_digest_is_short() -> None:
    """What there is nothing to say of is not said; that nothing was corrected is."""
    section = told(summed_up(digest(before=None, queries_count=1, bots=(Mover("A", 7, 0),)))).sections[0]
    assert section.facts == (
        "In 1 query",
        "Day, 22 Nov 00:00 to 23 Nov 00:00 (Europe/London)",
        "Corrected since the last digest: nothing",
    )
    assert section.movers == ("Top bots: A 7",)


def test_one_query_and_one_row() -> None:
    """One of a thing is told as one; a correction that took points back has its sign."""
    section = told(summed_up(digest(queries=QUERIES[:1], unreadable=1, corrected=-1))).sections[0]
    assert section.movers == ("Largest query: 2,000 points; Claude, 22 Nov 10:15, Chat “Trip to Rome”",)
    assert section.facts[2:] == (
        "Corrected since the last digest: -1 points",
        "Left out of all sums: 1 row of Poe's history that could not be read",
    )


def test_of_many_budgets_the_nearest_are_named() -> None:
    """What is told next is named for the five fullest budgets, and the others are counted."""
    many = [
        standing(f"b{each}", each * 10_000, next_threshold="80%", next_points=800_000) for each in range(8)
    ]
    line = told(summed_up(digest(), *many)).sections[0].facts[-1]
    assert line.startswith("Next alerts: “b7” at 80 % (800,000 points), “b6”")
    assert line.endswith("“b3” at 80 % (800,000 points), 3 more")


def test_the_welcome_lists_every_budget() -> None:
    """The welcome says that the watch is on and where every budget stands, the fullest first."""
    until = datetime(2026, 12, 1, tzinfo=UTC)
    message = told(
        welcome(standing("Day", 10), standing("Month", 79_990, limit=100_000, snoozed_until=until))
    )
    assert message.title == "The watch on your Poe points is on"
    assert message.sections[0].gauges == (
        Gauge(79.9, "79 % of “Month”: 79,990 of 100,000 points, snoozed until 1 Dec 00:00"),
        Gauge(0.0, "0 % of “Day”: 10 of 1,000,000 points"),
    )
    assert message.sections[0].facts == ()


def test_a_welcome_during_the_first_walk() -> None:
    """While the history is being read the welcome says so, and "at least"."""
    message = told(welcome(standing(complete=False), complete=False))
    assert message.title == "The watch on your Poe points is on; the usage history is still being read"
    assert message.sections[0].gauges[0].words.startswith("At least 82 % of “Everything”")
    assert message.sections[0].note.endswith("at least, because part of the usage is not read yet")


def test_a_welcome_to_many_budgets() -> None:
    """Of very many budgets the fullest are listed and the others counted."""
    section = told(welcome(*(standing(f"b{each}", each * 10_000) for each in range(40)))).sections[0]
    assert [gauge.percent for gauge in section.gauges] == [float(each) for each in range(39, 10, -1)]
    assert section.facts == ("and 11 more budgets",)

"""The windows of period "billing": from one grant of points to the next."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, strategies as st

from budget_alert.config.billing import Cycle, heard
from budget_alert.config.periods import Window
from budget_alert.instants import DAY, SLOT, slot_of

MOMENT = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    """Give the instant that an ISO 8601 text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def edges(cycle: Cycle, start: str, end: str) -> list[str]:
    """Give where the windows between two instants begin, and where the last one ends."""
    windows = list(cycle.windows(utc(start), utc(end)))
    return [f"{edge:%Y-%m-%dT%H:%M}" for edge in (*(window.start for window in windows), windows[-1].end)]


def monthly(anchor: str, start: str | None = None) -> Cycle:
    """Give a cycle of monthly grants."""
    return Cycle(utc(anchor), utc(start) if start else None)


def at(cycle: Cycle, instant: datetime) -> Window:
    """Give the one window that holds an instant."""
    (window,) = cycle.windows(instant, instant)
    return window


@pytest.mark.parametrize(
    ("start", "edge"),
    [
        ("2026-10-17T11:35", "2026-10-17T11:30"),
        ("2026-10-17T11:35:07", "2026-10-17T11:30"),
        ("2026-10-17T14:00", "2026-10-17T14:00"),
        ("2026-10-17T09:10", "2026-10-17T09:00"),
        ("2026-10-16T11:35", "2026-10-17T11:30"),
        ("2026-09-30T00:00", "2026-10-17T11:30"),
        ("2026-11-17T11:35", "2026-10-17T11:30"),
        ("2026-12-01T00:00", "2026-10-17T11:30"),
    ],
)
def test_a_grant_that_came_early_or_late_makes_no_sliver(start: str, edge: str) -> None:
    """Within a day, the start is the usual grant; before the month or from the anchor on it says nothing."""
    assert edges(monthly("2026-11-17T11:35", start), "2026-10-18", "2026-11-01") == [edge, "2026-11-17T11:30"]
    assert edges(monthly("2026-11-17T11:35", start), "2026-10-10", "2026-10-16")[-1] == edge


@pytest.mark.parametrize(
    ("anchor", "start", "expected"),
    [
        ("2026-11-17T11:35", None, "2026-09-17T11:30 2026-10-17T11:30 2026-11-17T11:30 2026-12-17T11:30"),
        (None, None, "2026-10-24T00:00 2026-10-25T00:00 2026-10-26T00:00 2026-10-27T00:00"),
        *(
            (f"2027-01-{day}T08:00", None, f"2027-01-{day} 2027-02-28 2027-03-{day} 2027-04-{min(day, 30)}")
            for day in (29, 30, 31)
        ),
        ("2027-02-28T08:00", "2027-01-31T08:00", "2027-01-31 2027-02-28 2027-03-31 2027-04-30"),
        ("2027-02-28T08:00", "2027-01-30T08:00", "2027-01-30 2027-02-28 2027-03-30 2027-04-30"),
        ("2028-02-29T08:00", "2028-01-31T08:00", "2028-01-31 2028-02-29 2028-03-31 2028-04-30"),
        ("2027-04-30T08:00", "2027-03-31T08:00", "2027-02-28 2027-03-31 2027-04-30 2027-05-31"),
        ("2027-02-28T08:00", None, "2027-01-28 2027-02-28 2027-03-28 2027-04-28"),
        ("2027-02-28T08:00", "2026-12-31T08:00", "2027-01-28 2027-02-28 2027-03-28 2027-04-28"),
        ("2027-02-27T08:00", "2027-01-27T08:00", "2027-01-27 2027-02-27 2027-03-27 2027-04-27"),
        ("2027-02-28T08:00", "2027-01-28T08:00", "2027-01-28 2027-02-28 2027-03-28 2027-04-28"),
        ("2026-11-17T11:35", "2026-11-02T09:01", "2026-10-17T11:30 2026-11-02T09:00 2026-11-17T11:30"),
    ],
)
def test_windows_begin_where_grants_come(anchor: str | None, start: str | None, expected: str) -> None:
    """On the day and time of the anchor, or each UTC day; on the last day of a shorter month.

    That day stands for the one on which the cycle began, where that was later. After an upgrade in mid month
    the window before ends where the new cycle began.
    """
    cycle = monthly(anchor, start) if anchor else Cycle()
    days = [edge if "T" in edge else f"{edge}T08:00" for edge in expected.split()]
    assert edges(cycle, days[0], days[-2]) == days


def test_a_cycle_survives_storage() -> None:
    """As JSON, which the ledger keeps, a cycle comes back with the same windows."""
    for cycle in (Cycle(), monthly("2026-11-17T11:35:00.000001", "2026-11-02T09:01")):
        stored = msgspec.json.decode(msgspec.json.encode(cycle), type=Cycle)
        assert stored == cycle
        assert edges(stored, "2026-10-01", "2026-12-01") == edges(cycle, "2026-10-01", "2026-12-01")


def test_another_zone_changes_nothing() -> None:
    """Instants are instants, in whatever zone they are written; windows are in UTC."""
    east = datetime.fromisoformat("2026-12-01T01:00+14:00")
    assert at(Cycle(east, east - timedelta(days=9)), east) == at(
        Cycle(east.astimezone(UTC), (east - timedelta(days=9)).astimezone(UTC)), east.astimezone(UTC)
    )
    assert at(Cycle(east), east).start.tzinfo is UTC


def present(*answers: tuple[str, str]) -> tuple[str, str]:
    """Give the edges of the present window after some answers: when Poe was asked, which grant it named."""
    known: tuple[Cycle, ...] = ()
    for now, anchor in answers:
        known = heard(known, monthly(anchor), utc(now))
    window = at(known[0], utc(answers[-1][0]))
    return f"{window.start:%Y-%m-%dT%H:%M}", f"{window.end:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("answers", "start"),
    [
        (["2027-01-30 2027-01-31", "2027-02-01 2027-02-28"], "2027-01-31"),
        (["2027-01-29 2027-01-30", "2027-02-01 2027-02-28"], "2027-01-30"),
        (["2027-01-28 2027-01-29", "2027-02-01 2027-02-28"], "2027-01-29"),
        (["2028-01-30 2028-01-31", "2028-02-01 2028-02-29"], "2028-01-31"),
        (["2028-01-29 2028-01-30", "2028-02-01 2028-02-29"], "2028-01-30"),
        (["2027-03-30 2027-03-31", "2027-04-01 2027-04-30"], "2027-03-31"),
        (["2026-10-30 2026-11-17", "2026-11-18 2026-12-17"], "2026-11-17"),
        (["2027-01-30 2027-01-31", "2027-02-01 2027-02-28", "2027-03-01 2027-03-31"], "2027-02-28"),
        # Two grants were missed, and the day that a short month cut is known from before.
        (["2027-01-30 2027-01-31", "2027-02-01 2027-02-28", "2027-04-02 2027-04-30"], "2027-03-31"),
        (["2027-01-29 2027-01-30", "2027-02-01 2027-02-28", "2027-04-02 2027-04-30"], "2027-03-30"),
        (["2027-01-30 2027-01-31", "2027-03-02 2027-03-31"], "2027-02-28"),
        (["2026-07-02 2026-07-17", "2026-11-02 2026-11-17"], "2026-10-17"),
        (["2027-01-02 2027-01-17", "2027-03-02 2027-03-05"], "2027-02-05"),
        # Never heard before: the day of the anchor is all there is.
        (["2027-02-10 2027-02-28"], "2027-01-28"),
    ],
)
def test_a_grant_that_was_named_and_is_past_begins_the_cycle(answers: list[str], start: str) -> None:
    """Where Poe names only the next grant, the one before it is where the cycle began.

    What was named long ago begins no cycle of now; of it, only the day of the month counts.
    """
    named = [tuple(f"{day}T11:35" for day in answer.split()) for answer in answers]
    for again in range(3):
        asked = [*named, *[named[-1]] * again]
        assert present(*((now, anchor) for now, anchor in asked)) == (
            f"{start}T11:30",
            f"{named[-1][1][:10]}T11:30",
        )


@pytest.mark.parametrize(
    ("named", "now", "anchor", "start"),
    [
        ("2026-12-17T11:35", "2026-12-02T09:10", "2027-01-02T09:01", "2026-12-02T09:00"),
        ("2026-12-17T11:35", "2026-12-07T09:10", "2027-01-02T09:01", "2026-12-02T09:00"),
        ("2027-02-15T11:35", "2027-01-31T09:10", "2027-02-28T09:01", "2027-01-31T09:00"),
        ("2027-02-15T11:35", "2027-01-29T09:10", "2027-02-28T09:01", "2027-01-29T09:00"),
        ("2027-01-31T11:35", "2027-01-31T11:20", "2027-02-28T11:35", "2026-12-31T11:30"),
        ("2026-12-17T08:00", "2026-12-18T00:00", "2027-01-17T11:35", "2026-12-17T08:00"),
    ],
)
def test_a_grant_before_it_was_due(named: str, now: str, anchor: str, start: str) -> None:
    """After a change of plan the cycle began lately; minutes too early it is the grant that was due."""
    assert present(("2026-11-18T00:00", named), (now, anchor))[0] == start


def test_what_poe_says_of_the_start_counts_more() -> None:
    """A start that Poe names is taken as it is, and stays known where Poe is silent about it later."""
    begun = monthly("2026-12-17T11:35", "2026-12-02T09:01")
    known = heard((monthly("2026-11-17T11:35"),), begun, utc("2026-12-03"))
    assert known == (begun, monthly("2026-11-17T11:35"))
    assert heard(known, monthly("2026-12-17T11:35:02"), utc("2026-12-03"))[0].start == begun.start


def test_notes_of_an_older_release_are_mended() -> None:
    """What an older release kept, the new grant without its start, is read with the grant before it."""
    kept = (monthly("2027-02-28T11:35"), monthly("2027-01-31T11:35"))
    known = heard(kept, monthly("2027-02-28T11:35"), utc("2027-02-03"))
    assert known == (monthly("2027-02-28T11:35", "2027-01-31T11:35"), kept[1])


def test_daily_grants_need_no_start() -> None:
    """An account of daily grants, and one that gets a monthly plan, are heard as they are."""
    daily = heard((), Cycle(), utc("2026-12-03"))
    assert heard(daily, Cycle(), utc("2026-12-04")) == daily == (Cycle(),)
    plan = monthly("2027-01-04T09:00")
    assert heard(daily, plan, utc("2026-12-04T09:10")) == (plan, Cycle())


INSTANTS = st.datetimes(
    datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01"), timezones=st.just(UTC)
)


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Draw a cycle, often with a start in the two months before its anchor."""
    anchor = draw(st.none() | INSTANTS)
    if anchor is None:
        return Cycle()
    ago = st.timedeltas(timedelta(days=-3), timedelta(days=65)).map(lambda gone: anchor - gone)
    return Cycle(anchor, draw(st.none() | ago))


@given(cycles(), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=200)))
def test_windows_tile_the_time_line(cycle: Cycle, start: datetime, length: timedelta) -> None:
    """Each window ends where the next begins; the first holds the start and the last one the end.

    An instant has the same window in whatever span, and the anchor begins one.
    """
    windows = list(cycle.windows(start, start + length))
    assert windows[0].start <= start < windows[0].end
    assert windows[-1].start <= start + length < windows[-1].end
    assert all(before.end == after.start for before, after in pairwise(windows))
    assert all(window.start < window.end <= window.start + 33 * DAY for window in windows)
    assert all(slot_of(edge) == edge for window in windows for edge in (window.start, window.end))
    assert all(at(cycle, window.start) == window == at(cycle, window.end - MOMENT) for window in windows)
    assert cycle.anchor is None or at(cycle, cycle.anchor).start == slot_of(cycle.anchor)


@given(INSTANTS, st.timedeltas(MOMENT, timedelta(days=28)))
def test_the_start_of_the_cycle_begins_the_present_window(anchor: datetime, ago: timedelta) -> None:
    """Within the month before the anchor, the present window goes from the start to the anchor."""
    start = anchor - ago
    present = at(Cycle(anchor, start), slot_of(anchor) - MOMENT)
    assert present.end == slot_of(anchor)
    if slot_of(start) < slot_of(anchor):
        assert present.start == slot_of(start)
    assert at(Cycle(anchor, start), start).start == slot_of(start)


@given(st.integers(29, 31), st.integers(2026, 2032), st.data())
def test_every_late_day_is_followed_through_the_years(day: int, year: int, data: st.DataObject) -> None:
    """Asked at least once a month, an account that names only its next grants has its true cycles."""
    true = monthly(f"{year}-01-{day}T08:00")
    known: tuple[Cycle, ...] = ()
    for window in true.windows(utc(f"{year}-01-01"), utc(f"{year + 2}-01-01")):
        now = data.draw(
            st.datetimes(*(edge.replace(tzinfo=None) for edge in (window.start, window.end - SLOT)))
        )
        known = heard(known, Cycle(window.end), now.replace(tzinfo=UTC))
        if window.start >= utc(f"{year}-01-{day}T08:00"):
            assert at(known[0], now.replace(tzinfo=UTC)) == window

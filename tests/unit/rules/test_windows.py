from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from budget_alert.config.periods import Window
from budget_alert.config.schema import DigestRule
from budget_alert.rules.windows import digest_due, digest_window
from budget_alert.usage.missing import Gap
from budget_alert.usage.state import State
from tests.support.account import DAY, HOUR
from tests.support.histories import START

DAILY = DigestRule(every="day", at=time(9), timezone="Europe/London")
WEEKLY = DigestRule(every="week", at=time(9), starts_on=2, timezone="America/New_York")
LONG_AGO = START - 30 * DAY
ZONES = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"])
rules = st.builds(
    DigestRule,
    every=st.sampled_from(["day", "week"]),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    starts_on=st.integers(0, 6),
    timezone=ZONES,
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


def new_york(day: int, hour: int = 0) -> datetime:
    """Give an instant of November 2026 in New York."""
    return local(day, hour, "America/New_York")


def settled(until: datetime) -> State:
    """Give a state that has read everything up to an instant."""
    return State(started_at=LONG_AGO, settled_until=until)


def local(day: int, hour: int = 0, zone: str = "Europe/London") -> datetime:
    """Give an instant of November 2026 on a zone's clock."""
    return datetime(2026, 11, day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "now", "start", "end"),
    [
        (DAILY, local(10, 9), local(9), local(10)),
        (DAILY, local(10, 8), local(8), local(9)),
        (WEEKLY, new_york(11, 9), new_york(4), new_york(11)),
        (WEEKLY, new_york(18, 8), new_york(4), new_york(11)),
    ],
)
def test_a_digest_is_of_the_day_or_week_before(
    rule: DigestRule, now: datetime, start: datetime, end: datetime
) -> None:
    """From nine on it is yesterday, or the week up to midnight, that is due; until then what was before."""
    assert digest_window(rule, now) == Window(start, end)


@given(rules, instants, st.integers(1, 60))
def test_each_window_comes_once(rule: DigestRule, now: datetime, ticks: int) -> None:
    """What is due has ended, not longer ago than its length and a day; none comes twice or out of order."""
    length = timedelta(days=7 if rule.every == "week" else 1)
    sent_until = digest_window(rule, now).end
    for tick in range(ticks):
        at = now + tick * timedelta(hours=5)
        if windows := digest_due(rule, sent_until, settled(at), at):
            window, earlier = windows
            assert sent_until < window.end <= at < window.end + length + timedelta(days=1, hours=2)
            assert earlier.end == window.start
            assert all(abs(one.end - one.start - length) <= timedelta(hours=2) for one in windows)
            sent_until = window.end


def test_a_missed_tick_sends_it_later_and_only_the_last() -> None:
    """After days without a tick, the last day's digest comes, once."""
    now = local(20, 13)
    day, before = Window(local(19), local(20)), Window(local(18), local(19))
    assert digest_due(DAILY, local(10), settled(now), now) == (day, before)
    assert digest_due(DAILY, local(20), settled(now), now) is None


@pytest.mark.parametrize(
    "state",
    [
        State(started_at=LONG_AGO),
        settled(local(10) - HOUR),
        State(
            started_at=LONG_AGO,
            settled_until=local(10, 9),
            gaps=(Gap(start=local(8, 3), end=local(8, 4), after="q"),),
        ),
    ],
    ids=["nothing settled", "not all settled", "a gap in the day before"],
)
def test_a_digest_waits_until_its_days_are_read_and_settled(state: State) -> None:
    """A partial sum makes no digest, nor one of what it is compared with; nor is one due that is new."""
    assert digest_due(DAILY, local(9), state, local(10, 9)) is None
    assert digest_due(None, local(9), settled(local(10, 9)), local(10, 9)) is None
    assert digest_due(DAILY, None, settled(local(10, 9)), local(10, 9)) is None

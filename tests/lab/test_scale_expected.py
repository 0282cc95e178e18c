from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from lab.scale.accounts import BUDGETS, Member, PlainBudget
from lab.scale.expected import PATIENCE, Follower, Tick, Windowed, days, slots, together
from standins.poe_store import Row, microseconds

NOW = datetime(2026, 11, 3, 23, 50, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = NOW.replace(minute=0)
DAY = NOW.replace(hour=0, minute=0)
PRODUCTION = next(budget for budget in BUDGETS if budget.team == "production")


def row(number: int, at: datetime, points: int, **more: Any) -> Row:
    """Make a row of the history."""
    return Row(creation_time=microseconds(at), query_id=f"q{number}", cost_points=points, **more)


ROWS = (
    row(1, HOUR - MINUTE, 100),
    row(2, HOUR + MINUTE, 500),
    row(3, HOUR + 16 * MINUTE, 700, visible_at=microseconds(NOW + 5 * MINUTE)),
    row(4, HOUR + 20 * MINUTE, 900, cost_lands_at=microseconds(NOW + 5 * MINUTE)),
)


def follow(*ticks: Tick) -> Follower:
    """Follow ticks of one account."""
    follower = Follower({"production-0001": Member("production-0001", "key", ROWS)})
    for tick in ticks:
        follower.follow(tick)
    return follower


def whole(minutes: int) -> Tick:
    """Make a tick that read all there was, so many minutes later."""
    return Tick("production-0001", NOW + minutes * MINUTE, ended=True, whole=True, complete=True)


def test_only_what_poe_shows_is_counted() -> None:
    """A row that comes late is missing until then, and a cost that lands late is 0."""
    part = ("Claude-Sonnet-4.5", "API", "")
    assert slots(ROWS, NOW) == {
        HOUR - 15 * MINUTE: {part: (100, 1)},
        HOUR: {part: (500, 1)},
        HOUR + 15 * MINUTE: {part: (0, 1)},
    }
    assert slots(ROWS, NOW + 5 * MINUTE)[HOUR + 15 * MINUTE] == {part: (1600, 2)}
    assert days(slots(ROWS, NOW)) == {DAY: {part: (600, 3)}}
    assert together({"a": slots(ROWS, NOW), "b": slots(ROWS[:1], NOW)})[HOUR - 15 * MINUTE] == {
        ("", "", "a"): (100, 1),
        ("", "", "b"): (100, 1),
    }


def test_windows_are_those_of_the_zone() -> None:
    """Hours are those of the clock, days and months begin at midnight in London, summer or winter."""
    summer = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    starts = {budget.period: budget.window(summer) for budget in BUDGETS}
    assert starts == {
        "month": datetime(2026, 7, 31, 23, tzinfo=UTC),
        "day": datetime(2026, 7, 31, 23, tzinfo=UTC),
        "hour": datetime(2026, 7, 31, 23, tzinfo=UTC),
    }
    assert Windowed(ROWS, [PRODUCTION]).windows(NOW) == {
        (PRODUCTION.name, HOUR - 60 * MINUTE): 100,
        (PRODUCTION.name, HOUR): 500,
    }


def test_thresholds_are_rounded_up() -> None:
    """A share of points that is no whole number is reached at the next one."""
    assert PlainBudget("x", 101, (50, 100), "day").thresholds == (51, 101)


def test_what_the_first_tick_finds_is_welcomed_and_what_comes_later_must_be_told() -> None:
    """The highest threshold reached after the first whole tick must be told, and lower ones may not be."""
    expected = follow(whole(0), whole(5)).expected
    assert expected.must == {("production-0001", PRODUCTION.name, HOUR, 2000)}
    assert expected.may - expected.must == set()
    assert follow(whole(5)).expected.must == set()


def test_what_a_killed_tick_may_have_told_may_be_told() -> None:
    """Nobody knows how far it came: all it can have crossed may be told, and none of it has to be."""
    begun = Tick("production-0001", NOW + 5 * MINUTE, ended=False)
    expected = follow(whole(0), begun).expected
    assert expected.must == set()
    assert {threshold for *_, threshold in expected.may} == {1000, 2000}


def test_the_sum_speaks_though_an_account_is_never_read() -> None:
    """It waits for the first reading of all, and no longer than some ticks."""
    plain = next(budget for budget in BUDGETS if budget.together and budget.period == "hour")
    points = plain.thresholds[0]
    rows = (
        row(1, HOUR + MINUTE, 1),
        row(2, HOUR + 2 * MINUTE, points, cost_lands_at=microseconds(NOW + MINUTE)),
    )
    follower = Follower({name: Member(name, "key", rows if name == "a" else ()) for name in ("a", "b")})
    together_tick = Tick("all", NOW, ended=True, whole=True, named=frozenset({"a", "b"}))
    for _ in range(PATIENCE):
        follower.follow(together_tick)
    for at in (NOW, NOW + MINUTE):
        follower.follow(Tick("a", at, ended=True, whole=True))
        follower.follow(msgspec.structs.replace(together_tick, at=at))
    assert follower.expected.must == {("all", plain.name, HOUR, points)}

"""Histories longer than a tick: the gap is remembered, drains, and the alerts need not wait for it."""

from datetime import timedelta

from standins.poe_store import Row, microseconds
from tests.support.configs import table
from tests.support.world import START, World

CONFIG = table("budget", name="Month", points=60_000, period="month", alert_at=["50%", "100%"]) + table(
    "budget", name="Day", points=10, period="day"
)
QUARTER = timedelta(minutes=15)


def backlog(rows: int, dense: int) -> list[Row]:
    """Make rows of one point over 20 days before START, `dense` of them within one quarter hour."""
    crowded = START - timedelta(days=2)
    step = timedelta(days=20) / (rows - dense)
    times = [START - n * step - timedelta(seconds=1) for n in range(rows - dense)]
    times += [crowded + n * QUARTER / dense for n in range(dense)]
    return [
        Row(creation_time=microseconds(at), query_id=f"b{n}", cost_points=1) for n, at in enumerate(times)
    ]


def test_a_backlog_of_any_size_drains_while_new_entries_arrive(world: World) -> None:
    """20,000 entries, 8,000 in one quarter hour, 30 pages a tick: all is counted, and sent as it is known."""
    world.poe.add(*backlog(20_000, 8_000))
    world.configure(CONFIG)
    first = world.tick(START, pages=30)
    assert not first.complete
    assert (first.scan.pages, first.scan.entries) == (30, 3_000)
    assert [kind for kind, _, _ in world.sent()] == ["welcome"]
    ticks = 1
    while not world.tick(world.later(minutes=5), pages=30).complete:
        ticks += 1
        assert ticks < 30
        for second in range(40):
            world.spend(1, world.now + timedelta(seconds=second))
    assert world.slot_points() == world.poe.total()
    assert [kind for kind, _, _ in world.sent()] == ["welcome"]
    world.tick(world.later(minutes=5), pages=30)
    assert world.slot_points() == world.poe.total()
    assert world.sent() == []


def test_a_new_crossing_is_sent_while_a_gap_is_open(world: World) -> None:
    """After an outage, what is crossed today is sent by the first tick, although most is unread."""
    world.configure(CONFIG)
    world.tick(START)
    world.sent()
    for row in range(4_000):
        world.spend(1, START + timedelta(seconds=40 * row))
    at = START + timedelta(days=3)
    report = world.tick(at, pages=4)
    assert not report.complete
    assert ("budget", "Day", 10) in world.sent()
    while not world.tick(world.later(minutes=5), pages=4).complete:
        assert world.now < at + timedelta(hours=3)
    assert world.slot_points() == world.poe.total() == 4_000


def test_the_head_takes_at_most_half_of_the_pages_while_a_gap_is_open(world: World) -> None:
    """A tick with a gap open gives at least every second page to the gap."""
    world.poe.add(*backlog(9_000, 1_000))
    world.tick(START, pages=10)
    last = world.poe.requests[-1].after
    for number in range(2_000):
        world.spend(1, START + timedelta(milliseconds=number * 100))
    asked = len(world.poe.requests)
    world.tick(START + timedelta(minutes=5), pages=10)
    afters = [request.after for request in world.poe.requests[asked:]]
    assert len(afters) == 10
    assert afters[0] is None
    assert sum(1 for after in afters if after is not None and after.startswith("b")) == 5
    assert last is not None

"""One rule for every key: each has its own limit, its own alerts, and no more calls than one budget."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.world import START, MemoryWorld, memory_deployment

FIVE = timedelta(minutes=5)
EACH = """
[[budget]]
name = "Per key"
points = 1_000
period = "month"
each = "api_key"
alert_at = ["50%", "100%"]
"""
ROLLING = """
[[budget]]
name = "Per key"
points = 1_000
period = "24h"
each = "api_key"
alert_at = ["100%"]
"""
SPIKE = """
[[spike]]
name = "Burst"
window = "1h"
times = 4
at_least = 1_000
each = "api_key"
"""


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    """Run a deployment in memory."""
    with memory_deployment() as running:
        yield running


def monitored(world: MemoryWorld, config: str) -> None:
    """Put a config in force, and let the welcome go."""
    world.configure(config)
    world.tick(START)
    sent(world)


def sent(world: MemoryWorld) -> list[tuple[str, str, int | None]]:
    """Take what SNS was sent since last asked: kind, key, threshold."""
    return [
        (alert["kind"], alert.get("value", ""), alert["threshold_points"])
        for record in world.sent_to_sns()
        for alert in record["alerts"]
    ]


def spend(world: MemoryWorld, **points: int) -> None:
    """Let keys spend so many points each, five minutes on, and tick."""
    world.later(minutes=5)
    for key, number in points.items():
        world.spend(number, api_key_name=key)
    world.tick()


def test_each_key_has_its_own_limit(world: MemoryWorld) -> None:
    """What one key spends is compared with one limit, and each crossing is sent once, by its key."""
    monitored(world, EACH)
    spend(world, a=400, b=450)
    assert sent(world) == []
    spend(world, a=150)
    assert sent(world) == [("budget", "a", 500)]
    spend(world, a=10, b=600)
    assert sent(world) == [("budget", "b", 1_000)]
    spend(world, a=10)
    assert sent(world) == []
    assert "“Per key · b”" in world.slack.payloads[-1]["text"]


def test_ten_at_once_are_one_entry_largest_first(world: MemoryWorld) -> None:
    """Keys that pass at once are one message with one headline, the fullest, and the others below it."""
    monitored(world, EACH)
    world.slack.payloads.clear()
    spend(world, **{f"k{number}": 1_000 + 100 * number for number in range(10)})
    (message,) = world.slack.payloads
    assert message["text"].startswith("🔴 190 % of your monthly budget “Per key · k9” is used")
    assert str(message).count("Also passed") == 1
    assert len(sent(world)) == 10


def test_a_rolling_key_fires_again_after_it_was_idle(world: MemoryWorld) -> None:
    """A key that spends nothing any more is still re-armed: when it comes back, it is sent again."""
    monitored(world, ROLLING)
    spend(world, a=1_500)
    assert sent(world) == [("budget", "a", 1_000)]
    for hour in range(1, 60):
        world.now = START + timedelta(hours=hour)
        spend(world, b=1)
    assert sent(world) == []
    spend(world, a=1_500)
    assert sent(world) == [("budget", "a", 1_000)]


def test_a_burst_of_one_key_is_found_beside_a_busy_one(world: MemoryWorld) -> None:
    """A key that bursts is named, though another spends as much all the time."""
    for hour in range(24 * 10):
        world.spend(5_000, START - timedelta(hours=hour + 1), api_key_name="busy")
    monitored(world, SPIKE)
    spend(world, busy=400, quiet=1_200)
    assert sent(world) == [("spike", "quiet", 1_000)]


def test_the_hundred_largest_have_limits_and_the_rest_are_summed(world: MemoryWorld) -> None:
    """Of 150 keys the largest hundred are compared, and the welcome says what the others spent."""
    for number in range(150):
        world.spend(10 + number, START - timedelta(hours=1), api_key_name=f"k{number:03}")
    world.configure(EACH.replace("1_000", "100"))
    world.tick(START)
    text = str(world.slack.payloads[-1])
    assert "147 more spent" in text
    assert "50 of them are too small for alerts of their own" in text


def plain(spending: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Give what is to be sent by plain calculation: at each spending, the highest threshold newly passed."""
    sums: dict[str, int] = defaultdict(int)
    passed: dict[str, int] = defaultdict(int)
    found = []
    for key, points in spending:
        sums[key] += points
        reached = max((one for one in (500, 1_000) if sums[key] >= one), default=0)
        if reached > passed[key]:
            passed[key] = reached
            found.append((key, reached))
    return found


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 700)), max_size=12))
def test_alerts_equal_a_plain_calculation(spending: list[tuple[str, int]]) -> None:
    """Whatever keys spend in whatever order, what is sent is what a plain sum by key gives."""
    with memory_deployment() as world:
        monitored(world, EACH)
        found: list[Any] = []
        for key, points in spending:
            spend(world, **{key: points})
            found += [(value, needed) for _, value, needed in sent(world)]
        assert found == plain(spending)

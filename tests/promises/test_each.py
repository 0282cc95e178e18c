"""One rule for every key: each has its own limit, its own alerts, and no more calls than one budget."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.usage.totals import OTHER_BOTS
from standins.simulated_poe import SimulatedPoe
from tests.support.fast import alone, spend
from tests.support.team import team_deployment
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


def spent(world: MemoryWorld, **points: int) -> None:
    """Let keys spend so many points each, five minutes on, and tick."""
    world.later(minutes=5)
    for key, number in points.items():
        world.spend(number, api_key_name=key)
    world.tick()


def test_each_key_has_its_own_limit(world: MemoryWorld) -> None:
    """What one key spends is compared with one limit, and each crossing is sent once, by its key."""
    monitored(world, EACH)
    spent(world, a=400, b=450)
    assert sent(world) == []
    spent(world, a=150)
    assert sent(world) == [("budget", "a", 500)]
    spent(world, a=10, b=600)
    assert sent(world) == [("budget", "b", 1_000)]
    spent(world, a=10)
    assert sent(world) == []
    assert "“Per key · b”" in world.slack.payloads[-1]["text"]


def test_ten_at_once_are_one_entry_largest_first(world: MemoryWorld) -> None:
    """Keys that pass at once are one message with one headline, the fullest, and the others below it."""
    monitored(world, EACH)
    world.slack.payloads.clear()
    spent(world, **{f"k{number}": 1_000 + 100 * number for number in range(10)})
    (message,) = world.slack.payloads
    assert message["text"].startswith("🔴 190 % of your monthly budget “Per key · k9” is used")
    assert str(message).count("Also passed") == 1
    assert len(sent(world)) == 10


def test_a_rolling_key_fires_again_after_it_was_idle(world: MemoryWorld) -> None:
    """A key that spends nothing any more is still re-armed: when it comes back, it is sent again."""
    monitored(world, ROLLING)
    spent(world, a=1_500)
    assert sent(world) == [("budget", "a", 1_000)]
    for hour in range(1, 60):
        world.now = START + timedelta(hours=hour)
        spent(world, b=1)
    assert sent(world) == []
    spent(world, a=1_500)
    assert sent(world) == [("budget", "a", 1_000)]


def test_a_burst_of_one_key_is_found_beside_a_busy_one(world: MemoryWorld) -> None:
    """A key that bursts is named, though another spends as much all the time."""
    for hour in range(24 * 10):
        world.spend(5_000, START - timedelta(hours=hour + 1), api_key_name="busy")
    monitored(world, SPIKE)
    spent(world, busy=400, quiet=1_200)
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
            spent(world, **{key: points})
            found += [(value, needed) for _, value, needed in sent(world)]
        assert found == plain(spending)


def test_a_refund_of_another_key_does_not_repeat_an_alert(world: MemoryWorld) -> None:
    """A key stays notified though refunds of others bring the sum of all below every threshold."""
    monitored(world, EACH)
    spent(world, a=600, b=10)
    assert sent(world) == [("budget", "a", 500)]
    for points in (-5_000, 1, 1):
        spent(world, b=points)
        assert sent(world) == []
    spent(world, a=400)
    assert sent(world) == [("budget", "a", 1_000)]


@pytest.mark.parametrize(
    "name", ["two\nlines", "<!channel> *a* `b`", "\u202edrow", "key" * 200, "told#budget#x", "\x00"]
)
def test_a_key_may_be_called_anything(world: MemoryWorld, name: str) -> None:
    """What a key is called is text: it is followed, sent once, and brings no markup into a message."""
    monitored(world, EACH)
    world.slack.payloads.clear()
    for points in (600, 1):
        world.spend(points, world.later(minutes=5), api_key_name=name)
        world.tick()
    ((kind, value, needed),) = sent(world)
    assert (kind, value[:3], needed) == ("budget", name[:3], 500)
    (message,) = world.slack.payloads
    assert "<!channel>" not in str(message)


def test_usage_without_a_key_or_of_bots_added_up_has_no_limit(world: MemoryWorld) -> None:
    """What names no key is nobody's; nor are bots one that stand as others."""
    monitored(world, EACH + EACH.replace("Per key", "Per bot").replace("api_key", "bot"))
    world.later(minutes=5)
    world.spend(2_000, bot_name=OTHER_BOTS, api_key_name=None)
    world.tick()
    assert sent(world) == []


def test_a_key_that_will_likely_pass_is_foretold_by_its_own_past(world: MemoryWorld) -> None:
    """Of two keys with the same sum so far, only the one that goes on like that is expected to pass."""
    for hour in range(12 * 24):
        world.spend(10, START - timedelta(days=10) + timedelta(hours=hour), api_key_name="steady")
    monitored(world, EACH.replace("1_000", "4_000") + 'forecast_at = ["100%"]\n')
    world.spend(480, START + timedelta(minutes=1), api_key_name="once")
    found: list[tuple[str, str, int | None]] = []
    for hour in range(1, 24 * 6):
        world.now = START + timedelta(hours=hour)
        spent(world, steady=25)
        found += sent(world)
    assert ("forecast", "steady", 4_000) in found
    assert [one for one in found if one[1] == "once"] == []
    assert found.count(("forecast", "steady", 4_000)) == 1


def test_a_repetition_is_of_each_key(world: MemoryWorld) -> None:
    """Each key that still holds is sent again after the time, from when it was sent itself."""
    monitored(world, EACH + 'repeat = "2h"\n')
    spent(world, a=600)
    world.later(hours=1)
    spent(world, b=600)
    sent(world)
    for hours, expected in ((1, ["a"]), (1, ["b"]), (1, ["a"])):
        world.later(hours=hours)
        world.tick()
        assert [value for _, value, _ in sent(world)] == expected


def test_what_is_kept_of_a_rule_is_one_item_that_stays_small(world: MemoryWorld) -> None:
    """However many keys pass, one after the other each larger than all before, an item holds them."""
    monitored(world, EACH)
    for number in range(26):
        world.later(minutes=5)
        for place in range(50):
            world.spend(1_000 + 50 * number + place, api_key_name=f"{number}-{place}" + "é" * 50)
        world.tick()
    (item,) = (one for one in world.items("told#budget") if "packed" in one)
    assert len(item["packed"]["B"]) < 200 * 1024
    assert len(sent(world)) == 1_300
    world.later(minutes=5)
    world.spend(1, api_key_name="25-49" + "é" * 50)
    world.tick()
    assert sent(world) == []


def test_bots_of_the_sum_of_all_accounts_each_have_a_limit() -> None:
    """What a bot took from two accounts together passes; what it took from one does not."""
    with team_deployment("production", "research") as team:
        team.world.configure(
            EACH.replace('"api_key"', '"bot"\ntogether = true').replace("Per key", "Per bot")
        )
        team.serve(START)
        team.go_on()
        team.spend("production", 400, bot_name="x")
        team.spend("research", 400, bot_name="y")
        assert team.go_on(2) == []
        team.spend("research", 200, bot_name="x")
        assert team.go_on(2) == [("all", "budget", "Per bot", 500)]


@pytest.mark.parametrize("several", [False, True])
def test_what_was_sent_of_a_key_stays_sent_when_one_account_becomes_several(several: bool) -> None:  # noqa: FBT001 - or back
    """Neither a key nor a bot is sent again when accounts come or go; the next threshold is."""
    with team_deployment("research") as team:
        team.world.configure(EACH.replace("Per key", "Per bot").replace('"api_key"', '"bot"'))
        if not several:
            team.hold_one_key()
        team.serve(START)
        team.go_on()
        team.spend("research", 600, bot_name="x")
        assert [one[1:] for one in team.go_on(2)] == [("budget", "Per bot", 500)]
        if several:
            team.hold_one_key()
        else:
            team.hold_only("research")
        assert [one for one in team.go_on(3) if one[1] == "budget"] == []
        team.spend("research", 500, bot_name="x")
        assert [one[3] for one in team.go_on(3) if one[1] == "budget"] == [1_000]


@pytest.mark.parametrize("passing", [0, 2])
def test_three_hundred_keys_cost_no_more_calls_than_one_budget(passing: int) -> None:
    """Quiet, counting or sending, every tick asks the outside as often as with one budget for all."""
    asked = [list(calls_of(config, passing)) for config in (EACH.replace('each = "api_key"', ""), EACH)]
    assert asked[0] == asked[1]
    assert len(set(asked[0])) > 1


def calls_of(config: str, passing: int) -> Iterator[int]:
    """Count what each tick asks while 300 keys spend little, and some of them pass their limit."""
    running = alone(SimulatedPoe(), config, START)
    spent = [(12, number, 1) for number in range(300)]
    for at, number, points in [*spent, *((14 + number, number, 600) for number in range(passing))]:
        row = {"query_id": f"{at} {number}", "api_key_name": f"k{number}"}
        spend(running.poe, points, START + at * FIVE, **row)
    for _ in range(20):
        before = running.gate.passed
        running.tick()
        running.now += FIVE
        yield running.gate.passed - before


@pytest.mark.parametrize("minutes", [0, 1, 15])
def test_a_rule_may_come_at_any_instant(world: MemoryWorld, minutes: int) -> None:
    """A new spike for each key has no window yet, or one: nothing fails, and nothing old is sent."""
    monitored(world, EACH)
    world.later(hours=3, minutes=minutes)
    world.configure(EACH + SPIKE)
    for _ in range(3):
        world.spend(20, api_key_name="a")
        world.tick()
        world.later(minutes=15)
    assert sent(world) == []


def test_after_an_outage_keys_count_that_only_then_were_large(world: MemoryWorld) -> None:
    """A key that passed on one day of an outage is sent, though a hundred others spent more in all of it."""
    monitored(world, ROLLING)
    for number in range(110):
        for day in range(1, 9):
            for hours in (0, 8, 16):
                at = START + timedelta(days=day, hours=hours)
                world.spend(250 + number // 10, at, api_key_name=f"steady {number}")
    world.spend(1_900, START + timedelta(days=3), api_key_name="once")
    world.tick(START + timedelta(days=9))
    assert sent(world) == [("budget", "once", 1_000)]

from datetime import timedelta

from tests.support.world import START, World


def test_a_crossing_is_told_once_in_both_channels(world: World) -> None:
    """What crosses a threshold is told by Slack and by SNS, and not again at the next tick."""
    world.tick(START)
    world.told()
    world.slack.payloads.clear()
    world.spend(600, START + timedelta(minutes=2))
    report = world.tick(START + timedelta(minutes=5))
    assert report.as_dict() == {
        "account": "default",
        "complete": True,
        "pages": 1,
        "entries": 1,
        "points": 600,
        "alerts": {"sent": 1, "pending": 0},
    }
    assert world.told() == [("budget", "Everything", 500)]
    assert len(world.slack.payloads) == 1
    world.tick(START + timedelta(minutes=10))
    assert world.told() == []
    assert len(world.slack.payloads) == 1


def test_the_first_tick_welcomes(world: World) -> None:
    """The first tick says that the watch is on, once."""
    world.spend(900, START - timedelta(days=1))
    assert world.tick(START).alerts.sent == 1
    assert [kind for kind, _, _ in world.told()] == ["welcome"]
    world.tick(START + timedelta(minutes=5))
    assert world.told() == []

"""Rules of a deployed stack that are silenced for a while from the command line."""

from datetime import UTC, datetime, timedelta

from poe_budget.cli.snooze import SilentRules
from poe_budget.cli.status import Status
from tests.cli.monitor import Monitor
from tests.cli.running import one_line
from tests.support.configs import BALANCE
from tests.support.world import MONTH

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
SPIKE = '[[spike]]\nname = "Burst"\nwindow = "2h"\nat_least = 5_000\n'
ROLLING = MONTH.replace("Everything", "Rolling").replace('"month"', '"7d"')
CONFIG = MONTH + ROLLING + SPIKE + BALANCE + '[digest]\nevery = "day"\n'
ADA = {"USER": "Ada"}


def test_a_rule_is_snoozed_shown_and_heard_again(monitor: Monitor) -> None:
    """For a while, until a time, until its window ends, as planned; the status and the digest say so."""
    monitor.world.now = NOON
    monitor.world.configure(CONFIG)
    monitor.tick(600)
    monitor.shows("snooze")
    monitor.shows("snooze", "Everything", "--for", "6h", **ADA)
    monitor.shows("snooze", "Everything", "--until", "window", **ADA)
    monitor.shows("snooze", "Burst", "--until", "2026-11-20", "--planned", **ADA)
    monitor.shows("snooze", "Rolling", "--until", "2026-11-17T08:30+02:00", **ADA)
    monitor.shows("snooze")
    monitor.shows("snooze", "--json")
    report = monitor.report(SilentRules, "snooze")
    assert [one.planned_from for one in report.snoozed] == [None, None, NOON + timedelta(minutes=5, hours=-2)]
    monitor.shows("status")
    monitor.report(Status, "status")
    monitor.shows("snooze", "Everything", "--off")
    monitor.world.later(days=5)
    monitor.shows("snooze", "Burst", "--off", "--planned")
    monitor.shows("snooze")


def test_what_is_snoozed_is_held_back_and_sent_at_the_end(monitor: Monitor) -> None:
    """The limit breaks through and says so; what still holds at the end says that, too."""
    monitor.world.now = NOON
    monitor.world.configure(MONTH)
    monitor.tick(0)
    monitor.run("snooze", "Everything", "--for", "6h", **ADA)
    monitor.tick(600)
    assert [rule for _, rule, _ in monitor.world.sent()] == ["welcome"]
    monitor.world.later(hours=6)
    monitor.tick(0)
    monitor.tick(0)
    monitor.run("snooze", "Everything", "--for", "6h", **ADA)
    monitor.tick(500)
    assert [points for _, rule, points in monitor.world.sent() if rule != "welcome"] == [500, 1_000]


WRONG = [
    ["Evrything", "--off"],
    ["Nothing like it", "--for", "1h"],
    ["digest", "--for", "1h"],
    ["Everything", "--for", "soon"],
    ["Everything", "--until", "soon"],
    ["Everything", "--until", "2026-11-01"],
    ["Everything", "--until", "2099-01-01"],
    ["Rolling", "--until", "window"],
    ["Everything", "--for", "1h", "--off"],
    ["Everything"],
    ["--off"],
    ["Everything", "--for", "1h", "--account", "all"],
]


def test_wrong_use_of_snoozes(monitor: Monitor) -> None:
    """In one line that says what would be right, and nothing is written."""
    monitor.world.now = NOON
    monitor.world.configure(CONFIG)
    monitor.tick(600)
    for arguments in WRONG:
        ended = monitor.shows("snooze", *arguments)
        assert ended.status == 2
        assert one_line(ended)
    assert monitor.report(SilentRules, "snooze").snoozed == ()

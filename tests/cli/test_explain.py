"""Why a rule of a deployed stack did, or did not, send something, as transcripts show it."""

from datetime import UTC, datetime, timedelta

from poe_budget.cli.explain import Explained
from standins.slack_receiver import refused
from tests.cli.monitor import Monitor
from tests.cli.running import one_line
from tests.support.configs import BALANCE
from tests.support.world import MONTH

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SPIKE = '[[spike]]\nname = "Burst"\nwindow = "2h"\nat_least = 50\n'
QUERY = '[[query]]\nname = "Dear"\npoints = 300\n'
ROLLING = MONTH.replace("Everything", "Rolling").replace('"month"', '"1h"')
CONFIG = MONTH + 'forecast_at = ["100%"]\n' + ROLLING + SPIKE + QUERY + BALANCE


def test_why_a_rule_sent_something_or_did_not(monitor: Monitor) -> None:
    """Every kind of rule, now and as it was: what is below, sent, covered, likely, usual and left."""
    monitor.world.now = NOON
    monitor.world.configure(CONFIG)
    for days in range(1, 21):
        monitor.world.spend(20, NOON - days * DAY)
    monitor.tick()
    monitor.shows("explain", "Everything")
    monitor.tick(600)
    for rule in ("Everything", "Rolling", "Burst", "Dear", "B"):
        monitor.shows("explain", rule)
    monitor.world.later(hours=3)
    monitor.tick()
    for rule in ("Everything", "Rolling", "Burst", "Dear", "B"):
        monitor.shows("explain", rule, "--at", "2026-11-16T12:06")
    monitor.shows("explain", "Rolling", "--json")
    monitor.report(Explained, "explain", "Rolling")


def test_why_what_is_snoozed_or_waits_did_not_arrive(monitor: Monitor) -> None:
    """Until when a rule is silent, and what a channel has not taken yet."""
    monitor.world.now = NOON
    monitor.world.configure(MONTH)
    monitor.tick(0)
    monitor.run("snooze", "Everything", "--for", "6h", USER="Ada")
    monitor.tick(600)
    monitor.shows("explain", "Everything")
    monitor.world.slack.replies.always(refused(503, "away"))
    monitor.tick(300)
    monitor.shows("explain", "Everything")


def test_a_window_that_ends_with_the_quarter_hour_is_shown_beside_the_next(monitor: Monitor) -> None:
    """Who asks for the last minute of a day means that day."""
    monitor.world.now = NOON
    monitor.world.configure(MONTH.replace('"month"', '"day"'))
    monitor.tick(400)
    monitor.world.later(days=1)
    monitor.tick()
    monitor.shows("explain", "Everything", "--at", "2026-11-16T23:59")


def test_why_a_rule_for_each_key_is_silent(monitor: Monitor) -> None:
    """Key by key, the fullest first, now and as it was."""
    monitor.world.now = NOON
    monitor.world.configure(MONTH.replace("Everything", "Keys") + 'each = "api_key"\n')
    monitor.tick(0)
    for key, points in (("ci", 900), ("notebook", 600), ("night", 10)):
        monitor.world.spend(points, monitor.world.now + timedelta(minutes=1), api_key_name=key)
    monitor.tick()
    monitor.shows("explain", "Keys")
    monitor.world.later(hours=1)
    monitor.tick()
    monitor.shows("explain", "Keys", "--at", "2026-11-16T12:15")


def test_wrong_use_of_explain(monitor: Monitor) -> None:
    """In one line that says what would be right."""
    monitor.shows("explain", "Everything")
    monitor.world.now = NOON
    monitor.world.configure(CONFIG)
    monitor.tick(600)
    for arguments in (
        ["Evrything"],
        ["digest"],
        ["Everything", "--at", "soon"],
        ["Burst", "--at", "2099-01-01"],
    ):
        ended = monitor.shows("explain", *arguments)
        assert ended.status == 2
        assert one_line(ended)

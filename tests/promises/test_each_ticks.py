"""Forty keys pass at once while the tick is killed anywhere: each is sent, once unless a send was cut."""

from collections import Counter
from datetime import timedelta

from budget_alert.alerts import OfBudget
from budget_alert.ledger.ledger import MOST_NOTICES
from standins.memory_aws import Killed
from standins.simulated_poe import SimulatedPoe
from tests.promises.scripted import (
    BEGIN,
    QUIET_TICKS,
    TICKS,
    check_outbox,
    excuses,
    rounds,
)
from tests.promises.searching import Names, Record, Search
from tests.support.fast import FastWorld, RecordingChannel, alone, spend

CONFIG = """
[[budget]]
name = "Day of a key"
points = 100
period = "day"
alert_at = ["50%", "100%"]
each = "api_key"

[[budget]]
name = "Rolling of a bot"
points = 150
period = "24h"
alert_at = ["100%"]
each = "bot"
"""
KEYS = [f"key {number:02}" for number in range(40)]
LATER = KEYS[:3]
"""Those that spend over midnight, too."""
DAY, ROLLING = "Day of a key", "Rolling of a bot"


def world() -> FastWorld:
    """Make an account whose keys pass their limit between two ticks, more than one transaction holds."""
    running = alone(SimulatedPoe(), CONFIG, BEGIN, pages=20)
    spent = [(12, key, 100 + number) for number, key in enumerate(KEYS)]
    for at, key, points in [*spent, *((25, key, 60) for key in LATER)]:
        row = {"query_id": f"{at} {key}", "api_key_name": key, "bot_name": key[-1]}
        spend(running.poe, points, BEGIN + timedelta(minutes=at), **row)
    return running


def sent(channel: RecordingChannel) -> Counter[tuple[str, int]]:
    """Count what a channel was sent, by what it is about and the threshold."""
    alerts = [alert for alert in channel.sent if isinstance(alert, OfBudget)]
    return Counter((alert.about, alert.threshold_points) for alert in alerts)


OWED = {
    **{(f"{DAY} · {key}", 100): 12 for key in KEYS},
    **{(f"{DAY} · {key}", 50): 25 for key in LATER},
    **{(f"{ROLLING} · {number}", 150): 12 for number in range(10)},
}
"""What must be sent, with the minute after BEGIN at which it came about."""


def test_keys_that_pass_at_once_survive_a_kill_anywhere(record_property: Record) -> None:
    """Their alerts take several transactions: a tick that is cut between them goes on where it was."""
    assert len(KEYS) > MOST_NOTICES

    def kill(_: FastWorld) -> None:
        raise Killed

    def check(running: FastWorld, cuts: Names) -> None:
        check_outbox(running.table)
        for channel in (running.slack, running.sns):
            welcomed = min(alert.counted_at for alert in channel.sent)
            found = sent(channel)
            assert (
                {one for one, at in OWED.items() if BEGIN + timedelta(minutes=at) > welcomed}
                <= found.keys()
                <= OWED.keys()
            )
            assert cuts or max(found.values()) == 1

    search = Search(world(), rounds(TICKS + QUIET_TICKS), kill, check, exposed=TICKS, matter=excuses)
    points = search.cases()
    record_property("kill points of a rule for each key", points)

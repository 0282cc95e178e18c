"""The demo: one tick against the API. Its simulated days are run where it is installed."""

import re
from pathlib import Path

from standins.poe_store import Row
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import SlackReceiver
from tests.cli.running import FOREIGN, KEY, run, served, spent

BUDGETS = '[[budget]]\nname = "Everything"\npoints = 1000\nperiod = "30d"\n'
ROWS: list[Row] = [spent(1, 900)]


def test_a_tick_against_the_api(tmp_path: Path) -> None:
    """With a key the demo asks the API once, sends to Slack, and says where the budgets stand."""
    slack, budgets, poe = SlackReceiver(), tmp_path / "budgets.toml", SimulatedPoe(ROWS, keys=[KEY])
    budgets.write_text(BUDGETS, encoding="utf-8")
    with slack.serve() as webhook, served(poe) as environ:
        ended = run("demo", "--budgets", budgets, **FOREIGN, **environ, SLACK_WEBHOOK_URL=webhook)
    assert ended.status == 0, ended
    assert re.search(r"Everything 90 % \S+ 900 of 1,000", ended.out)
    assert "900 points in 1 entries" in ended.out
    assert len(slack.payloads) == 1
    assert {request.authorized for request in poe.requests} == {True}
    assert "loopback-webhook" not in ended.out + ended.err


def test_a_refused_key() -> None:
    """A key that Poe refuses ends the demo with status 1 and words about the key, without the key."""
    with served(SimulatedPoe(ROWS, keys=["another"])) as environ:
        ended = run("demo", **FOREIGN, **environ)
    assert ended.status == 1
    assert "The tick failed: " in ended.out
    assert "Traceback" not in ended.out + ended.err

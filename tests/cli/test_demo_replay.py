"""The demo, run as `make -C infra demo` runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import SlackReceiver

ROOT = Path(__file__).parents[2]
KEY = "key-that-nobody-may-see"
BUDGETS = '[[budget]]\nname = "Everything"\npoints = 1000\nperiod = "30d"\n'
FOREIGN = {"AWS_PROFILE": "of-somebody-else", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


def demo(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the demo and return how it ended and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POE_", "SLACK_"))}
    path = os.pathsep.join(str(ROOT / folder) for folder in ("handler", "infra"))
    return subprocess.run(
        [sys.executable, "-m", "poe_budget.demo", *arguments],
        env={**kept, **FOREIGN, "PYTHONPATH": path, "COLUMNS": "120", **environ},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


@pytest.fixture
def poe() -> Iterator[tuple[SimulatedPoe, str]]:
    """Give a simulated Poe by the real clock, with 900 points spent an hour ago, and its address."""
    at = microseconds(datetime.now(UTC) - timedelta(hours=1))
    row = Row(creation_time=at, query_id="q", bot_name="Claude-Opus-4.1", cost_points=900)
    simulated = SimulatedPoe([row], keys=[KEY])
    with simulated.serve() as url:
        yield simulated, url


def test_a_simulated_day() -> None:
    """The demo says how thinned its month is, draws what is told, and ends well with the totals equal."""
    ended = demo("--days", "1")
    said = ended.stdout
    assert ended.returncode == 0, said
    assert "thinned: 7,431 of 743,140 requests, 1 in 100" in said
    # The first message is the welcome, the second a digest; the third tells the first crossing.
    for this, other in (("─ Slack ─", "─ Mail: "), ("─ Mail: ", "─ Slack ─")):
        assert "24-hour budget “Runaway script” is used" in said.split(this)[3].split(other)[0], said
    assert "25 ticks counted" in said
    assert "as many as in the history" in said
    for secret in ("simulated-key", "loopback-webhook", "/services/"):
        assert secret not in said


def test_a_tick_against_the_api(poe: tuple[SimulatedPoe, str], tmp_path: Path) -> None:
    """With a key the demo asks the API once, tells Slack, and says where the budgets stand."""
    simulated, url = poe
    slack, budgets = SlackReceiver(), tmp_path / "budgets.toml"
    budgets.write_text(BUDGETS, encoding="utf-8")
    with slack.serve() as webhook:
        ended = demo("--budgets", str(budgets), POE_API_KEY=KEY, POE_API_URL=url, SLACK_WEBHOOK_URL=webhook)
    assert ended.returncode == 0, ended.stdout
    assert "90 % of “Everything”: 900 of 1,000 points" in ended.stdout
    assert "900 points in 1 entries" in ended.stdout
    assert len(slack.payloads) == 1
    assert {request.authorized for request in simulated.requests} == {True}
    assert KEY not in ended.stdout
    assert "loopback-webhook" not in ended.stdout


def test_a_refused_key(poe: tuple[SimulatedPoe, str]) -> None:
    """A key that Poe refuses ends the demo with status 1 and words about the key, without the key."""
    simulated, url = poe
    simulated.keys = {"another"}
    ended = demo(POE_API_KEY=KEY, POE_API_URL=url)
    assert ended.returncode == 1
    assert "The tick failed: " in ended.stdout
    assert "Traceback" not in ended.stdout
    assert KEY not in ended.stdout


@pytest.mark.parametrize("arguments", [("--days", "0"), ("--days", "23"), ("--budgets", "missing.toml")])
def test_wrong_arguments(arguments: tuple[str, str]) -> None:
    """Days outside the month and a config that cannot be read are wrong use: status 2."""
    ended = demo(*arguments)
    assert ended.returncode == 2
    assert f"argument {arguments[0]}" in ended.stdout

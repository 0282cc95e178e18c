"""What a stack of this release leaves behind, recorded: `python -m lab.record_release`, once at each release.

Two accounts are monitored for some simulated days by the real function, through its own handler, between
stand-ins of Poe, Slack and AWS. At the end there is something of everything that an upgrade could lose:
alerts that were sent, and some that wait for a Slack that refuses, a budget that is snoozed, a key that is
refused, a gap that is open. Beside the table stand the templates, the config, the secret and Poe's history.

It records the release whose function Python finds: with another one's `handler` first in PYTHONPATH, that.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import msgspec

import budget_alert
from budget_alert import wiring
from budget_alert.app import lambda_handler
from budget_alert.errors import BudgetAlertError
from standins.local_aws import local_aws
from standins.poe_store import PoeAccount, Row, microseconds
from standins.simulated_poe import SimulatedPoe, SimulatedPoes
from standins.slack_receiver import SERVER_ERROR, SlackReceiver
from standins.ticking import SimulatedClock

RELEASE = Path(budget_alert.__file__ or "").parents[2]
RELEASES = Path(__file__).parents[2] / "tests" / "e2e"
WEBHOOK = "https://hooks.slack.com/services/T0000/B0000/recorded"
"""Stands in the recorded secret, in place of the stand-in's address."""
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
"""Hours count from the first use on: here to the first tick, a key's end, Slack's end and the last tick."""
BEGIN, REFUSED, SILENT, END = (FIRST + hours * HOUR + timedelta(minutes=10) for hours in (24, 68, 80, 82))
SECONDS, OF_A_PAGE = 300.0, 10.0
"""How long an invocation may take, and how long a page of Poe's takes on the same simulated clock."""
SHORT = 40.0
"""Time for one page of the first account."""
CONFIG = """\
timezone = "Asia/Kolkata"

[[budget]]
name = "Day"
points = 1_000
period = "day"
alert_at = ["50%", "100%"]

[[budget]]
name = "Rolling"
points = 1_200
period = "24h"
alert_at = ["100%"]

[[budget]]
name = "All of us"
points = 2_000
period = "day"
alert_at = ["50%", "100%"]
forecast_at = ["100%"]
together = true

[[budget]]
name = "Month"
points = 5_000
period = "month"
alert_at = ["50%", "80%"]
together = true
snooze_until = 2026-11-08

[[spike]]
name = "Burst"
window = "1h"
times = 4
at_least = 300

[[query]]
name = "Costly"
points = 400

[[balance]]
name = "Nearly dry"
below = 4_000

[digest]
every = "day"
at = "09:00"
"""


Use = tuple[int, str, int]
"""When, in microseconds since 1970; the query's id; points."""


class Recorded(msgspec.Struct, frozen=True):
    """What was used by the last tick, account by account."""

    at: datetime
    used: Mapping[str, list[Use]]


def main() -> None:
    """Record the release into a folder of its own, beside the end-to-end tests."""
    version = tomllib.loads((RELEASE / "pyproject.toml").read_text())["project"]["version"]
    folder = RELEASES / f"release-{version}"
    folder.mkdir(exist_ok=True)
    for name in ("template.yaml", "infra/observability.yaml"):
        (folder / Path(name).name).write_bytes((RELEASE / name).read_bytes())
    used = {name: _used(name) for name in ("production", "research")}
    keys = {name: f"recorded-key-of-{name}" for name in used}
    _write(folder / "table.jsonl", *monitored(used, keys))
    _write(folder / "history.json", Recorded(END, used))
    _write(folder / "secret.json", {"accounts": keys, "slack_webhook_url": WEBHOOK})
    (folder / "budgets.toml").write_text(CONFIG)


def poe(used: Iterable[Use], key: str) -> SimulatedPoe:
    """Give the Poe of an account that has used this."""
    rows = [Row(creation_time=at, query_id=query, cost_points=points) for at, query, points in used]
    return SimulatedPoe(rows, keys=[key], account=PoeAccount(points=5_000))


def monitored(used: Mapping[str, list[Use]], keys: Mapping[str, str]) -> list[dict[str, Any]]:
    """Monitor accounts until END, and give all items of the table."""
    clock, slack = SimulatedClock(BEGIN), SlackReceiver()
    poes = SimulatedPoes({key: poe(used[name], key) for name, key in keys.items()})
    for one in poes.accounts.values():
        one.clock = clock

    def spent() -> float:
        return sum(len(one.requests) for one in poes.accounts.values()) * OF_A_PAGE

    until = 0.0
    context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: round((until - spent()) * 1000))
    with ExitStack() as stack:
        poe_url, webhook = stack.enter_context(poes.serve()), stack.enter_context(slack.serve())
        secret: Any = {"accounts": keys, "slack_webhook_url": webhook}
        stack.enter_context(local_aws(secret=secret, budgets=CONFIG, poe_url=poe_url))
        ours = {"INTERVAL_MINUTES": "60", "POWERTOOLS_METRICS_DISABLED": "true"}
        stack.enter_context(patch.dict("os.environ", ours))
        stack.callback(wiring.log.setLevel, wiring.log.log_level)
        wiring.log.setLevel("CRITICAL")
        # The handler itself always goes by the real clock, in every release.
        stack.enter_context(patch.object(wiring, "datetime", SimpleNamespace(now=lambda _: clock.now)))
        while clock.now <= END:
            if clock.now >= REFUSED:
                poes.accounts[keys["research"]].keys.clear()
            if clock.now >= SILENT:
                slack.replies.always(SERVER_ERROR)
            until = spent() + (SHORT if clock.now == END else SECONDS)
            with suppress(BudgetAlertError):
                lambda_handler({}, context)
            clock.now += HOUR
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName="ledger")
        return [item for page in pages for item in page["Items"]]


def _used(account: str) -> list[Use]:
    """Give what an account uses: a little every four hours, and then some."""
    hours = {4.0 * number: 40 for number in range(21)}
    if account == "production":
        # A costly query in a burst, another one when Slack is silent, and in the end more than a page.
        hours |= {36.1: 450, 36.4: 200, 79.5: 700} | {81.4 + number / 200: 5 for number in range(120)}
    else:
        hours |= {52.5: 300, 53.5: 300, 54.5: 300, 55.5: 300, 78.7: 90}
    at = {microseconds(FIRST + hour * HOUR): points for hour, points in hours.items()}
    return [
        (created, f"{account[0]}{created // 1_000_000}", points) for created, points in sorted(at.items())
    ]


def _write(file: Path, *lines: object) -> None:
    """Write values as JSON, one a line."""
    file.write_text("".join(f"{json.dumps(msgspec.to_builtins(one), sort_keys=True)}\n" for one in lines))


if __name__ == "__main__":
    main()

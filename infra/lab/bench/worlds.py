"""Deployments to measure: a ledger with history, two typical configs, and the environment of a function."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lab.bench.endpoint import Deployment, Running, running
from lab.bench.usage import Account

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
DAYS = 60
"""Of history that the ledger of a typical deployment holds."""
SETTLING_TICKS = 3
TEMPLATE_CONFIG = """timezone = "UTC"

[[budget]]
name = "Everything"
points = 1000000
period = "month"
alert_at = ["50%", "80%", "100%"]
"""
"""What the template puts in force until its user writes a config."""
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "bench",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_FUNCTION_NAME": "watch",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:watch",
    "BUDGETS_PARAMETER": "/watch/budgets",
    "DEFAULT_BUDGETS": TEMPLATE_CONFIG,
    "SETTLE_MINUTES": "60",
    "POWERTOOLS_SERVICE_NAME": "watch",
    "PYTHONTZPATH": "",
    "PYTHONHASHSEED": "0",
}


class Ticked(msgspec.Struct, frozen=True):
    """What a process that ran ticks measured: seconds of CPU of each, the last answer, its peak memory."""

    seconds: tuple[float, ...]
    answer: dict[str, object]
    peak_bytes: int


def example_config() -> str:
    """Give the commented example, its limits so high that the made-up usage crosses none."""
    text = (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")
    return text.replace("below = 100_000", "below = 1").replace("0_000", "0_000_000_000")


def environment(endpoint: Running, *paths: Path) -> dict[str, str]:
    """Give the environment of a function: its modules are in `paths`, AWS and Poe at an endpoint."""
    return _ENVIRONMENT | {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.devnull,
        "AWS_ENDPOINT_URL": endpoint.address,
        "POE_API_URL": endpoint.address,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
    }


def account(now: datetime, *, per_slot: int = 4, bots: int = 5, rows: int | None = None) -> Account:
    """Give an account whose newest row is a minute old."""
    return Account(newest=now - timedelta(minutes=1), per_slot=per_slot, bots=bots, rows=rows)


@contextmanager
def settled(config: str, days: int = DAYS) -> Iterator[Running]:
    """Run a deployment that has told its welcome and counted all there is; writes change it no more."""
    now = datetime.now(UTC)
    one = account(now)
    with running(Deployment(config=config, account=one, days=days)) as endpoint:
        ticked(endpoint, now, SETTLING_TICKS)
        endpoint.freeze()
        endpoint.calls()
        yield endpoint


def ticked(endpoint: Running, now: datetime, times: int = 1) -> Ticked:
    """Run ticks in a process of their own, all at the instant `now`; raises where one fails."""
    paths = ROOT / "handler", ROOT / "infra"
    asked = [sys.executable, "-m", "lab.bench.ticks", now.isoformat(), str(times)]
    done = subprocess.run(  # noqa: S603 - our own module
        asked, env=environment(endpoint, *paths), stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Ticked)

"""The command line as a user runs it, and the Poe that it meets."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import msgspec
from click.testing import CliRunner

from budget_alert import wiring
from poe_budget.cli.app import main
from poe_budget.past.saved import load
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.support.aws import LocalAws
from tests.support.tools import ROOT

R = TypeVar("R")
KEY = "poe-key-that-nobody-may-see"
OUTSIDE = ("POE_", "SLACK_", "AWS_")
FOREIGN = {"AWS_PROFILE": "of-somebody-else", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "COLUMNS": "120"}
"""What could lead the demo's AWS, which is within its process, astray, and a width for its panels."""
PROGRAM = [sys.executable, "-m", "poe_budget.cli.app"]
PATH = os.pathsep.join(str(ROOT / folder) for folder in ("handler", "infra"))


class Ended(msgspec.Struct, frozen=True):
    """How a command ended: its exit status, and what it printed on stdout and on stderr."""

    status: int
    out: str
    err: str

    def report(self, kind: type[R]) -> R:
        """Read the report that it printed for programs."""
        return msgspec.json.decode(self.out, type=kind, strict=True)


def run(*arguments: object, **environ: str) -> Ended:
    """Run a command with this said of Poe, Slack, AWS and proxies around it; its output holds no key."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OUTSIDE) and not name.lower().endswith("_proxy")
    }
    out, err = StringIO(), StringIO()
    with ExitStack() as stack:
        # The demo makes the function's log quiet, for good in a process of its own.
        stack.callback(wiring.log.setLevel, wiring.log.log_level)
        stack.enter_context(patch.dict(os.environ, {**kept, **environ}, clear=True))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        status = main([str(each) for each in arguments])
    ended = Ended(status, out.getvalue(), err.getvalue())
    assert KEY not in ended.out + ended.err
    return ended


def answered(typed: str, *arguments: object, **environ: str) -> Ended:
    """Run a command as a person who types these answers."""
    with (
        CliRunner().isolation(input=typed, env=environ) as (out, err, _),
        patch("poe_budget.cli.deploy.is_answered", lambda: True),
        patch("poe_budget.cli.destroy.is_answered", lambda: True),
    ):
        status = main([str(each) for each in arguments])
    return Ended(status, out.getvalue().decode(), err.getvalue().decode())


def start(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, as its script does."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, "PYTHONPATH": PATH, **environ},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


class Transcript:
    """What commands print, one after the other, for the eye; the names of files without their folder."""

    def __init__(self, folder: Path) -> None:
        self.text = ""
        self._folder = f"{folder}/"

    def add(self, command: str, ended: Ended) -> Ended:
        """Add how a command ended."""
        errors = "".join(f"2> {line}\n" for line in ended.err.splitlines())
        status = f"[exit {ended.status}]\n" if ended.status else ""
        out = "".join(f"{line.rstrip()}\n" for line in ended.out.splitlines())
        if out.startswith("{"):
            read = json.loads(out, parse_float=lambda digits: round(float(digits), 4))
            out = json.dumps(read, indent=1, ensure_ascii=False) + "\n"
        whole = f"$ poe-budget {command}\n{out}{errors}{status}\n"
        # What is wrong with a text that is no TOML is said in Python's own words.
        self.text += re.sub(r'TOML \("[^)]*"\)', 'TOML ("…")', whole.replace(self._folder, ""))
        return ended

    def shows(self, *arguments: object, **environ: str) -> Ended:
        """Run a command and add how it ended."""
        return self.add(" ".join(map(str, arguments)), run(*arguments, **environ))


def one_line(ended: Ended) -> str:
    """Give the line that a command failed with: nothing else was printed."""
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    return line


@contextmanager
def served(poe: SimulatedPoe) -> Iterator[dict[str, str]]:
    """Serve a Poe, and give the environment that leads a command there."""
    with poe.serve() as url:
        yield {"POE_API_KEY": KEY, "POE_API_URL": url}


def spent(hours_ago: float, points: int, **more: Any) -> Row:
    """Give a row of the history, its query id made of its age."""
    created = microseconds(datetime.now(UTC) - timedelta(hours=hours_ago))
    return Row(creation_time=created, query_id=f"q{hours_ago}", cost_points=points, **more)


def hourly(count: int = 600, points: int = 10) -> SimulatedPoe:
    """Give a Poe with one row an hour."""
    return SimulatedPoe([spent(number + 0.5, points) for number in range(count)], keys=[KEY])


class LocalStack:
    """A stack that a local AWS has deployed, its outputs references of resources, and what a user says."""

    def __init__(self, aws: LocalAws, name: str, resources: Mapping[str, Any], **outputs: str) -> None:
        self.name = name
        self.aws = aws
        template = {"Resources": resources}
        if outputs:
            template["Outputs"] = {key: {"Value": {"Ref": resource}} for key, resource in outputs.items()}
        client = aws.client("cloudformation")
        client.create_stack(
            StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"]
        )
        client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        (made,) = client.describe_stacks(StackName=name)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in made.get("Outputs", [])}

    def run(self, command: str, *arguments: object) -> Ended:
        """Run a command on the stack."""
        return run(command, *arguments, "--stack", self.name, **self.aws.environment)


def points(file: Path) -> int:
    """Give all points of a saved history."""
    return sum(totals.points for totals in load(file).slots.values())

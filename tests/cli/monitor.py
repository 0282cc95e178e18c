"""A deployment in one process, as the commands that look after a stack meet it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import boto3
import msgspec

from budget_alert import wiring
from budget_alert.alerts import ChannelTest, Severity
from budget_alert.errors import BudgetAlertError
from budget_alert.rounds import run as run_all
from budget_alert.settings import settings_from
from poe_budget.function import Deployed, Invoked, Tick
from poe_budget.stack import Stack
from poe_budget.versions import OWN
from tests.cli.running import Ended, R, Transcript, run
from tests.support.world import ENVIRONMENT, World, deployment

NAME = "watch"
AWS = {name: value for name, value in ENVIRONMENT.items() if name.startswith("AWS_")}
MINUTE = timedelta(minutes=1)


class MonitorFunction(Deployed):
    """The function of a world, whose invocation is a tick right here."""

    def __init__(self, world: World) -> None:
        outputs = {"FunctionName": "watch", "LogGroupName": "/aws/lambda/watch", "Version": OWN}
        super().__init__(Stack(NAME, outputs, boto3.Session()), settings_from(os.environ), 240)
        self._environ = dict(os.environ)
        self._world = world

    def invoke(self, event: Mapping[str, str]) -> Invoked:
        """Tick now, in the environment that the function has and the command has not."""
        asked = event.get("test_alert")
        # What the function prints goes into its log, and not among what the command prints.
        with (
            redirect_stdout(StringIO()),
            patch.dict(os.environ, self._environ),
            wiring.tools(lambda: 60, lambda: self._world.now) as tools,
        ):
            try:
                answer = run_all(tools, ChannelTest(Severity(asked)) if asked else None)
            except BudgetAlertError as error:
                return Invoked(error=f"{type(error).__name__}: {error}")
        return Invoked(tick=msgspec.convert(answer, Tick))


class Monitor:
    """A stack, its world, and what a user says to it."""

    def __init__(self, world: World, function: MonitorFunction, folder: Path, transcript: Transcript) -> None:
        self.world = world
        self.function = function
        self._folder = folder
        self._transcript = transcript

    def run(self, command: str, *arguments: object, **environ: str) -> Ended:
        """Run a command on the stack, at the world's present."""
        return run(command, *arguments, "--stack", NAME, **AWS, **environ)

    def shows(self, command: str, *arguments: object, **environ: str) -> Ended:
        """Run a command on the stack, and add how it ended to the transcript."""
        around = "".join(f"{name}=… " for name in environ)
        words = " ".join(map(str, [command, *arguments]))
        return self._transcript.add(f"{around}{words}", self.run(command, *arguments, **environ))

    def report(self, kind: type[R], command: str, *arguments: object, **environ: str) -> R:
        """Run a command that ends well, and read the report that it prints for programs."""
        ended = self.run(command, *arguments, "--json", **environ)
        assert ended.status == 0, ended
        return ended.report(kind)

    def config(self, text: str, name: str = "budgets.toml") -> Path:
        """Write a config into a file."""
        file = self._folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def tick(self, *spent: int) -> None:
        """Let five minutes pass, these points be spent in the last of them, and the function tick."""
        self.world.later(minutes=5)
        for points in spent:
            self.world.spend(points, self.world.now - MINUTE)
        self.world.tick()

    def newest(self) -> str:
        """Return the config that the parameter holds."""
        return str(self.world.ssm.get_parameter(Name="/watch/budgets")["Parameter"]["Value"])


@contextmanager
def monitored(folder: Path, transcript: Transcript) -> Iterator[Monitor]:
    """Run a stack for as long as the context lasts."""
    with deployment() as world:
        function = MonitorFunction(world)
        with (
            patch("poe_budget.function.deployed", {NAME: function}.__getitem__),
            patch("poe_budget.snapshot.now", lambda: world.now),
            patch("poe_budget.cli.status.now", lambda: world.now),
            patch("poe_budget.cli.explain.now", lambda: world.now),
        ):
            yield Monitor(world, function, folder, transcript)

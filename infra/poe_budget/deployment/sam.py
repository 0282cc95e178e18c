"""AWS's own SAM CLI: where it is found, and how it is run."""

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from budget_alert.messages.wording import clean
from poe_budget.errors import SECRETS, OpsError

VERSION = "1.170.0"
_SPEC = f"aws-sam-cli=={VERSION}"
_INSTALL = (
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html"
)
_PYTHON = ("python3.13", "-m", "pip", "--version")
_DOCKER = ("docker", "info")
_PROPOSE = (
    *("--resolve-s3", "--no-execute-changeset", "--no-confirm-changeset", "--no-fail-on-empty-changeset"),
    *("--no-progressbar", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
)
_CHANGE_SET = re.compile(r"arn:\S+:changeSet/\S+")
_LONGEST = 600
_USAGE = 2
"""The exit status of a command line that is not understood."""


class Done(msgspec.Struct, frozen=True):
    """How a program ended: its exit status, and what it printed."""

    status: int
    text: str


Run = Callable[[Sequence[str], Path | None], Done]
"""Runs a program, in a folder."""


class _Way(msgspec.Struct, frozen=True):
    """A program that is or runs the SAM CLI; beside some of them a Python is put that builds the function."""

    program: str
    before: tuple[str, ...] = ()
    brings_python: bool = False


# The CLI pins what this program uses in other versions: so it is run in an environment of its own.
_WAYS = (
    _Way("sam"),
    _Way("uvx", ("--python", "3.13", "--with", "pip", "--from", _SPEC, "sam"), brings_python=True),
    _Way("pipx", ("run", "--spec", _SPEC, "sam")),
)


class Sam:
    """The SAM CLI; `container` lets it build in one of Docker's."""

    def __init__(self, command: Sequence[str], run: "Run", *, container: bool = False) -> None:
        self.command = tuple(command)
        self.container = container
        self._run = run

    def build(self, folder: Path) -> None:
        """Build what is laid out in a folder; raises OpsError."""
        self._done(["build", "--parallel", *(["--use-container"] if self.container else [])], folder)

    def propose(self, folder: Path, stack: str, region: str, values: Mapping[str, str]) -> str | None:
        """Make a change set of what was built, and give its ARN; None where nothing changes.

        Raises OpsError. No value stands on a command line, where every user of the machine could read it.
        """
        file = folder / "parameters.yaml"
        try:
            file.touch(mode=0o600)
            # JSON is YAML.
            file.write_bytes(msgspec.json.encode(values))
            given = ["--parameter-overrides", f"file://{file}"] if values else []
            text = self._done(
                ["deploy", "--stack-name", stack, "--region", region, *_PROPOSE, *given], folder
            )
        finally:
            file.unlink(missing_ok=True)
        found = _CHANGE_SET.search(text)
        return found[0] if found else None

    def _done(self, arguments: Sequence[str], folder: Path) -> str:
        done = self._run([*self.command, *arguments], folder)
        if done.status != 0:
            _, error, reason = done.text.rpartition("Error: ")
            said = clean(" ".join((reason if error else done.text).split()))[-_LONGEST:]
            # An older one may not know an option, or that parameters can stand in a file.
            advice = f"; upgrade the SAM CLI, of which {VERSION} is tested" if done.status == _USAGE else ""
            raise OpsError(f"`sam {arguments[0]}` failed: {said}{advice}")
        return done.text


def find(which: Callable[[str], str | None], run: Run) -> Sam:
    """Find a SAM CLI that can build here; raises OpsError, which says what to install."""
    ways = [each for each in _WAYS if which(each.program)]
    if not ways:
        uv = "or uv (https://docs.astral.sh/uv/), which then fetches it"
        raise OpsError(f"the SAM CLI is not on the PATH: install it ({_INSTALL}), {uv}")
    has_make = which("make") is not None
    for way in ways:
        if has_make and (way.brings_python or _works(_PYTHON, which, run)):
            return Sam([way.program, *way.before], run)
        if _works(_DOCKER, which, run):
            return Sam([way.program, *way.before], run, container=True)
    lacks = "make" if not has_make else "Python 3.13 with pip on the PATH as python3.13"
    raise OpsError(f"the function cannot be built here: install {lacks}, or start Docker")


def run(command: Sequence[str], folder: Path | None = None) -> Done:
    """Run a program, and take what it prints; secrets of the environment are kept from it."""
    environ = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environ.setdefault("SAM_CLI_TELEMETRY", "0")
    ended = subprocess.run(  # noqa: S603 - names and paths of this program alone
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Done(ended.returncode, ended.stdout)


def _works(command: Sequence[str], which: Callable[[str], str | None], run: Run) -> bool:
    return which(command[0]) is not None and run(command, None).status == 0

"""AWS's own SAM CLI: where it is found, how it is run, and what is laid out for it."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

import budget_alert
from budget_alert.messages.wording import clean
from poe_budget.errors import SECRETS, OpsError

_PACKED = Path(__file__).with_name("files")
"""In a wheel they lie here, in a clone where they are written."""
ROOT = _PACKED if _PACKED.is_dir() else Path(__file__).parents[3]
FILES = ("template.yaml", "infra/observability.yaml", "handler/Makefile", "handler/requirements.txt")
"""Pyproject puts the same into the wheel."""
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


# The CLI pins what this program uses in other versions: so it is run in an environment of its own.
_WAYS = {
    "sam": (),
    "uvx": ("--python", "3.13", "--with", "pip", "--from", _SPEC, "sam"),
    "pipx": ("run", "--spec", _SPEC, "sam"),
}
"""Programs that are or run the SAM CLI; beside it `uvx` puts a Python, which builds the function."""


class Sam(msgspec.Struct, frozen=True):
    """The SAM CLI; `container` lets it build in one of Docker's."""

    command: tuple[str, ...]
    container: bool = False

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
        done = run([*self.command, *arguments], folder)
        if done.returncode != 0:
            _, error, reason = done.stdout.rpartition("Error: ")
            said = clean(" ".join((reason if error else done.stdout).split()))[-_LONGEST:]
            # An older one may not know an option, or that parameters can stand in a file.
            is_old = done.returncode == _USAGE
            advice = f"; upgrade the SAM CLI, of which {VERSION} is tested" if is_old else ""
            raise OpsError(f"`sam {arguments[0]}` failed: {said}{advice}")
        return done.stdout


def lay_out(folder: Path) -> None:
    """Copy the templates, the function and how it is built into an empty folder."""
    for name in FILES:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    source = Path(budget_alert.__file__).parent
    shutil.copytree(source, folder / "handler" / source.name, ignore=shutil.ignore_patterns("__pycache__"))


def find() -> Sam:
    """Find a SAM CLI that can build here; raises OpsError, which says what to install."""
    ways = [each for each in _WAYS if shutil.which(each)]
    if not ways:
        uv = "or uv (https://docs.astral.sh/uv/), which then fetches it"
        raise OpsError(f"the SAM CLI is not on the PATH: install it ({_INSTALL}), {uv}")
    has_make = shutil.which("make") is not None
    for way in ways:
        if has_make and (way == "uvx" or _works(_PYTHON)):
            return Sam((way, *_WAYS[way]))
        if _works(_DOCKER):
            return Sam((way, *_WAYS[way]), container=True)
    lacks = "make" if not has_make else "Python 3.13 with pip on the PATH as python3.13"
    raise OpsError(f"the function cannot be built here: install {lacks}, or start Docker")


def run(command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program, and take what it prints; secrets of the environment are kept from it."""
    environ = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environ.setdefault("SAM_CLI_TELEMETRY", "0")
    return subprocess.run(  # noqa: S603 - names and paths of this program alone
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


def _works(command: Sequence[str]) -> bool:
    return shutil.which(command[0]) is not None and run(command).returncode == 0

"""Where the tools are that `make -C infra tools` puts on this machine, and what happens without one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CACHE = ROOT / ".cache"


def sam() -> Path:
    """Return the SAM CLI; beside it stands the Python that builds the function."""
    return _installed(_CACHE / "sam" / "bin" / "sam", "the SAM CLI, which needs Python 3.13")


def aws_server() -> Path:
    """Return the local AWS server; it needs openssl for its certificate."""
    command("openssl")
    return _installed(_CACHE / "aws" / "bin" / "ministack", "the local AWS server, which needs Python 3.13")


def dynamodb() -> Path:
    """Return the folder of DynamoDB Local; it is started with Java."""
    command("java")
    folder = _CACHE / "dynamodb" / "package" / "emulator"
    return _installed(folder, "DynamoDB Local, which needs npm")


def environment(folder: Path) -> Path:
    """Make an empty virtual environment there, and return the folder of its commands."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin"


def install(into: Path, what: str) -> None:
    """Install into an environment what pip would take: with uv in seconds, or as the Makefile with pip."""
    uv, python = _CACHE / "uv" / "bin" / "uv", str(into / "python")
    quick = [str(uv), "pip", "install", "--quiet", "--python", python, what]
    if not uv.exists() or subprocess.run(quick, capture_output=True, check=False).returncode:
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", what]
        subprocess.run(pip, check=True)


def command(name: str) -> Path:
    """Return a command of this machine."""
    return _installed(Path(shutil.which(name) or name), name)


def _installed(tool: Path, name: str) -> Path:
    if not tool.exists():
        _go_without(f"This machine lacks {name}; `make -C infra tools` installs what it can.")
    return tool


def _go_without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} With CI=true nothing is skipped.")
    pytest.skip(reason)

"""Where the SAM CLI is found, what it is asked, and what it is not told."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from poe_budget.deployment import sam
from poe_budget.deployment.sam import Sam, find
from poe_budget.errors import OpsError
from tests.cli.deployment.fakes import done
from tests.cli.running import KEY
from tests.support.tools import ROOT

UVX = "uvx --python 3.13 --with pip --from aws-sam-cli==1.170.0 sam"
PIPX = "pipx run --spec aws-sam-cli==1.170.0 sam"
DOCKER = "in Docker"
ALL = {"sam", "uvx", "pipx", "make", "python3.13", "docker"}


@pytest.mark.parametrize(
    ("there", "works", "command"),
    [
        (ALL, ALL, "sam"),
        (ALL, {"docker"}, f"sam {DOCKER}"),
        ({"sam", "uvx", "make", "python3.13"}, set(), UVX),
        ({"uvx", "make"}, set(), UVX),
        ({"uvx", "pipx", "docker"}, {"docker"}, f"{UVX} {DOCKER}"),
        ({"pipx", "make", "python3.13"}, {"python3.13"}, PIPX),
        ({"sam", "pipx", "docker"}, {"docker"}, f"sam {DOCKER}"),
    ],
)
def test_the_sam_cli_is_taken_from_where_it_can_build(
    monkeypatch: pytest.MonkeyPatch, there: set[str], works: set[str], command: str
) -> None:
    """First the one on the PATH, then uvx, which brings a Python, then pipx; each in Docker if it must.

    A program that stands on the PATH and does not start, such as a shim of pyenv, counts for nothing.
    """
    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    monkeypatch.setattr(sam, "run", lambda asked: done(0 if asked[0] in works else 1))
    found = find()
    assert " ".join([*found.command, *([DOCKER] if found.container else [])]) == command


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (set(), "the SAM CLI is not on the PATH: install it (https://docs.aws.amazon.com/"),
        ({"sam", "make"}, "install Python 3.13 with pip on the PATH as python3.13, or start Docker"),
        ({"uvx"}, "install make, or start Docker"),
    ],
)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, there: set[str], words: str) -> None:
    """The line says what to install."""
    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    monkeypatch.setattr(sam, "run", lambda _: done(1))
    with pytest.raises(OpsError, match=re.escape(words)):
        find()


def test_the_version_is_the_one_that_the_tests_install() -> None:
    """What is fetched is what the Makefile pins and the page names as tested."""
    assert f"SAM := aws-sam-cli=={sam.VERSION}" in (ROOT / "infra" / "Makefile").read_text("utf-8")
    assert f"(tested with {sam.VERSION})" in (ROOT / "infra" / "docs" / "deploy.md").read_text("utf-8")


def test_a_sam_cli_that_is_too_old_is_to_be_upgraded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where it does not understand its command line, the line says which one does; no parameters are left."""
    refusal = "Usage: sam deploy\n\nError: Invalid value for '--parameter-overrides'"
    monkeypatch.setattr(sam, "run", lambda _asked, _folder: done(2, refusal))
    with pytest.raises(OpsError, match=r"'--parameter-overrides'; upgrade the SAM CLI, of which 1\."):
        Sam(("sam",)).propose(tmp_path, "watch", "eu-west-1", {"PoeApiKey": KEY})
    assert list(tmp_path.iterdir()) == []


def test_a_program_gets_no_secret_and_sends_no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever builds needs no key; what a program prints on either stream is taken together."""
    monkeypatch.setenv("POE_API_KEY", KEY)
    monkeypatch.delenv("SAM_CLI_TELEMETRY", raising=False)
    code = "import os, sys; print(dict(os.environ)); print('to stderr', file=sys.stderr); sys.exit(3)"
    ended = sam.run([sys.executable, "-c", code])
    assert ended.returncode == 3
    assert "'SAM_CLI_TELEMETRY': '0'" in ended.stdout
    assert "to stderr" in ended.stdout
    assert KEY not in ended.stdout
    assert os.environ["POE_API_KEY"] == KEY


def test_the_wheel_carries_what_is_laid_out() -> None:
    """Each file has its place in the package, so that no clone is needed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    files = {name: f"poe_budget/deployment/files/{name}" for name in sam.FILES}
    assert included.items() >= files.items()

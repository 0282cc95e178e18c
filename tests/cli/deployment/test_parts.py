"""The parts of a deployment by themselves: its parameters, what is laid out, and how the SAM CLI is run."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from poe_budget.cli.answers import guessed
from poe_budget.deployment import parameters, sam
from poe_budget.deployment.sam import FILES, Sam, find, lay_out
from poe_budget.errors import OpsError, WrongUseError
from tests.cli.deployment.fakes import done
from tests.cli.running import KEY
from tests.stack.deployed import source
from tests.support.sam import SOURCE
from tests.support.tools import ROOT


def test_what_is_laid_out_is_the_function_and_its_templates(tmp_path: Path) -> None:
    """Every file of the function is there, and no bytecode of this machine."""
    lay_out(tmp_path)
    made = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    shipped = {
        f"handler/budget_alert/{each.relative_to(SOURCE)}"
        for each in SOURCE.rglob("*.*")
        if "__pycache__" not in each.parts
    }
    assert made == {*FILES, *shipped}


def test_the_templates_parameters_are_known() -> None:
    """Each is read with what it allows, and its default is allowed."""
    known = parameters.declared()
    assert set(known) == set(source()["Parameters"])
    assert [name for name, one in known.items() if one.fault(str(one.default))] == []


@pytest.mark.parametrize(
    "text", ["- a list", "Key: [1]", "Key: {a: b}", "a: b: c", "'", "", "Key: 1.5\n", "\ufffe"]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    """What is no mapping of names to plain values is named, and nothing of it shown."""
    file = tmp_path / "file"
    file.write_text(text)
    with pytest.raises(WrongUseError, match="is no mapping of parameters") as raised:
        parameters.from_file(file)
    assert raised.value.__context__ is None


def test_values_are_spelled_as_the_template_wants_them(tmp_path: Path) -> None:
    """YAML's truth, numbers and nothing become text; JSON is YAML."""
    file = tmp_path / "file"
    file.write_text('{"FanOut": true, "IntervalMinutes": 5, "AlertEmail": null}')
    assert parameters.from_file(file) == {"FanOut": "true", "IntervalMinutes": "5", "AlertEmail": ""}


def test_a_secret_can_be_emptied_on_the_command_line() -> None:
    """An empty value is no secret, and moves a stack to a secret of one's own."""
    assert parameters.from_options(["PoeApiKey="]) == {"PoeApiKey": ""}


def test_the_zone_of_the_machine(tmp_path: Path) -> None:
    """TZ goes first, then where the link leads, then the file; what is no zone counts for nothing."""
    link, file = tmp_path / "localtime", tmp_path / "timezone"
    assert guessed({}, link, file) == "UTC"
    file.write_text("Europe/Berlin\n")
    assert guessed({}, link, file) == "Europe/Berlin"
    link.symlink_to("/usr/share/zoneinfo/Europe/London")
    assert guessed({"TZ": "EST5EDT,M3.2.0"}, link, file) == "Europe/London"
    assert guessed({"TZ": ":Asia/Tokyo"}, link, file) == "Asia/Tokyo"


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

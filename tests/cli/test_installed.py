"""What people install: the wheel in an empty environment, outside of the repository."""

import os
import re
import subprocess
import sys
import tomllib
from email import message_from_bytes
from importlib.metadata import requires, version
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest
import yaml
from packaging.requirements import Requirement

from budget_alert import __version__
from poe_budget.cli.demo import with_extra
from tests.cli.running import FOREIGN, OUTSIDE
from tests.support import tools

pytestmark = pytest.mark.xdist_group("installed")

PINS = (tools.ROOT / "handler" / "requirements.txt").read_text(encoding="utf-8")
PINNED = dict(re.findall(r"^([\w.-]+)==(\S+) ", PINS, re.MULTILINE))
PROJECT = tomllib.loads((tools.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUDGETS = tools.ROOT / "infra" / "budgets.toml"
ENTRIES = 1100
"""The newest of the sample, more than a week of them: a suggestion is quick on few."""


class Installed(msgspec.Struct, frozen=True):
    """A wheel, the environment in which it is installed, and the folder where it is run."""

    wheel: Path
    bin: Path
    folder: Path

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run the program as its user does, and return what it printed."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith((*OUTSIDE, "PYTHON"))
        }
        ended = subprocess.run(
            [self.bin / "poe-budget", *arguments],
            cwd=self.folder,
            env={**kept, **FOREIGN},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == status, ended
        return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the wheel, built once for all."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=tools.ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Give the program, installed without any extra."""
    folder = tmp_path_factory.mktemp("installed")
    there = tools.environment(folder / "environment")
    tools.install(there, str(wheel))
    return Installed(wheel, there, folder)


def test_the_wheel_holds_what_people_use(wheel: Path) -> None:
    """The function, the command line, its stand-ins and their data; no laboratory and no tests."""
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        said = message_from_bytes(archive.read(metadata))
    tops = {name.split("/")[0] for name in names}
    assert tops == {"budget_alert", "poe_budget", "standins", metadata.split("/")[0]}
    assert said["Version"] == __version__


def test_the_first_steps_work_wherever_it_is_installed(installed: Installed) -> None:
    """Version, sample, check, report, suggestion and preview need nothing but what the wheel asks for."""
    folder = installed.folder
    assert installed.run("--version") == f"poe-budget {__version__}\n"
    installed.run("save", "--sample", "history.jsonl")
    _shorten(folder / "history.jsonl")
    assert "is in order" in installed.run("check", str(BUDGETS))
    installed.run("backtest", str(BUDGETS), "--file", "history.jsonl", "--report", "backtest.html")
    installed.run("preview", "--html", "preview.html")
    for page in ("backtest.html", "preview.html"):
        assert "<html" in (folder / page).read_text(encoding="utf-8")
    installed.run("suggest", "--file", "history.jsonl", "--output", "budgets.toml")
    assert "is in order" in installed.run("check", "budgets.toml")


def test_the_demo_names_the_command_that_brings_its_extra(installed: Installed) -> None:
    """Without moto its help is there, and it says what to type; then a simulated day ends well."""
    assert "Usage: poe-budget demo" in installed.run("demo", "--help")
    said = installed.run("demo", status=1)
    typed = re.findall(r"'([^']+)'", said)
    assert set(typed) == {f"poe-budget-alert[demo] @ {installed.wheel.as_uri()}"}
    assert re.search(r"moto.*uvx --from '.* poe-budget demo,.* pip install '.* pipx install --force '", said)
    tools.install(installed.bin, typed[0])
    shown = installed.run("demo", "--days", "1")
    assert "thinned: 7,431 of 743,140 requests, 1 in 100" in shown
    # The first message is the welcome, the second a digest; the third is of the first crossing.
    for this, other in (("─ Slack ─", "─ Mail: "), ("─ Mail: ", "─ Slack ─")):
        assert "24-hour budget “Runaway script” is used" in shown.split(this)[3].split(other)[0], shown
    assert "25 ticks counted" in shown
    assert "as many as in the history" in shown
    for secret in ("simulated-key", "loopback-webhook", "/services/"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("origin", "named"),
    [
        (None, "poe-budget-alert[demo]"),
        ('{"url": "file:///a.whl", "archive_info": {}}', "poe-budget-alert[demo] @ file:///a.whl"),
        (
            '{"url": "https://a.example/b", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}',
            "poe-budget-alert[demo] @ git+https://a.example/b@c0ffee",
        ),
    ],
)
def test_the_extra_comes_from_where_the_program_came_from(origin: str | None, named: str) -> None:
    """An index, a file or a repository: the command that the demo names installs the same release."""
    assert with_extra(origin) == named


def test_what_ships_to_lambda_is_pinned_by_its_hashes() -> None:
    """Nothing that the function imports is left open, and the project is tested with these versions."""
    entries = re.split(r"^(?=\S)", PINS, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert len(entries) == len(PINNED)
    assert {name: version(name) for name in PINNED} == PINNED
    needs = map(Requirement, PROJECT["project"]["dependencies"])
    ranges = {each.name: each.specifier for each in needs}
    assert all(ranges[name].contains(pin) for name, pin in PINNED.items() if name in ranges)
    assert set(PROJECT["dependency-groups"]["function"]) <= PINNED.keys() & ranges.keys()
    for name in PINNED:
        parts = (Requirement(each) for each in requires(name) or [])
        assert {each.name.replace("_", "-") for each in parts if not each.marker} <= PINNED.keys()


def test_every_python_that_is_named_is_tried() -> None:
    """The workflow runs on each version of Python of the package's metadata, and no other."""
    workflow = yaml.safe_load((tools.ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    named = (each.rpartition(" ")[2] for each in PROJECT["project"]["classifiers"] if "Python :: 3." in each)
    assert workflow["jobs"]["python"]["strategy"]["matrix"]["python"] == list(named)


def _shorten(history: Path) -> None:
    """Keep the newest entries of a saved history."""
    head, page = history.read_text(encoding="utf-8").splitlines()
    read = msgspec.json.decode(page)
    read["entries"] = read["entries"][:ENTRIES]
    read["bottom"] = read["entries"][-1]["created"]
    history.write_text(f"{head}\n{msgspec.json.encode(read).decode()}\n", encoding="utf-8")

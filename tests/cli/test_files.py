"""Files that commands read and write: nothing of them is lost, and nothing is harmed."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path

import msgspec
import pytest

from budget_ops.cli import files
from budget_ops.cli.export import Exported
from budget_ops.loopback import Asked, Reply, serving
from budget_ops.past.pages import ReadPage
from budget_ops.past.saved import append, load
from budget_ops.poe_store import UnknownPosition
from budget_ops.simulated_poe import SimulatedPoe
from tests.cli.running import KEY, Ended, hourly, one_line, run, served, spent
from tests.cli.test_program import ROOT

CONFIG = '[[budget]]\nname = "Everything"\nperiod = "month"\npoints = 1_000\nalert_at = ["50%"]\n'
PATH = os.pathsep.join(str(ROOT / folder) for folder in ("handler", "infra"))
PROGRAM = f"{sys.executable} -m budget_ops.cli.app"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Give a saved history of 300 rows, in three pages."""
    file = tmp_path / "history.jsonl"
    with served(hourly(300)) as environ:
        assert run("save", file, **environ).status == 0
    return file


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a config."""
    file = tmp_path / "budgets.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def shell(line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which $PROGRAM is the program."""
    return subprocess.run(
        ["bash", "-c", line],  # noqa: S607 - the shell that people have
        env={**os.environ, "PYTHONPATH": PATH, "PROGRAM": PROGRAM, **environ},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def whole(file: Path) -> str:
    """Give what a plain reading of a saved history exports."""
    return run("export", "--file", file, "--by", "bot").out


@pytest.mark.parametrize(
    "line",
    [
        "$PROGRAM export --by bot --file <(cat {file})",
        "cat {file} | $PROGRAM export --by bot --file -",
        "$PROGRAM export --by bot --file - < {file}",
        "cat {file} | $PROGRAM export --by bot --file /dev/stdin",
    ],
)
def test_a_history_that_comes_through_a_pipe_is_read_whole(saved: Path, line: str) -> None:
    """Nothing can be read twice from a pipe, and the newest page stands first in it."""
    ended = shell(line.format(file=saved))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == whole(saved)


def test_a_config_that_comes_through_a_pipe(saved: Path, config: Path) -> None:
    """It is read once as well, whichever command reads it."""
    ended = shell(f"$PROGRAM backtest <(cat {config}) --file {saved} --json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert shell(f"$PROGRAM check <(cat {config})").stdout.count("Everything") == 1


def test_a_last_line_without_its_end_is_kept(saved: Path) -> None:
    """An editor may have taken it away: the page counts, and the next `save` does not cut it off."""
    before, exported = saved.read_bytes(), whole(saved)
    saved.write_bytes(before.removesuffix(b"\n"))
    assert whole(saved) == exported
    for page in append(saved, [], datetime.now(UTC)):
        raise AssertionError(page)
    with served(hourly(300)) as environ:
        assert run("save", saved, **environ).status == 0
    assert saved.read_bytes().startswith(before)


def test_a_header_without_its_end_is_kept(tmp_path: Path) -> None:
    """A file that holds nothing but the header goes on as well."""
    file = tmp_path / "history.jsonl"
    with served(hourly(10)) as environ:
        run("save", file, **environ)
        file.write_bytes(file.read_bytes().splitlines()[0])
        assert run("save", file, **environ).status == 0
    assert sum(tally.points for tally in load(file).slots.values()) == 100


def others(count: int, first: float = 0.7) -> SimulatedPoe:
    """Give a Poe with the rows of another account, one an hour."""
    return SimulatedPoe([spent(number + first, 7) for number in range(count)], keys=[KEY])


@pytest.mark.parametrize("unknown", list(UnknownPosition))
@pytest.mark.parametrize(("mine", "foreign"), [(300, 300), (1, 1), (1, 0), (300, 0), (2, 150)])
def test_rows_of_another_account_are_refused(
    tmp_path: Path, mine: int, foreign: int, unknown: UnknownPosition
) -> None:
    """Before anything of them is written, however Poe answers to a row that it does not know."""
    file = tmp_path / "history.jsonl"
    with served(hourly(mine)) as environ:
        run("save", file, **environ)
    before, poe = file.read_bytes(), others(foreign)
    poe.store.unknown = unknown
    with served(poe) as environ:
        ended = run("save", file, **environ)
    assert ended.status == 2
    assert f"{file} holds the usage of another account than POE_API_KEY opens" in one_line(ended).replace(
        f"What was read is in {file}: the same command goes on from there.", ""
    )
    assert file.read_bytes() == before


@pytest.mark.parametrize("more", [0, 1, 150, 400])
def test_rows_of_the_same_account_go_on(saved: Path, more: int) -> None:
    """However much was spent since, the account is known by its older rows."""
    poe = hourly(300)
    poe.add(*(spent(number / 1000, 1, bot_name="New") for number in range(1, more + 1)))
    with served(poe) as environ:
        assert run("save", saved, **environ).status == 0
    assert sum(tally.points for tally in load(saved).slots.values()) == 3_000 - 0 + more


def test_rows_that_poe_keeps_no_longer_say_nothing(tmp_path: Path) -> None:
    """After a month nobody can tell whose they were, and what is missing between is noted."""
    file = tmp_path / "history.jsonl"
    long_ago = datetime.now(UTC) - timedelta(days=60)
    page = ReadPage(
        read_at=int(long_ago.timestamp() * 1e6),
        top=int(long_ago.timestamp() * 1e6),
        bottom=int((long_ago - timedelta(days=30)).timestamp() * 1e6),
        last_id=None,
        entries=(),
    )
    list(append(file, [page], long_ago))
    with served(hourly(10)) as environ:
        ended = run("save", file, **environ)
    assert ended.status == 0
    assert "though some of it was read" in ended.err


@contextmanager
def dated(ahead: timedelta) -> Iterator[dict[str, str]]:
    """Serve an empty history by a clock that differs from this machine's."""

    def answer(_: Asked) -> Reply:
        at = format_datetime(datetime.now(UTC) - ahead, usegmt=True)
        return Reply(body=b'{"has_more":false,"data":[]}', headers={"Date": at})

    with serving(answer) as url:
        yield {"POE_API_KEY": KEY, "POE_API_URL": url}

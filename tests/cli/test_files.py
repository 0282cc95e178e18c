"""Files that commands read and write: nothing of them is lost, and nothing is harmed."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path

import msgspec
import pytest

from poe_budget.cli import files
from poe_budget.cli.app import main
from poe_budget.cli.export import Exported
from poe_budget.errors import OpsError
from poe_budget.past.saved import append
from standins.poe_store import UnknownPosition
from standins.simulated_poe import SimulatedPoe
from tests.cli.running import KEY, PATH, PROGRAM, Ended, hourly, one_line, points, run, served, spent

CONFIG = '[[budget]]\nname = "Everything"\nperiod = "month"\npoints = 1_000\nalert_at = ["50%"]\n'


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
        env={**os.environ, "PYTHONPATH": PATH, "PROGRAM": " ".join(PROGRAM), **environ},
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
    """It is read once as well, by a command that goes on with it."""
    ended = shell(f"$PROGRAM status <(cat {config}) --file {saved} --json")
    assert ended.returncode == 0
    assert msgspec.json.decode(ended.stdout)["budgets"]


def test_a_last_line_without_its_end_is_kept(saved: Path) -> None:
    """An editor may have taken it away, from a page or from the header: the next `save` cuts nothing off."""
    before, exported = saved.read_bytes(), whole(saved)
    saved.write_bytes(before.removesuffix(b"\n"))
    assert whole(saved) == exported
    for page in append(saved, [], datetime.now(UTC)):
        raise AssertionError(page)
    with served(hourly(300)) as environ:
        assert run("save", saved, **environ).status == 0
        assert saved.read_bytes().startswith(before)
        saved.write_bytes(before.splitlines()[0])
        assert run("save", saved, **environ).status == 0
    assert points(saved) == 3_000


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
    poe.unknown = unknown
    with served(poe) as environ:
        ended = run("save", file, **environ)
    assert ended.status == 2
    assert f"{file} holds the usage of another account than POE_API_KEY opens" in one_line(ended)
    assert file.read_bytes() == before


@pytest.mark.parametrize("more", [0, 1, 150, 400])
def test_rows_of_the_same_account_go_on(saved: Path, more: int) -> None:
    """However much was spent since, the account is known by its older rows."""
    poe = hourly(300)
    poe.add(*(spent(number / 1000, 1, bot_name="New") for number in range(1, more + 1)))
    with served(poe) as environ:
        assert run("save", saved, **environ).status == 0
    assert points(saved) == 3_000 + more


def off_by(monkeypatch: pytest.MonkeyPatch, **off: float) -> None:
    """Let this machine's clock be wrong."""
    for place in ("past.poe", "cli.save", "cli.options"):
        monkeypatch.setattr(f"poe_budget.{place}.now", lambda: datetime.now(UTC) + timedelta(**off))


@pytest.mark.parametrize(
    ("command", "ahead", "words"),
    [("save", 75, "3 days ahead of"), ("export", 75, "3 days ahead of"), ("export", -5, "5 hours behind")],
)
def test_a_clock_that_is_wrong_is_noticed(
    saved: Path, command: str, ahead: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Poe dates its answers: where the clocks differ by hours nothing is read by the wrong one."""
    before = saved.read_bytes()
    off_by(monkeypatch, hours=ahead)
    with served(hourly(10)) as environ:
        ended = run(command, *([saved] if command == "save" else []), **environ)
    assert ended.status == 1
    assert f"this machine's clock is {words} Poe's: set it right" in one_line(ended)
    assert saved.read_bytes() == before


def test_a_file_that_a_wrong_clock_has_saved(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on with it would leave its last days unread for good; reading it says so."""
    off_by(monkeypatch, days=-3)
    with served(hourly(10)) as environ:
        ended = run("save", saved, **environ)
    assert ended.status == 2
    assert "which is still to come: set this machine's clock right" in one_line(ended)
    assert "Note: it was saved by a clock 3 days ahead of this one" in run("export", "--file", saved).err


WRITING = {
    "report": "backtest {config} --interval 60 --file {file} --report {to}",
    "suggestion": "suggest --file {file} --output {to}",
    "suggestion for programs": "suggest --json --file {file} --output {to}",
    "export": "export --file {file} --output {to}",
    "preview": "preview --html {to}",
    "save": "save {to}",
}
writing = pytest.mark.parametrize("line", WRITING.values(), ids=list(WRITING))


def written(line: str, to: Path, file: Path, config: Path) -> Ended:
    """Run a command that writes a file."""
    with served(hourly(10)) as environ:
        return run(*(word.format(to=to, file=file, config=config) for word in line.split()), **environ)


@writing
def test_no_input_no_device_and_no_dangling_link_is_written_to(
    line: str, saved: Path, config: Path, tmp_path: Path
) -> None:
    """Whatever it is called: what is there stays as it is, and the status is that of wrong use."""
    before = saved.read_bytes()
    link, hard, dangling, pipe = (tmp_path / name for name in ("link", "hard", "dangling", "pipe"))
    link.symlink_to(saved)
    hard.hardlink_to(saved)
    dangling.symlink_to(tmp_path / "nothing")
    os.mkfifo(pipe)
    harmed = [dangling, pipe, Path("/dev/null"), Path("-")]
    if not line.startswith("save"):
        harmed += [saved, link, hard, tmp_path / "." / "history.jsonl"]
    for to in harmed:
        ended = written(line, to, saved, config)
        assert (ended.status, ended.out) == (2, ""), (to, ended)
        assert str(to) in one_line(ended)
    assert saved.read_bytes() == before
    assert dangling.is_symlink()
    assert not dangling.exists()


def test_what_a_command_reads_is_no_place_to_write_to(saved: Path, config: Path) -> None:
    """A config is an input as much as a history is, and where the command prints to is an output, too."""
    before = saved.read_bytes()
    ended = written(WRITING["report"], config, saved, config)
    assert ended.status == 2
    assert one_line(ended) == (
        f"poe-budget: {config} is also what the command reads; name another file to write"
    )
    assert config.read_text(encoding="utf-8") == CONFIG
    for line in ("$PROGRAM export --file {0} >> {0}", "$PROGRAM export --file - < {0} >> {0}"):
        assert shell(line.format(saved)).returncode == 2
    assert saved.read_bytes() == before


@pytest.mark.parametrize("line", [WRITING["export"], WRITING["preview"]], ids=["export", "preview"])
def test_a_file_is_written_through_a_link_and_keeps_its_rights(
    line: str, saved: Path, config: Path, tmp_path: Path
) -> None:
    """What is replaced is the file that the link names; nothing else is left beside it."""
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    assert written(line, link, saved, config).status == 0
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") != "old"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert {each.name for each in tmp_path.iterdir()} == {"real.txt", "link.txt", saved.name, config.name}


def test_what_is_printed_is_what_is_written(saved: Path, tmp_path: Path) -> None:
    """A result in a file is what is printed without one, for people and for programs."""
    to = tmp_path / "usage.csv"
    assert written(WRITING["export"], to, saved, saved).err == f"{to} holds it.\n"
    assert to.read_text(encoding="utf-8") == run("export", "--file", saved).out
    assert run("export", "--json", "--file", saved, "--output", to).out == ""
    assert msgspec.json.decode(to.read_bytes(), type=Exported).rows


@pytest.mark.parametrize(
    ("failure", "raised", "words"),
    [
        (OSError(28, "No space left on device"), OpsError, "cannot be written: No space left on device"),
        (KeyboardInterrupt("^C"), KeyboardInterrupt, "C"),
    ],
)
def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    raised: type[BaseException],
    words: str,
) -> None:
    """A disk that is full, or Ctrl-C, leaves what was there, and nothing beside it."""
    file = tmp_path / "budgets.toml"
    file.write_text(CONFIG, encoding="utf-8")

    def failing(_: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(raised, match=words):
        files.write(file, "half")
    assert file.read_text(encoding="utf-8") == CONFIG
    assert list(tmp_path.iterdir()) == [file]


ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "koi8-r", "utf-8")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_encoding_of_the_terminal_is_readable(
    encoding: str, saved: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has no character for is said with others: bars of #, and names by their letters or numbers."""
    config.write_text(CONFIG.replace("Everything", "Café 漢 “x”"), encoding="utf-8")
    printed = []
    for line in (["status", config, "--file", saved], ["check", config], ["preview"], ["--help"]):
        out = TextIOWrapper(BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        assert main([str(word) for word in line]) == 0
        out.flush()
        printed.append(out.buffer.getvalue().decode(encoding))
    for text in printed[:2]:
        assert ("Café" if encoding in ("latin-1", "cp1252", "cp437", "utf-8") else "Cafe") in text
        assert ("漢" if encoding == "utf-8" else "\\u6f22") in text
    assert ("█" if encoding in ("cp437", "koi8-r", "utf-8") else "####") in printed[0]


def test_any_locale_is_readable(saved: Path, config: Path) -> None:
    """Also where Python is told not to make UTF-8 of it, and where a file's name is no text."""
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = shell(f"$PROGRAM status {config} --file {saved}", **plain)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "###" in ended.stdout
    ended = shell(
        f"cd {saved.parent}; echo nonsense > $'caf\\xe9.toml'; $PROGRAM check $'caf\\xe9.toml'", **plain
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ":1:" in ended.stdout

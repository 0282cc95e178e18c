import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest

from poe_budget.cli.app import SUMMARIES, main, program
from poe_budget.cli.command import Command
from poe_budget.cli.json_schemas import REPORTS
from poe_budget.versions import OWN
from tests.cli.running import KEY, PATH, PROGRAM, Transcript, one_line, run, start

COMMANDS = sorted(SUMMARIES)


def broken(error: BaseException) -> click.Command:
    """Give a command that fails."""

    def fail() -> None:
        raise error

    return Command("broken", example="broken", callback=fail)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> BaseException:
    """Let the command `check` fail with the error that the test names."""
    error: BaseException = request.param
    monkeypatch.setattr(program, "load", lambda _: broken(error))
    return error


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_ends_with_an_example(command: str) -> None:
    """It says what the command does, first in the overview's words, and its example runs that command."""
    ended = run(command, "--help")
    assert ended.status == 0
    assert f"Usage: poe-budget {command}" in ended.out
    assert re.search(rf"\n  Example:\n    (\S+=\S+ )?poe-budget {command}\b", ended.out)
    assert "--debug" in ended.out
    assert (program.load(command).help or "").startswith(f"{SUMMARIES[command]}\n")


def test_the_version_or_the_overview_is_shown() -> None:
    """The version is that of the release; to name no command is wrong use, with the overview."""
    (script,) = entry_points(group="console_scripts", name="poe-budget")
    assert script.load() is main
    ended = run("--version")
    assert (ended.status, ended.out) == (0, f"poe-budget {OWN}\n")
    ended = run()
    assert ended.status == 2
    shown = run("--help").out.partition("Commands:\n")[2].strip().splitlines()[: len(SUMMARIES)]
    assert [" ".join(line.split()) for line in shown] == [" ".join(each) for each in SUMMARIES.items()]
    assert "Commands:" in ended.err


WRONG_USE = """
chek
check
check missing.toml
tick
demo --days 0
demo --days 23
demo --budgets missing.toml
preview --kind nothing
export
export --bye day
export --by bot,user
export --by=
export --zone Londn
export --file missing
export --file FILE --stack x
export --account prod
suggest --account prod
status
status --file FILE
status --file FILE --stack x
rollback --stack x --yes --to=0
rollback --stack x --yes --to=-1
rollback --stack x --yes --to=first
rollback --stack x --yes --to=\u0663
rollback --stack x --yes --to=1.0
""".strip().splitlines()


def test_wrong_use(tmp_path: Path, transcript: Transcript) -> None:
    """What cannot be understood, or cannot work, is said in one line, and the status is 2."""
    file = tmp_path / "file"
    file.touch()
    for line in WRONG_USE:
        ended = transcript.shows(*(file if word == "FILE" else word for word in line.split()))
        assert ended.status == 2
        assert one_line(ended).startswith("poe-budget: ")


@pytest.mark.parametrize("failing", [RuntimeError(f"two\nlines with {KEY}")], indirect=True)
@pytest.mark.usefixtures("failing")
def test_a_defect_is_one_line_as_well() -> None:
    """What nobody foresaw is one line and status 1, without the key; --debug shows where it comes from."""
    ended = run("check", POE_API_KEY=KEY)
    assert ended.status == 1
    assert "(RuntimeError: two lines with ***)" in one_line(ended)
    for arguments in (("check", "--debug"), ("--debug", "check")):
        shown = run(*arguments, POE_API_KEY=KEY)
        assert shown.status == 1
        assert "Traceback (most recent call last)" in shown.err
        assert "in fail" in shown.err


@pytest.mark.parametrize("failing", [KeyboardInterrupt()], indirect=True)
@pytest.mark.usefixtures("failing")
def test_an_interrupted_command_ends_as_shells_expect() -> None:
    """Ctrl-C ends it with status 130 and without a traceback."""
    ended = run("check")
    assert (ended.status, ended.out, ended.err.strip()) == (130, "", "")


@pytest.mark.parametrize(
    "failing", [click.FileError("usage.csv", "no space left"), click.UsageError("not so")], indirect=True
)
def test_errors_of_the_library_are_one_line(failing: click.ClickException) -> None:
    """What the library itself fails on, even outside of a command's arguments, is one line."""
    ended = run("check")
    assert ended.status == (2 if isinstance(failing, click.UsageError) else 1)
    assert failing.format_message() in one_line(ended)


def test_commands_and_options_complete_in_the_shell() -> None:
    """The tabulator finds commands, each with its summary, and the options of one."""
    asked = {"_POE_BUDGET_COMPLETE": "zsh_complete", "COMP_CWORD": "1", "COMP_WORDS": "poe-budget "}
    found = start(**asked).stdout.splitlines()
    assert found[1::3] == list(SUMMARIES)
    assert found[2::3] == list(SUMMARIES.values())
    of_one = {"COMP_WORDS": "poe-budget export --", "COMP_CWORD": "2"}
    assert "--stack" in start(**{**asked, **of_one}).stdout.splitlines()


def test_the_overview_loads_no_command() -> None:
    """Neither AWS's client nor its stand-in is imported to show what there is."""
    code = "import sys; from poe_budget.cli.app import main; main(['--help']); print(*sys.modules)"
    listed = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": PATH}, capture_output=True, check=True
    )
    assert not {b"boto3", b"moto", b"poe_budget.cli.check"} & set(listed.stdout.split())


def test_a_reader_that_goes_away_is_no_failure_to_report(tmp_path: Path) -> None:
    """A pipe that closes early ends the command without a word."""
    file = tmp_path / "budgets.toml"
    rules = (f'[[query]]\nname = "Q{number}"\npoints = 5\n' for number in range(200))
    file.write_text("".join(rules), encoding="utf-8")
    with subprocess.Popen(
        [*PROGRAM, "check", str(file)],
        env={**os.environ, "PYTHONPATH": PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""


def test_every_command_with_json_is_in_the_schema() -> None:
    """No command prints JSON that is not described."""
    with_json = {
        name for name in SUMMARIES if any("--json" in each.opts for each in program.load(name).params)
    }
    assert with_json == set(REPORTS)

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import click
import pytest

from poe_budget.cli.app import SUMMARIES, main, program
from poe_budget.cli.command import Command
from poe_budget.cli.json_schemas import REPORTS
from tests.cli.running import KEY, PATH, PROGRAM, one_line, run, start

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
    """The help says what the command does, and its example runs that command."""
    ended = run(command, "--help")
    assert ended.status == 0
    assert f"Usage: poe-budget {command}" in ended.out
    assert re.search(rf"\n  Example:\n    (\S+=\S+ )?poe-budget {command}\b", ended.out)
    assert "--debug" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_overview_says_of_a_command_what_its_own_help_says(command: str) -> None:
    """A summary that is shown without loading its command is the first sentence of its help."""
    assert (program.load(command).help or "").startswith(f"{SUMMARIES[command]}\n")
    assert re.search(rf"^  {command} +{re.escape(SUMMARIES[command])}$", run("--help").out, re.MULTILINE)


def test_the_version_or_the_overview_is_shown() -> None:
    """The version is that of the package's metadata; to name no command is wrong use, with the overview."""
    ended = run("--version")
    assert (ended.status, ended.out) == (0, f"poe-budget {version('poe-budget-alert')}\n")
    ended = run()
    assert ended.status == 2
    assert "Commands:" in ended.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chek", "Did you mean 'check'?"),
        ("check", "Missing argument 'FILE' (see `poe-budget check --help`)"),
        ("check missing.toml", "'missing.toml' does not exist"),
        ("check FILE --secret FILE", "give either a config, or --secret with a file that holds a secret"),
        ("tick", "Missing option '--stack'"),
        ("demo --days 0", "1<=x<=22"),
        ("preview --kind nothing", "'budget', 'over', 'incident', 'forecast'"),
        ("export", "set POE_API_KEY to a key from https://poe.com/api_key, or name a saved history with"),
        ("export --bye day", "No such option '--bye'"),
        ("export --by bot,user", "'user' is none of day, bot, type, key"),
        ("export --by=", "'' is none of"),
        ("export --zone Londn", 'did you mean "Europe/London"?'),
        ("export --file missing", "'missing' does not exist"),
        ("export --file FILE --stack x", "give --file or --stack, not both"),
        ("export --account prod", "only the table of a stack holds several accounts: give --stack with"),
        ("suggest --account prod", "only the table of a stack holds several accounts: give --stack with"),
        ("status", "name a config (`poe-budget status budgets.toml`), or a stack with --stack"),
        ("status --file FILE", f"(`poe-budget status budgets.toml --file {__file__}`), or a stack with"),
        ("status --file FILE --stack x", "give --file or --stack, not both"),
        *(
            (f"rollback --stack x --yes --to={to}", "is neither the number of a version nor default")
            for to in ("0", "-1", "first", "\u0663", "1.0")
        ),
    ],
)
def test_wrong_use_is_one_line_and_status_2(line: str, words: str) -> None:
    """What cannot be understood, or cannot work, is said in one line."""
    ended = run(*(__file__ if word == "FILE" else word for word in line.split()))
    assert ended.status == 2
    said = one_line(ended)
    assert said.startswith("poe-budget: ")
    assert words in said


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
    told = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": PATH}, capture_output=True, check=True
    )
    assert not {b"boto3", b"moto", b"poe_budget.cli.check"} & set(told.stdout.split())


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


def test_the_script_is_installed() -> None:
    """The project's metadata makes `poe-budget` out of main()."""
    (script,) = entry_points(group="console_scripts", name="poe-budget")
    assert script.load() is main


def test_every_command_with_json_is_in_the_schema() -> None:
    """No command prints JSON that is not described."""
    with_json = {
        name for name in SUMMARIES if any("--json" in each.opts for each in program.load(name).params)
    }
    assert with_json == set(REPORTS)

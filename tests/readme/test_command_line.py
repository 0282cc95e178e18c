import re
from pathlib import Path

import click
import msgspec
import pytest

from budget_alert.config.reading import parse
from poe_budget.backtest.incidents import Spending
from poe_budget.backtest.replay import replay
from poe_budget.backtest.report import Backtest
from poe_budget.backtest.sample import sample
from poe_budget.cli.app import SUMMARIES, program
from poe_budget.cli.json_schemas import REPORTS
from tests.cli.running import run
from tests.readme.pages import blocks, code, prose, section, shell, table

PAST = section("## Your first ten minutes")
COMMANDS = section("## The command line")
LINES = [line for line in shell() if line.startswith("poe-budget ")]
EXAMPLE = "infra/budgets.toml"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the month of real usage, as the README says."""
    file = tmp_path_factory.mktemp("month") / "history.jsonl"
    assert run("save", "--sample", file).status == 0
    return file


def test_every_command_has_a_row() -> None:
    """The table has the commands that the program has, in its order."""
    named = [code(row[0])[0].removeprefix("poe-budget ") for row in table(COMMANDS, "Command")]
    assert sorted(named) == sorted(SUMMARIES)


@pytest.mark.parametrize(
    "line", [*LINES, *(words for words in code(prose()) if words.startswith("poe-budget "))]
)
def test_the_commands_shown_exist(line: str) -> None:
    """Every command and every option of it is known."""
    _, command, *rest = re.split(r" > ", line)[0].split()
    known = {name for each in program.load(command).params for name in each.opts}
    assert {word for word in rest if word.startswith("--")} <= known | {"--help"}


def test_the_suggestion_is_what_the_command_suggests(history: Path) -> None:
    """The config shown is all that `suggest` prints of the month, and alerts on one to three days."""
    ended = run("suggest", "--file", history, "--zone", "Europe/London")
    assert ended.out in blocks("toml")
    sent = re.search(r"it would have sent \d+ alerts, (\d+) if counted so", ended.out)
    assert sent is not None
    assert 1 <= int(sent[1]) <= 3


def test_the_suggestion_warns_before_a_tenth_of_the_big_day_is_spent() -> None:
    """On the heaviest day of the month, in the zone of the config."""
    (config,) = (parse(block) for block in blocks("toml") if block.startswith("# Suggested"))
    usage = sample()
    spending = Spending(usage)
    big, points = max(spending.days(config.zone), key=lambda day: day[1])
    first = next(sent.at for sent in replay(config, usage).alerts if sent.at >= big.start)
    assert spending.between(big.start, first) < points / 10


def test_the_backtest_is_what_the_command_shows(history: Path) -> None:
    """The lines shown end what `backtest` prints of the example config."""
    ended = run("backtest", EXAMPLE, "--file", history, COLUMNS="100")
    shown = blocks("text", PAST)[0].splitlines()
    assert [line.rstrip() for line in ended.out.splitlines()][-len(shown) :] == shown


def test_the_example_says_as_much_a_week_as_is_said(history: Path) -> None:
    """The messages a week of the example config are those of its backtest."""
    ended = run("backtest", EXAMPLE, "--file", history, "--json")
    found = msgspec.json.decode(ended.out, type=Backtest)
    assert found.messages_a_week is not None
    weeks = found.messages / found.messages_a_week
    digests = sum(alert.kind == "digest" for alert in found.alerts)
    said = re.search(r"would send (\d+) messages a week, (\d+) of them digests", prose())
    assert said is not None
    assert (int(said[1]), int(said[2])) == (round(found.messages_a_week), round(digests / weeks))


def test_every_command_with_json_is_in_the_schema() -> None:
    """No command prints JSON that is not described."""
    with_json = {name for name in SUMMARIES if _has_json(program.load(name))}
    assert with_json == set(REPORTS)


def _has_json(command: click.Command) -> bool:
    return any("--json" in option.opts for option in command.params)

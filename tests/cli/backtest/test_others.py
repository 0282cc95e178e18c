"""Rules that are not about the account whose history is replayed."""

from pathlib import Path

import msgspec
import pytest

from budget_alert.instants import DAY
from poe_budget.backtest.report import Backtest
from tests.cli.backtest.replays import history, hourly, saved
from tests.cli.running import run
from tests.support.account import budget
from tests.support.configs import BALANCE, QUERY, SPIKE

NAMES = 'accounts = ["prod*"]\n'
SUM = "together = true\n"
OTHERS = "it is about accounts of other names: say whose history this is with --account"
TOGETHER = "it goes by the sum of all accounts: --account all"
EACH = "it goes by each account, and not by their sum"
CONFIG = (
    f"{budget('day', 240)}\n{NAMES}{SPIKE}{SUM}{QUERY}{NAMES}{BALANCE}"
    + f"{budget('day', 100)}\n{SUM}".replace('"B"', '"Sum"')
).replace('name = "B"\nbelow', 'name = "Left"\nbelow')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save three even days, and a config of several accounts."""
    found = tmp_path_factory.mktemp("saved")
    saved(history(hourly(24 * 3), 3 * DAY), found / "history.jsonl")
    (found / "budgets.toml").write_text(CONFIG, encoding="utf-8")
    return found


def replayed(folder: Path, *arguments: str) -> Backtest:
    """Replay the days."""
    given = [folder / "budgets.toml", "--file", folder / "history.jsonl", "--interval", 60, *arguments]
    ended = run("backtest", *given, "--json")
    assert ended.status == 0, ended
    return msgspec.json.decode(ended.out, type=Backtest)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"B": OTHERS, "Q": OTHERS}),
        (["--account", "Prod-eu"], {"S": TOGETHER, "Sum": TOGETHER}),
        (["--account", "ci"], {"B": OTHERS, "S": TOGETHER, "Q": OTHERS, "Sum": TOGETHER}),
        (["--account", "all"], {"B": EACH, "Q": EACH, "Left": EACH}),
    ],
)
def test_rules_that_are_not_about_the_account(
    folder: Path, arguments: list[str], expected: dict[str, str]
) -> None:
    """They are left out, and it is said why; an account that has no name is the sum of all as well."""
    found = replayed(folder, *arguments)
    left_out = {rule.name: rule.silent_because for rule in found.rules if rule.verdict == "not about it"}
    assert left_out == expected
    assert sorted(rule.name for rule in found.rules) == ["B", "Left", "Q", "S", "Sum"]
    assert {alert.rule for alert in found.alerts} == {"B", "Sum"} - set(expected)


def test_people_read_why(folder: Path) -> None:
    """Among what never fired, and on the page."""
    page = folder / "report.html"
    given = [folder / "budgets.toml", "--file", folder / "history.jsonl", "--interval", 60]
    ended = run("backtest", *given, "--report", page, COLUMNS="200")
    assert f"- B: {OTHERS}" in ended.out
    assert OTHERS in page.read_text(encoding="utf-8")

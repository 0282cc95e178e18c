"""The status by a history, without a stack: from Poe, or saved."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec
import pytest

from budget_alert.usage.missing import Why
from poe_budget.cli.status import Status
from standins.poe_store import PoeAccount
from standins.simulated_poe import SimulatedPoe
from tests.cli.running import KEY, Ended, hourly, one_line, run, served, spent
from tests.support.configs import GOOD, QUERY

ROLLING = GOOD.replace('"month"', '"7d"') + QUERY


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a config of one rolling budget, so that no edge of a month comes between, and another rule."""
    file = tmp_path / "budgets.toml"
    file.write_text(ROLLING)
    return file


def report(ended: Ended) -> Status:
    """Read the status that a command has printed for programs."""
    assert ended.status == 0, ended
    return ended.report(Status)


def test_where_budgets_stand_by_poes_history(config: Path) -> None:
    """What Poe shows is summed, and Poe says what is left; nothing is said of what was sent, or of health."""
    poe = hourly(600, points=5)
    poe.account = PoeAccount(points=10_000)
    with served(poe) as environ:
        found = report(run("status", config, "--json", **environ))
        shown = run("status", config, **environ).out
    (budget,) = found.budgets
    assert (found.source, found.config, found.health) == ("Poe", str(config), None)
    assert (budget.points, budget.complete, budget.sent) == (7 * 24 * 5, True, ())
    assert found.balance is not None
    assert (found.balance.points, found.balance.asked) == (10_000 - 600 * 5, True)
    assert found.coverage.gaps == ()
    assert "Everything from " in shown
    assert "How the monitor is" not in shown
    with served(SimulatedPoe(keys=[KEY])) as environ:
        empty = report(run("status", config, "--fail", "--json", **environ))
    assert (empty.budgets[0].points, empty.coverage.newest_entry_at) == (0, None)


def test_a_saved_history_stands_as_it_was_saved(config: Path, tmp_path: Path) -> None:
    """A file is looked at as of its end, and Poe is asked what is left only where that is wanted."""
    file = tmp_path / "history.jsonl"
    with served(hourly(24)) as environ:
        run("save", file, **environ)
        found = report(run("status", config, "--file", file, "--json", **environ))
        asked = report(run("status", config, "--file", file, "--json", "--ask-poe", **environ))
    assert "POE_API_KEY is not set" in one_line(run("status", config, "--file", file, "--ask-poe"))
    assert datetime.now(UTC) - found.at < timedelta(minutes=5)
    assert (found.source, found.budgets[0].points) == (str(file), 240)
    assert found.balance is None
    assert asked.balance is not None


def test_a_history_that_does_not_reach_back(config: Path) -> None:
    """Where a budget's window begins before the history, its sum is the least it can be."""
    config.write_text(GOOD.replace('"month"', '"90d"'))
    with served(hourly(24)) as environ:
        (budget,) = report(run("status", config, "--json", **environ)).budgets
    assert (budget.points, budget.complete) == (240, False)
    assert budget.words[0] == "At least 240 of 1,000 points"
    assert [each.why for each in budget.missing] == [Why.BEFORE]
    assert re.fullmatch(r"At least, because nothing from before .* could be read", budget.words[2])


def test_a_history_with_rows_that_cannot_be_read(config: Path, tmp_path: Path) -> None:
    """What a page has left out is named beside every sum that may hold it, from Poe and from a file."""
    poe, file = hourly(600), tmp_path / "history.jsonl"
    poe.add(spent(3, cast("int", 900.5)))
    with served(poe) as environ:
        run("save", file, **environ)
        live = report(run("status", config, "--json", **environ)).budgets[0]
        saved = report(run("status", config, "--file", file, "--json", **environ)).budgets[0]
        shown = run("status", config, **environ).out
    for budget in (live, saved):
        assert (budget.complete, [each.why for each in budget.missing]) == (False, [Why.ROWS])
    assert "But rows of " in shown


def test_of_a_budget_for_each_key_the_largest_have_rows(config: Path) -> None:
    """People see the three that spent most, and what the others spent; programs every key."""
    config.write_text(f'{ROLLING.replace(QUERY, "")}each = "api_key"\n')
    rows = [
        msgspec.structs.replace(spent(number + 0.5, 10 * number), api_key_name=f"k{number}")
        for number in range(1, 6)
    ]
    with served(SimulatedPoe(rows, keys=[KEY])) as environ:
        found = report(run("status", config, "--json", **environ))
        shown = run("status", config, **environ).out
    assert [(one.name, one.value, one.points) for one in found.budgets] == [
        ("A", f"k{number}", 10 * number) for number in (5, 4, 3, 2, 1)
    ]
    assert found.others == ("“A”: 2 more spent 30 points",)
    assert all(f"A · k{number}" in shown for number in (5, 4, 3))
    assert "A · k2" not in shown
    assert "“A”: 2 more spent 30 points" in shown
    with served(SimulatedPoe(keys=[KEY])) as environ:
        idle = report(run("status", config, "--json", **environ))
    assert idle.others == ("“A”: nothing is spent yet by an API key",)

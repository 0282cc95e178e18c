import json
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from poe_budget.backtest.replay import Ticked
from poe_budget.backtest.report import Backtest
from poe_budget.cli.suggest import Suggested
from poe_budget.past.history import History
from poe_budget.suggest.search import Suggestion, suggest
from standins.simulated_poe import SimulatedPoe
from tests.cli.backtest.replays import HOUR, history, hourly, saved
from tests.cli.running import KEY, one_line, run, served, spent
from tests.support.account import budget
from tests.support.histories import START


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save ten even days."""
    made = history(hourly(24 * 10), 10 * DAY)
    return saved(made, tmp_path_factory.mktemp("saved") / "history.jsonl")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a config that alerts every day."""
    path = tmp_path / "budgets.toml"
    path.write_text(budget("day", 240), encoding="utf-8")
    return path


def test_a_backtest_shows_what_would_have_been_sent(config: Path, file: Path) -> None:
    """Twice a day: at 80 and at 100 %, and what its reader should know beside it."""
    ended = run("backtest", config, "--file", file)
    assert ended.status == 0
    lines = ended.out.splitlines()
    begin = "from 1 Nov 2026 00:00 (UTC) to 11 Nov 2026 00:00 (UTC), with a tick every 5 minutes:"
    assert lines[0] == f"What {config} would have sent {begin}"
    assert re.search(
        r"^1 Nov 19:05 +83 % of your daily budget “B” is used +4 h later *$", ended.out, re.MULTILINE
    )
    assert "20 alerts in 20 messages, 14.0 a week" in ended.out
    assert ended.err.startswith("Note: it is only 10 days")


def test_on_a_terminal_the_first_line_is_broken_between_words(config: Path, file: Path) -> None:
    """At its width; elsewhere it stays one line, whatever the width."""
    arguments = ("backtest", config, "--file", file, "--interval", 60)
    shown = run(*arguments, FORCE_COLOR="1", COLUMNS="60").out
    begin = shown.partition("hour:")[0].splitlines()
    assert len(begin) > 1
    assert [line for line in begin if len(line) > 60 and " " in line.strip()] == []
    piped = run(*arguments, COLUMNS="60").out.splitlines()[0]
    assert piped.endswith("with a tick every hour:")


def test_a_backtest_for_programs(config: Path, file: Path) -> None:
    """JSON, of the schema that the code documents; days and interval are as asked."""
    ended = run("backtest", config, "--file", file, "--json", "--days", 2, "--interval", 60)
    made = msgspec.json.decode(ended.out, type=Backtest)
    assert json.loads(ended.out)["rules"][0]["verdict"] == "fired"
    assert (made.config, made.interval_minutes, made.ticks) == (str(config), 60, 49)
    assert (made.start, made.known_from) == (START + 8 * DAY, START)
    assert len(made.alerts) == 4


def test_a_page_is_written_too(config: Path, file: Path, tmp_path: Path) -> None:
    """And it is said where it is; without a folder for it that is said before anything is replayed."""
    page = tmp_path / "report.html"
    ended = run("backtest", config, "--file", file, "--interval", 60, "--report", page)
    assert ended.status == 0
    assert f"{page} shows it as charts; open it in a browser." in ended.err
    assert "20 alerts" in page.read_text(encoding="utf-8")
    nowhere = tmp_path / "none" / "report.html"
    failed = run("backtest", config, "--file", file, "--report", nowhere)
    assert failed.status == 1
    words = "cannot be written: no folder is there; name a file in a folder that exists"
    assert one_line(failed) == f"poe-budget: {nowhere} {words}"


@pytest.mark.parametrize(
    ("granted", "alerts"),
    [("daily", 20), ("2026-10-05T11:35Z", 0), ("2026-10-05T11:35", 0), ("2026-10-05", 0)],
)
def test_a_billing_budget_is_replayed_where_the_grant_is_named(
    config: Path, file: Path, granted: str, alerts: int
) -> None:
    """Its windows are then known, in UTC unless said otherwise."""
    config.write_text(budget("billing", 240 if granted == "daily" else 9_999), encoding="utf-8")
    ended = run("backtest", config, "--file", file, "--interval", 60, "--granted", granted, "--json")
    made = msgspec.json.decode(ended.out, type=Backtest)
    assert made.rules[0].verdict == ("fired" if alerts else "never reached")
    assert len(made.alerts) == alerts
    wrong = run("backtest", config, "--file", file, "--granted", "often")
    assert wrong.status == 2
    assert "'often' is neither daily nor a time, such as 2026-10-17T11:35Z" in one_line(wrong)


def test_the_history_of_a_backtest_can_come_from_poe(config: Path) -> None:
    """As every command's."""
    poe = SimulatedPoe([spent(number + 0.5, 10) for number in range(40)], keys=[KEY])
    with served(poe) as environ:
        ended = run("backtest", config, "--interval", 60, "--json", **environ)
    assert ended.status == 0
    made = msgspec.json.decode(ended.out, type=Backtest)
    assert datetime.now(UTC) - made.end < DAY
    assert made.alerts


def test_a_suggestion_is_a_config_that_check_accepts(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It alone is printed on stdout, and beside it what supports it and what its reader should know.

    For programs it is JSON, with the config, what it would have sent and the backtest that says so.
    """
    made_once: list[Suggestion] = []

    def once(usage: History, wanted: float, zone: str, ticked: Ticked) -> Suggestion:
        if not made_once:
            made_once.append(suggest(usage, wanted, zone, HOUR, ticked))
        return made_once[0]

    monkeypatch.setattr("poe_budget.cli.suggest.suggest", once)
    arguments = ("suggest", "--file", file, "--zone", "Europe/London", "--alerts-a-month", 3)
    ended = run(*arguments)
    assert ended.status == 0
    suggested = tmp_path / "suggested.toml"
    suggested.write_text(ended.out, encoding="utf-8")
    assert run("check", suggested).status == 0
    assert ended.out.startswith(
        "# Suggested for about 3 alerts a month, where those within a day count as one.\n"
        "# From 1 Nov to 11 Nov 2026 it would have sent "
    )
    assert 'timezone = "Europe/London"' in ended.out
    assert "Note: 10 days of usage are few: suggest again when there are 21." in ended.err
    assert "It would have sent:" in ended.err
    assert re.search(r"Everything +budget +0", ended.err)
    made = msgspec.json.decode(run(*arguments, "--json").out, type=Suggested)
    assert parse(made.config) == parse(ended.out)
    assert (made.wanted_a_month, made.alerts) == (3.0, len(made.backtest.alerts))
    assert made.alerts_a_month == pytest.approx(made.incidents * 3.04, abs=0.1)
    assert 0 <= made.missed_bursts <= made.bursts
    assert made.cautions


def test_too_short_a_history_gets_no_suggestion(tmp_path: Path) -> None:
    """It says how long to wait."""
    short = saved(history(hourly(99), 4 * DAY), tmp_path / "short.jsonl")
    ended = run("suggest", "--file", short)
    assert ended.status == 1
    assert one_line(ended) == (
        "poe-budget: the history holds 4 whole days, and a suggestion needs 7; try again in 3 days"
    )

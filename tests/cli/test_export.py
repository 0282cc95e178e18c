import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from poe_budget.cli.export import Exported
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.cli.running import KEY, Ended, run, served, spent

YESTERDAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
HOSTILE = (
    '=HYPERLINK("http://example.com")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "\uff1d1+1",
    'quote " comma , line\nend',
    "\x1b[31mred",
    "[bold]plain",
)


def at(hour: int, points: int, query_id: str, **more: Any) -> Row:
    """Give a row of yesterday."""
    created = microseconds(YESTERDAY + timedelta(hours=hour))
    return Row(creation_time=created, query_id=query_id, cost_points=points, **more)


ROWS = (
    at(1, 10, "a", bot_name="B", api_key_name="k", cost_usd="0.12"),
    at(2, 20, "b", bot_name="B", api_key_name="k"),
    at(23, 40, "c", bot_name="A", usage_type="Chat"),
)
DAY = f"{YESTERDAY:%Y-%m-%d}"


def exported(rows: tuple[Row, ...], *arguments: str) -> Ended:
    """Export a history from Poe."""
    with served(SimulatedPoe(rows, keys=[KEY])) as environ:
        return run("export", *arguments, **environ)


def table(ended: Ended) -> list[list[str]]:
    """Read the CSV."""
    assert (ended.status, ended.err) == (0, "")
    return list(csv.reader(ended.out.splitlines(keepends=True)))


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (
            [],
            [
                ["day", "bot", "type", "key", "points", "queries", "usd", "unpriced_points"],
                [DAY, "A", "Chat", "", "40", "1", "0.0", "40"],
                [DAY, "B", "API", "k", "30", "2", "0.12", "20"],
            ],
        ),
        (
            ["--by", "type,bot"],
            [
                ["bot", "type", "points", "queries", "usd", "unpriced_points"],
                ["A", "Chat", "40", "1", "0.0", "40"],
                ["B", "API", "30", "2", "0.12", "20"],
            ],
        ),
    ],
)
def test_usage_by_day_bot_type_and_key(by: list[str], rows: list[list[str]]) -> None:
    """What is not asked for is added up; columns have one order; dollars are those that Poe named."""
    assert table(exported(ROWS, *by)) == rows


def test_days_are_those_of_a_zone() -> None:
    """An hour before midnight of UTC is the next day in Kolkata."""
    days = [line[0] for line in table(exported(ROWS, "--by", "day", "--zone", "Asia/Kolkata"))[1:]]
    assert days == [f"{YESTERDAY + timedelta(days=number):%Y-%m-%d}" for number in (0, 1)]


def test_json_for_programs() -> None:
    """JSON says where the usage comes from and of what time it is; what is added up is null."""
    before = datetime.now(UTC)
    report = msgspec.json.decode(exported(ROWS, "--by", "key", "--json").out, type=Exported, strict=True)
    assert (report.source, report.timezone, report.by) == ("Poe", "UTC", ("key",))
    assert timedelta(0) <= before - timedelta(days=30) - report.start + timedelta(minutes=15)
    assert report.end >= before
    assert [(row.day, row.key, row.points) for row in report.rows] == [(None, "", 40), (None, "k", 30)]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_a_formula_or_steers_a_terminal(name: str) -> None:
    """What a spreadsheet would calculate gets an apostrophe before it; control characters are replaced."""
    rows = (spent(5, 7, bot_name=name), spent(6, 8, usage_type=name), spent(7, 9, api_key_name=name))
    ended = exported(rows, "--by", "bot,type,key")
    assert not set(ended.out) & {"\x1b", "\t", "\r"}
    named = [
        cell for line in table(ended)[1:] for cell in line[:3] if cell not in ("Claude-Sonnet-4.5", "API", "")
    ]
    assert len(named) == 3
    for cell in named:
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
        assert cell.removeprefix("'").replace("\ufffd", "").strip() in name.replace("\n", "")


def test_json_has_names_as_they_are() -> None:
    """For programs a name is exact, and in ASCII."""
    rows = tuple(spent(number + 5, 7, bot_name=name) for number, name in enumerate(HOSTILE))
    ended = exported(rows, "--json")
    assert ended.out.isascii()
    assert "\x1b" not in ended.out
    bots = {row.bot for row in msgspec.json.decode(ended.out, type=Exported, strict=True).rows}
    assert bots == set(HOSTILE)


def test_nothing_refunds_and_what_cannot_be_read() -> None:
    """Nothing spent is a header; a refund keeps its sign; what was left out is noted on stderr."""
    assert table(exported((spent(5, -7), spent(6, 2)), "--by", "type"))[1] == ["API", "-5", "2", "0.0", "-5"]
    assert table(exported((), "--by", "day")) == [["day", "points", "queries", "usd", "unpriced_points"]]
    ended = exported((spent(5, 7), spent(6, 10**16)), "--by", "type")
    assert ended.err == "Note: 1 row could not be read and count for nothing.\n"
    assert '"API",7,1' in ended.out

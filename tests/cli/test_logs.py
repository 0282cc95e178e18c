"""The log of a deployed function, as Lambda writes it, read and shown."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from budget_alert.instants import EPOCH
from poe_budget.cli import logs as log
from poe_budget.cli.logs import Logged, LoggedTick, read
from tests.cli.running import LocalStack, one_line
from tests.support.aws import LocalAws

NOW = datetime.now(UTC).replace(microsecond=0)
# As Lambda's own log of a function with LogFormat JSON holds them, each with what is shown of it.
LINES = Path(__file__).with_name("log-lines.txt").read_text(encoding="utf-8").splitlines()
SHOWN = {line: shown[2:] for line, shown in zip(LINES[::2], LINES[1::2], strict=True)}
QUIET, (AN_ERROR, REFUSED, *_) = LINES[0], [line for line, shown in SHOWN.items() if shown]


def line(points: int = 0, **more: Any) -> str:
    """Give the line of a tick, as the function writes it."""
    fields = {
        "level": "INFO",
        "message": "Tick",
        "service": "poe-budget",
        "account": "default",
        "complete": True,
        "pages": 1,
        "entries": 2,
        "points": points,
        "alerts": {"sent": 0, "pending": 0},
        "gaps": 0,
        "lag_minutes": 0,
        "bots": [],
        "budgets": [{"rule": "Everything", "points": 5, "limit": 10, "percent": 50.0}],
    }
    return json.dumps(fields | more)


def cells(row: str) -> str:
    """Give what stands in a row after its time, blanks made single."""
    return " ".join(row[15:].split())


class Group(LocalStack):
    """A stack with a log, and what a user says to it."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        resources = {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {}}}
        super().__init__(aws, name, resources, LogGroupName="Log")
        self.group = self.outputs["LogGroupName"]
        self.client = aws.client("logs")

    def write(self, *lines: tuple[timedelta, str], stream: str = "a") -> None:
        """Write lines, each so long ago, the oldest first."""
        self.client.create_log_stream(logGroupName=self.group, logStreamName=stream)
        events = [
            {"timestamp": (NOW - ago - EPOCH) // timedelta(milliseconds=1), "message": message}
            for ago, message in lines
        ]
        self.client.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)


@pytest.fixture
def group(local_aws: LocalAws, request: pytest.FixtureRequest) -> Group:
    """Give a stack of its own."""
    return Group(local_aws, f"logs-{abs(hash(request.node.name))}")


aws = pytest.mark.xdist_group("cli-aws")


@aws
def test_a_table_of_ticks_with_what_went_wrong_in_between(group: Group) -> None:
    """Each tick is a line, oldest first; warnings and errors stand between, where they happened."""
    bots = [
        {"bot": name, "points": points}
        for name, points in (("A", 300), ("B\u202e\x1b[31m", 20), ("C", 7), ("D", 1))
    ]
    group.write(
        (timedelta(minutes=12), QUIET),
        (
            timedelta(minutes=12),
            line(328, bots=bots, alerts={"sent": 1, "pending": 2}, pages=1234, lag_minutes=1440),
        ),
        (timedelta(minutes=11), QUIET),
        (timedelta(minutes=2), line(-5, complete=False)),
        (timedelta(minutes=1), AN_ERROR),
    )
    group.write((timedelta(minutes=7), REFUSED), stream="b")
    ended = group.run("logs")
    assert (ended.status, ended.err) == (0, "")
    header, *rows = ended.out.splitlines()
    assert " ".join(header.split()) == "When (UTC) whole pages entries points sent waiting lag top bots"
    stamps = [
        f"{at.day:2} {at:%b %H:%M:%S}" for at in (NOW - timedelta(minutes=each) for each in (12, 7, 2, 1))
    ]
    assert [row[:15].strip() for row in rows] == [stamp.strip() for stamp in stamps]
    assert cells(rows[0]) == "yes 1,234 2 328 1 2 1,440 min A 300, B [31m 20, C 7, 1 more"
    assert cells(rows[1]) == (
        "WARNING: A channel refused a message (slack): Slack refused the message: the webhook was removed"
    )
    assert cells(rows[2]) == "no 1 2 -5 0 0 0 min"
    assert rows[3].endswith("ERROR: KeyRefusedError: Poe refused the API key")


@aws
def test_the_last_ticks_only(group: Group) -> None:
    """As many ticks as wanted, and what went wrong since the first of them, however far back they are."""
    group.write(
        (timedelta(days=9), line(1)),
        (timedelta(days=3), AN_ERROR),
        (timedelta(days=2), line(2)),
        (timedelta(hours=20), AN_ERROR),
        (timedelta(minutes=1), line(3)),
    )
    for last, points, worries in ((1, [3], 0), (2, [2, 3], 1), (3, [1, 2, 3], 2), (99, [1, 2, 3], 2)):
        report = group.run("logs", "--last", last, "--json").report(Logged)
        assert ([tick.points for tick in report.ticks], len(report.worries)) == (points, worries)


@aws
def test_a_log_without_ticks_or_without_a_log(group: Group) -> None:
    """Nothing, what kept the first tick from coming, and a log group that somebody deleted."""
    assert group.run("logs").out == "The log holds no tick.\n"
    group.write((timedelta(minutes=1), "[ERROR] Runtime.ImportModuleError: Unable to import module 'x'"))
    assert "ERROR: [ERROR] Runtime.ImportModuleError" in group.run("logs").out
    group.client.delete_log_group(logGroupName=group.group)
    ended = group.run("logs")
    assert ended.status == 1
    assert "AWS did not read the log (ResourceNotFoundException)" in one_line(ended)


class Pages:
    """A log whose answers come in several pages, as those of AWS do, some of them empty."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self._pages = pages
        self.asked: list[tuple[int, int]] = []

    def get_paginator(self, name: str) -> "Pages":
        """Give the paginator, which is this."""
        assert name == "filter_log_events"
        return self

    def paginate(self, *, logGroupName: str, startTime: int, endTime: int) -> list[dict[str, Any]]:  # noqa: N803 - AWS's
        """Give every page, to the first question; nothing to the next."""
        assert logGroupName == "group"
        self.asked.append((startTime, endTime))
        return [{"events": page} for page in self._pages] if len(self.asked) == 1 else []


def test_pages_are_joined_in_the_order_of_time() -> None:
    """Lines of several streams and pages are one log, and no millisecond is asked for twice."""
    pages = Pages([{"timestamp": 2000, "message": line(2)}], [], [{"timestamp": 1000, "message": line(1)}])
    ticks = log.newest(pages, "group", 3)
    assert [(tick.at, tick.points) for tick in ticks if isinstance(tick, LoggedTick)] == [
        (EPOCH + timedelta(seconds=1), 1),
        (EPOCH + timedelta(seconds=2), 2),
    ]
    assert len(pages.asked) == len(log.LOOKS_BACK)
    assert all(newer[0] == older[1] + 1 for newer, older in zip(pages.asked, pages.asked[1:], strict=False))


@pytest.mark.parametrize(("message", "shown"), SHOWN.items())
def test_what_is_shown_of_a_line(message: str, shown: str) -> None:
    """Errors of the function, a channel, Lambda and a runtime without JSON; nothing of what is well."""
    found = read(NOW, message)
    assert not isinstance(found, LoggedTick)
    assert (f"{found.level}: {found.words}" if found else "") == shown


def test_a_tick_of_a_newer_version() -> None:
    """Fields that this program does not know are passed over."""
    assert isinstance(read(NOW, line(1, bots=[{"bot": "A", "points": 1}], news=[1])), LoggedTick)


@aws
def test_ticks_of_several_accounts(group: Group) -> None:
    """Each line says whose tick it is, or there are those of one account only; what went wrong stays."""
    group.write(
        (timedelta(minutes=5), line(1, account="prod", bots=[{"bot": "A", "points": 1}])),
        (timedelta(minutes=4), line(2, account="all")),
        (timedelta(minutes=3), AN_ERROR),
    )
    header, *rows = group.run("logs").out.splitlines()
    assert header.endswith("  account, top bots")
    assert [row.rpartition("min  ")[2] for row in rows[:2]] == ["prod: A 1", "all:"]
    _, *one = group.run("logs", "--account", "all").out.splitlines()
    assert [cells(row) for row in one] == [
        "yes 1 2 2 0 0 0 min",
        "ERROR: KeyRefusedError: Poe refused the API key",
    ]

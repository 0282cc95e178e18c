"""The history of a deployed stack, against a local AWS server that really deploys."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from budget_alert.config.reading import in_force
from budget_alert.instants import DAY, MICROSECOND, SLOT, slot_end, slot_of, to_micros
from budget_alert.ledger.items import Item, item, slot_item
from budget_alert.ledger.snooze_book import place_of
from budget_alert.snoozes import Snooze, Snoozes
from budget_alert.usage.missing import Gap
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Amount, Dimensions, Totals
from poe_budget.cli.export import Exported
from poe_budget.past.deployed import counted_span
from tests.cli.running import LocalStack, one_line, run
from tests.support.account import budget
from tests.support.aws import LocalAws

NOW = datetime.now(UTC)
LEDGER = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "KeySchema": [
            {"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))
        ],
    },
}
pytestmark = pytest.mark.xdist_group("cli-aws")


class Deployed(LocalStack):
    """A stack that has a ledger."""

    def __init__(self, aws: LocalAws, name: str, **outputs: str) -> None:
        super().__init__(aws, name, {"Ledger": LEDGER}, **outputs)
        self.dynamodb = aws.client("dynamodb")

    def store(self, *items: Item) -> None:
        """Put items into the ledger."""
        for one in items:
            self.dynamodb.put_item(TableName=self.outputs["TableName"], Item=one)

    def counted(self, **state: Any) -> None:
        """Let the function have counted so far."""
        self.store(item("default", "cursor", State(**{"started_at": NOW - 500 * DAY} | state)))


@pytest.fixture
def deployed(local_aws: LocalAws, request: pytest.FixtureRequest) -> Deployed:
    """Give a stack of its own."""
    return Deployed(local_aws, f"cli-{abs(hash(request.node.name))}", TableName="Ledger")


def slot(days_ago: float, points: int) -> Item:
    """Give the item of a quarter hour."""
    spent = {Dimensions("Claude", "API", "ci"): Amount(points, 1, 0, points)}
    return slot_item("default", slot_of(NOW - days_ago * DAY), Totals(spent))


def test_days_of_an_export_are_those_of_the_stacks_zone(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its messages have them; another zone may be asked for, and UTC is taken where none is known."""
    deployed.counted(completed_at=NOW)
    deployed.store(slot(1, 20))
    unknown = deployed.run("export", "--by", "day", "--json")
    assert "the stack's time zone is not known" in unknown.err
    found = SimpleNamespace(in_force=in_force(lambda: 'timezone = "Asia/Kathmandu"\n' + budget(), None))
    monkeypatch.setattr("poe_budget.cli.export.seen", lambda *_: found)
    reports = [
        unknown,
        deployed.run("export", "--json"),
        deployed.run("export", "--json", "--zone", "Asia/Tokyo"),
    ]
    zones = [msgspec.json.decode(each.out, type=Exported).timezone for each in reports]
    assert zones == ["UTC", "Asia/Kathmandu", "Asia/Tokyo"]


def test_up_to_four_hundred_days_are_read(deployed: Deployed) -> None:
    """What the table holds of the last 400 days is exported; what is older is about to leave it."""
    deployed.counted(completed_at=NOW)
    deployed.store(slot(0.1, 1), slot(30, 20), slot(399, 300), slot(401, 4000))
    ended = deployed.run("export", "--by", "bot", "--json")
    report = ended.report(Exported)
    assert (ended.status, ended.err) == (0, "")
    assert [(row.bot, row.points, row.queries) for row in report.rows] == [("Claude", 321, 3)]
    assert report.source == f"the table of {deployed.name}"
    assert (report.start, report.end) == (slot_end(NOW - 400 * DAY), NOW) or report.start > NOW - 400 * DAY


def test_what_is_snoozed_in_the_stack_is_so_in_a_backtest_of_it(deployed: Deployed, tmp_path: Path) -> None:
    """The notes say so, and of a rule that only that kept silent, why."""
    deployed.counted(completed_at=NOW)
    deployed.store(slot(2, 900), slot(20, 1))
    silent = Snooze(rule="B", start=NOW - 3 * DAY, until=NOW, by="Ada")
    deployed.store(item(*place_of("default"), Snoozes((silent,)), version=1))
    file = tmp_path / "budgets.toml"
    file.write_text(budget(points=1_000, more='alert_at = ["80%"]'), encoding="utf-8")
    ended = deployed.run("backtest", file)
    assert "Note: what somebody snoozed in the stack is snoozed here too: “B” from " in ended.err
    assert "B: reached, but snoozed" in ended.out


def test_one_of_several_accounts_or_their_sum(deployed: Deployed) -> None:
    """Each has a part of the table of its own; without a name it is that of an account that has none."""
    for account, points in (("prod", 5), ("all", 7)):
        totals = Totals({Dimensions("Claude", "API", "prod"): Amount(points, 1, 0, points)})
        state = State(started_at=NOW - 500 * DAY, completed_at=NOW)
        deployed.store(item(account, "cursor", state), slot_item(account, slot_of(NOW - DAY), totals))
    reports = [
        deployed.run("export", "--account", name, "--json").report(Exported) for name in ("prod", "all")
    ]
    assert [[row.points for row in report.rows] for report in reports] == [[5], [7]]
    table = f"the table of {deployed.name}"
    assert [report.source for report in reports] == [f"{table}, account prod", f"{table}, all accounts"]
    assert f"the function of {deployed.name} has counted nothing yet" in one_line(deployed.run("export"))
    nobody = one_line(deployed.run("export", "--account", "nobody"))
    assert f"the function of {deployed.name} has counted nothing, account nobody" in nobody


def test_what_is_still_being_read_is_left_out_and_said(deployed: Deployed) -> None:
    """While the function reads an older part, the history begins above it."""
    gap = Gap(start=slot_of(NOW - 20 * DAY), end=slot_of(NOW - 10 * DAY), after="q")
    deployed.counted(cursor=Cursor(to_micros(NOW), "q"), gaps=(gap,))
    deployed.store(slot(5, 1), slot(15, 20), slot(25, 300))
    ended = deployed.run("export", "--by", "bot")
    assert '"Claude",1,1,' in ended.out
    assert ended.err.startswith("Note: nothing before ")
    assert "the function is still reading it" in ended.err


def test_what_keeps_a_stack_from_being_exported(local_aws: LocalAws, deployed: Deployed) -> None:
    """No tick, nothing read, an item that this program cannot read, and no ledger at all: a line each."""

    def fails(stack: Deployed) -> str:
        ended = stack.run("export")
        assert ended.status == 1
        return one_line(ended)

    uncounted = f"the function of {deployed.name} has counted nothing yet; wait for its next tick"
    assert uncounted in fails(deployed)
    deployed.counted()
    assert uncounted in fails(deployed)
    deployed.counted(completed_at=NOW)
    deployed.store({**slot(1, 5), "schema": {"N": "99"}})
    line = fails(deployed)
    assert f"the table of {deployed.name} cannot be used: The table's item slot#" in line
    assert "this program is as new as the function" in line
    foreign = fails(Deployed(local_aws, "cli-foreign"))
    assert "the stack cli-foreign has no output TableName: name a stack of this project" in foreign


def test_a_way_to_aws_that_cannot_work(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that nobody serves is a failure; an environment without a region is wrong use."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    around = {**local_aws.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    ended = run("export", "--stack", "watch", **around)
    assert ended.status == 1
    assert "AWS did not describe the stack (EndpointConnectionError): check the network" in one_line(ended)
    del around["AWS_DEFAULT_REGION"]
    ended = run("export", "--stack", "watch", **around)
    assert ended.status == 2
    assert "You must specify a region: sign in" in one_line(ended)


AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
GAP = Gap(start=AT - 9 * DAY, end=AT - 2 * DAY, after="q")


@pytest.mark.parametrize(
    ("state", "span"),
    [
        (State(started_at=AT - DAY), None),
        (State(started_at=AT - DAY, completed_at=AT), (slot_end(AT - 31 * DAY), AT)),
        (State(started_at=AT - 900 * DAY, completed_at=AT), (AT - 400 * DAY, AT)),
        (
            State(
                started_at=AT - DAY, completed_at=AT - 3 * DAY, cursor=Cursor(to_micros(AT), "q"), gaps=(GAP,)
            ),
            (AT - 2 * DAY, AT + MICROSECOND),
        ),
        (State(started_at=AT - DAY, completed_at=AT - 3 * DAY, gaps=(GAP,)), None),
    ],
)
def test_the_span_that_the_function_has_counted(state: State, span: tuple[datetime, datetime] | None) -> None:
    """It begins 30 days before the first tick, 400 days ago or above a gap, and ends with the last tick."""
    got = counted_span(state, AT)
    assert (got is None) == (span is None)
    assert got is None or span is None or (abs(got[0] - span[0]) <= SLOT, got[1]) == (True, span[1])

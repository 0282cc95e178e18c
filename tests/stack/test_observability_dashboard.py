"""Tests of the dashboard: what it shows there is, and nothing hides anything."""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from budget_alert.identity import TOGETHER
from budget_alert.report import Report
from tests.stack.deployed import USUAL, Deployed
from tests.stack.emitted import Metric, of_a_good_tick, of_aws

COLUMNS = 24
TICK = """SOURCE 'Log' | filter message = "Tick" | fields jsonParse(@message) as tick | """
ONCE = """filter tick.account != "all" | """
LISTED = re.compile(r"unnest tick\.(\w+) into (\w+) \| stats .*")


def widgets(minutes: int = 5) -> list[Any]:
    """Return the widgets of the dashboard, which has to be JSON."""
    nested = Deployed(**USUAL, IntervalMinutes=minutes).observability()
    body = json.loads(nested.properties("Dashboard")["DashboardBody"])
    return list(body["widgets"])


def of_kind(kind: str) -> list[Any]:
    """Return the properties of the widgets of a kind."""
    return [one["properties"] for one in widgets() if one["type"] == kind]


def queries() -> list[str]:
    """Return what is asked of the lines of ticks, which every query is about."""
    asked = [str(one["query"]) for one in of_kind("log")]
    assert all(one.startswith(TICK) for one in asked)
    return [one.removeprefix(TICK) for one in asked]


def shown() -> set[Metric]:
    """Return the metrics that are shown."""
    lines = [line for one in of_kind("metric") for line in one["metrics"]]
    return {(line[0], line[1], ((line[2], line[3]),)) for line in lines}


@pytest.fixture(scope="module")
def tick() -> tuple[Report, set[Metric]]:
    """Give the report of a tick that counted and sent, and the metrics that it wrote."""
    return of_a_good_tick()


def test_every_metric_shown_is_emitted(tick: tuple[Report, set[Metric]]) -> None:
    """No line of a graph stays empty because of a name."""
    assert shown() <= tick[1] | of_aws()


def test_every_custom_metric_is_shown(tick: tuple[Report, set[Metric]]) -> None:
    """Nothing is paid for that nobody sees."""
    assert tick[1] <= shown()


def test_the_queries_ask_for_fields_that_the_tick_logs(tick: tuple[Report, set[Metric]]) -> None:
    """The fields, the lists and the fields of their rows are those of the one line that a tick logs."""
    line = tick[0].as_log()
    listed = set()
    for asked in queries():
        assert set(re.findall(r"\btick\.(\w+)", asked)) <= set(line)
        if found := LISTED.search(asked):
            rows, row = found.groups()
            (first, *_) = line[rows]
            assert set(re.findall(rf"\b{row}\.(\w+)", found[0])) <= set(first)
            listed.add(rows)
    assert listed == {"budgets", "bots"}


def test_points_are_shown_by_the_hour_by_bot_and_by_account() -> None:
    """One graph adds the points of each bot up by the hour, another those of each account."""
    asked = [one.removeprefix(ONCE) for one in queries() if "bin(1h)" in one]
    assert asked == [
        "unnest tick.bots into bot | stats sum(bot.points) as points by bot.bot, bin(1h)",
        "stats sum(tick.points) as points by tick.account, bin(1h)",
    ]


def test_no_point_is_counted_twice() -> None:
    """What the line of all accounts together says again is left out wherever points are added up."""
    assert all(one.startswith(ONCE) == ("sum(" in one) for one in queries())
    assert f'"{TOGETHER}"' in ONCE


def test_budgets_differ_by_account() -> None:
    """A rule that holds for every account by itself has a row for each, and one for all together one too."""
    levels = [one for one in queries() if "tick.budgets" in one]
    assert len(levels) == 2
    assert all(" by tick.account, budget.rule " in one for one in levels)


def test_every_alarm_is_shown() -> None:
    """The state of each alarm can be seen at a glance."""
    resources = Deployed().observability().resources().items()
    (widget,) = of_kind("alarm")
    assert set(widget["alarms"]) == {
        f"{name}.Arn" for name, one in resources if one["Type"].endswith("Alarm")
    }


def test_business_comes_first() -> None:
    """Budgets and points stand above everything that is about monitoring itself."""
    lowest = max(one["y"] for one in widgets() if one["type"] == "log")
    assert all(one["y"] > lowest for one in widgets() if one["type"] != "log")


def test_no_widget_overlaps_another_or_leaves_the_grid() -> None:
    """Each widget has its place for itself, within the 24 columns."""
    assert all(one["x"] + one["width"] <= COLUMNS for one in widgets())
    for one, other in combinations(widgets(), 2):
        assert not (overlap(one, other, "x", "width") and overlap(one, other, "y", "height"))


def overlap(one: Any, other: Any, start: str, length: str) -> bool:
    """Tell whether two widgets share a column, or a row."""
    return bool(one[start] < other[start] + other[length] and other[start] < one[start] + one[length])


def test_every_widget_has_a_title_and_the_region_of_the_stack() -> None:
    """A reader knows what each shows; and it shows the stack's own region."""
    assert all(one["properties"]["title"] for one in widgets())
    regions = {one["properties"]["region"] for one in widgets() if one["type"] != "alarm"}
    assert regions == {"eu-west-1"}


@pytest.mark.parametrize("minutes", [1, 5, 60])
def test_graphs_have_a_point_for_each_interval(minutes: int) -> None:
    """The period of the graphs is the interval, so that a point is a tick."""
    metric = [one["properties"] for one in widgets(minutes) if one["type"] == "metric"]
    assert {one["period"] for one in metric} == {minutes * 60}


def test_the_line_that_marks_the_alarm_is_where_it_alarms() -> None:
    """The mark in the graph of the lag is the alarm's threshold."""
    nested = Deployed().observability()
    marks = [
        line["value"]
        for one in of_kind("metric")
        for line in one.get("annotations", {}).get("horizontal", [])
    ]
    assert marks == [nested.properties("CountingLags")["Threshold"]]


def test_the_dashboard_is_named_after_stack_and_region() -> None:
    """Dashboards of all regions share their names, so that of the region is part of it."""
    stack = Deployed()
    assert stack.observability().properties("Dashboard")["DashboardName"] == "watch-eu-west-1"
    assert stack.outputs()["DashboardName"] == "Observability.Outputs.DashboardName"


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-eusc", "eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu"),
    ],
)
def test_the_button_in_messages_leads_to_the_dashboard(partition: str, region: str, console: str) -> None:
    """The function's address ends in the dashboard's name, and lies in the console of its region."""
    stack = Deployed(**USUAL, **{"AWS::Partition": partition, "AWS::Region": region})
    address = stack.environment()["DASHBOARD_URL"]
    name = stack.observability().properties("Dashboard")["DashboardName"]
    assert address == f"https://{console}/cloudwatch/home?region={region}#dashboards/dashboard/{name}"

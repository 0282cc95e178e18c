import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

from budget_alert.alerts import Kind, Severity
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import USAGE_PAGE, Field, Link, Places, trend, usable
from budget_alert.messages.wording import short
from tests.support.made_messages import alert, composed, forecast, health, of_a_day, standing, welcome
from tests.unit.messages import cases

PARTS = dict(part.split("\n", 1) for part in cases.GOLDEN.read_text().removeprefix("=== ").split("\n=== "))
WRITTEN = dict(part.split("\n", 1) for part in cases.written().removeprefix("=== ").split("\n=== "))


@pytest.mark.parametrize("name", WRITTEN)
def test_every_alert_is_worded_as_it_was_looked_at(name: str) -> None:
    """The words of each kind and shape of alert are those of the golden file."""
    assert WRITTEN[name] == PARTS[name]


def test_no_wording_is_left_over() -> None:
    """The golden file holds nothing else."""
    assert list(PARTS) == list(WRITTEN)


@pytest.mark.parametrize("word", ["watch", "told", "tells", "speaks", "judged", "reckoned", "foretold"])
def test_what_is_read_speaks_plainly(word: str) -> None:
    """Other words are not those of its readers."""
    assert not re.search(rf"\b{word}\b", cases.GOLDEN.read_text())


def test_the_most_severe_come_first() -> None:
    """Alerts go by severity, then by how full their budgets are; the first gives title and severity."""
    critical: dict[str, Any] = {"severity": Severity.CRITICAL}
    message = composed(
        welcome(),
        alert(standing("Low", 810_000)),
        alert(standing("High", 1_100_000), **critical),
        alert(standing("Mid", 900_000)),
        alert(standing("Higher", 1_200_000), **critical),
    )
    assert [each.rule for each in message.alerts] == ["Higher", "High", "Mid", "Low", ""]
    assert message.title == (
        "120 % of your monthly budget “Higher” is used, with 8 days to go; also “High”, “Mid” and 2 more"
    )
    assert message.severity is Severity.CRITICAL
    assert message.kinds == (Kind.BUDGET, Kind.WELCOME)


@pytest.mark.parametrize(
    ("count", "rest"), [(10, ""), (11, "and 1 more alert"), (200, "and 190 more alerts")]
)
def test_of_many_rules_and_troubles_ten_are_spelled_out(count: int, rest: str) -> None:
    """The first ten are spelled out, the most severe first, and every one is kept for machines."""
    more = f"{rest}, none more severe than these" if rest else ""
    (section,) = composed(*(of_a_day(f"b{each}", 130_000 - each) for each in range(count))).sections
    assert [f"“b{each}”" in line for each, line in enumerate(section.also[:9], 1)] == [True] * 9
    assert section.also[9:] == ((more,) if more else ())
    troubles = composed(*(health(Severity.CRITICAL, f"Trouble {each}.") for each in range(count)))
    assert (len(troubles.sections), troubles.more, len(troubles.alerts)) == (10, more, count)


def test_a_message_that_may_be_a_repeat_says_so() -> None:
    """Only then."""
    titles = [compose([welcome()], "default", perhaps_again=again).title for again in (True, False)]
    assert titles == [f"Maybe a repeat: {titles[1]}", "Your Poe points are monitored"]


def test_a_welcome_to_many_budgets_lists_the_fullest() -> None:
    """And counts the others."""
    (section,) = composed(welcome(*(standing(f"b{each}", each * 10_000) for each in range(40)))).sections
    assert [row.percent for row in section.rows] == [float(each) for each in range(39, 10, -1)]
    assert section.facts == ("and 11 more budgets",)


def test_links_lead_to_poe_first() -> None:
    """Every message leads to Poe's usage page, and then to the dashboard."""
    dashboard = Link("Dashboard", "https://console.aws.example/#dashboards/dashboard/poe?x=1&y=2")
    assert composed(welcome()).links == (USAGE_PAGE,)
    assert compose([welcome()], "default", Places(dashboard=dashboard.url)).links == (USAGE_PAGE, dashboard)


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "https://a b", "https://x/<!channel>", "https://x|y", "http://", "https://é"],
)
def test_what_is_no_address_is_no_link(url: str) -> None:
    """Only a web address of plain characters becomes a link."""
    assert compose([welcome()], "default", Places(dashboard=url)).links == (USAGE_PAGE,)


def test_links_are_bounded() -> None:
    """Long addresses are left out, none is there twice, and there are four at most."""
    links = [Link("x", "https://x.example/" + "y" * length) for length in (1000, 10, 10, 11, 12, 13, 14)]
    assert usable(links) == (links[1], *links[3:6])


@pytest.mark.parametrize(
    ("daily", "drawn"),
    [
        ((), ()),
        ((5,), ()),
        ((0, 61_230), (Field("Last 2 days", "up to 61.2 k a day ▁█"),)),
        ((0, -3), (Field("Last 2 days", "▁▁"),)),
        ((10,) * 40 + (1,) * 31, (Field("Last 31 days", f"up to 1 a day {'█' * 31}"),)),
    ],
)
def test_the_last_days_are_drawn(daily: tuple[int, ...], drawn: tuple[Field, ...]) -> None:
    """Two days and more, a month at most, are drawn as columns, with the highest in words."""
    assert trend(daily) == drawn


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_end_is_never_below_what_is_used(used: int, limit: int, expected: int, high: int) -> None:
    """Whatever was spent and is expected, neither points nor percent of the end are less."""
    ends = forecast(level=limit, expected=expected, low=0, high=high)
    (section,) = composed(alert(standing(points=used, limit=limit, forecast=ends))).sections
    words = next(field.words for field in section.fields if field.label.startswith("By "))
    found = re.search(r"about ([\d,.]+(?: [kM])?) \(([\d,.]+) %\)", words)
    assert found
    assert _number(found[1]) >= _number(short(used))
    assert _number(found[2]) >= _number(section.headline.partition(" ")[0])


def _number(words: str) -> float:
    size = {"k": 1_000, "M": 1_000_000}.get(words[-1], 1)
    return float(words.removesuffix(" k").removesuffix(" M").replace(",", "")) * size

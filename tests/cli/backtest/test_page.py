import re
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import vl_convert

from budget_alert.alerts import Kind
from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from poe_budget.backtest import charts
from poe_budget.backtest.page import page, picture
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.results import Replay
from tests.cli.backtest.replays import HOSTILE, HOUR, MINUTE, done, history, hourly, printed
from tests.support.account import budget
from tests.support.histories import START, entry
from tests.support.rendered import Rendered


def drawing(chart: charts.Chart) -> Element:
    """Draw a chart as a browser would."""
    return fromstring(vl_convert.vega_to_svg(chart.spec))  # noqa: S314 - made by the code under test


def marks(drawn: Element, name: str) -> list[Element]:
    """Give the marks of a part of a drawing."""
    groups = [one for one in drawn.iter() if f" {name}_marks" in one.get("class", "")]
    return [mark for group in groups for mark in group.iter() if "}g" not in mark.tag]


def values(chart: charts.Chart, name: str) -> list[dict[str, Any]]:
    """Give the rows of a part of a chart."""
    return next(data["values"] for data in chart.spec["data"] if data["name"] == name)


def of_budget(shown: Replay, name: str) -> charts.Chart:
    """Chart a budget."""
    return charts.budget(shown, next(one for one in shown.config.budgets if one.name == name))


def test_names_are_shown_as_they_are_and_steer_nothing() -> None:
    """Neither the terminal nor the page takes a hostile name for anything but text.

    The page may load nothing, by its own policy, and names no address, font, or picture.
    """
    config = (
        budget("day", 300).replace('"B"', f"'{HOSTILE}'") + f"\n[[query]]\nname = '{HOSTILE}2'\npoints = 9\n"
    )
    shown = done(config, name=HOSTILE + "\x1b[31m\u202e")
    text = printed(shown, 300)
    assert HOSTILE in text
    assert "\x1b" not in text
    html = page(shown, HOSTILE)
    parts = Rendered(html)
    assert HOSTILE in parts.text
    assert parts.tags.count("script") == 4  # two charts, Vega, and what draws
    assert not {"\x1b", "\u202e"} & set(html)
    names = {name for attributes in parts.attributes for name in attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "href"})
    assert "default-src 'none'" in html
    own = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"http:|https:|url\(|@import", own)
    assert not {"link", "img", "iframe", "object", "form"} & set(parts.tags)
    assert "prefers-color-scheme: dark" in html
    assert len(html.encode()) < 1_000_000


def test_the_page_begins_with_points_money_and_alerts() -> None:
    """Money where it is known what points cost."""
    words = Rendered(page(done("usd_per_million_points = 30\n" + budget()), "b")).text
    assert re.search(
        r"Points\s*3,130\s*289 queries\s*Money\s*\$0\.09\s*Alerts\s*\d+\s*in \d+ messages", words
    )
    assert not re.search(r"Money\s*\$", Rendered(page(done(), "b")).text)


def test_days_are_drawn_by_bot_with_a_lane_for_alerts_and_one_for_digests() -> None:
    """A bar for each bot of each day, a mark for each alert, and the same as a table."""
    shown = done()
    chart = charts.days(shown)
    drawn = drawing(chart)
    assert len(marks(drawn, "bars")) == 12 + 1
    assert len(marks(drawn, "alerts")) == len(shown.alerts)
    lanes = {row["y"] for row in values(chart, "alerts")}
    assert lanes == set(charts.LANES.values())
    digests = [row for row in values(chart, "alerts") if row["y"] == charts.LANES["digests"]]
    assert len(digests) == sum(sent.alert.kind is Kind.DIGEST for sent in shown.alerts)
    assert chart.headings == ["Day", "Points", "Claude-Opus-4", "late"]
    assert chart.rows[9] == ("Tuesday 10 Nov", "490", "240", "250")
    assert "Tuesday 10 Nov: 490 points\nlate: 250, 51 %" in [row["words"] for row in values(chart, "bars")]


def test_more_bots_than_colours_share_one() -> None:
    """The largest each have a colour; refunds are no bar."""
    spent = [entry(START + HOUR, 100 - number, f"q{number}", f"bot{number}") for number in range(9)]
    spent.append(entry(START + 2 * HOUR, -500, "back", "bot0"))
    chart = charts.days(replay(parse(budget()), history(spent, DAY)))
    assert chart.headings[2:] == ["bot1", "bot2", "bot3", "bot4", "bot5", "bot6", "other bots"]
    assert chart.rows == [("Sunday 1 Nov", "364", "99", "98", "97", "96", "95", "94", "-215")]
    assert [row["points"] for row in values(chart, "bars")] == [99, 98, 97, 96, 95, 94]


def test_a_budget_is_drawn_with_its_thresholds_and_alerts() -> None:
    """A mark for each alert, a line and a label for each threshold, and what each forecast expected."""
    shown = done()
    for name in ("Month", "Day", "Hours", "Nothing"):
        sent = [each for each in shown.alerts if each.alert.rule == name]
        assert len(marks(drawing(of_budget(shown, name)), "alerts")) == len(sent)
    month = drawing(of_budget(shown, "Month"))
    assert len(marks(month, "expected")) == len(marks(month, "range")) == 1
    assert len(marks(month, "thresholds")) == 3
    assert [text.text for text in marks(month, "labels")] == ["50 % = 2,000", "70 % = 2,800", "100 % = 4,000"]
    assert any(text.text == "history ends" for text in month.iter())
    edges = {name: len(values(of_budget(shown, name), "edges")) for name in ("Day", "Hours", "Nothing")}
    assert edges == {"Day": 11, "Hours": 0, "Nothing": 0}


def test_labels_of_thresholds_that_are_near_each_other_stand_on_both_sides() -> None:
    """So that none covers another."""
    shown = done(budget("day", 300, 'alert_at = ["50%", "95%", "98%", "100%"]'))
    left = {row["label"]: row["left"] for row in values(of_budget(shown, "B"), "thresholds")}
    assert left == {"50 % = 150": False, "95 % = 285": False, "98 % = 294": True, "100 % = 300": False}


def test_the_curve_of_a_budget_rises_from_nothing_to_what_it_came_to() -> None:
    """On the clock of the config's zone, thinned where there are more points than pixels."""
    zone = 'timezone = "Europe/London"\n'
    chart = of_budget(done(zone + budget("month", 4_000)), "B")
    curve = values(chart, "curve")
    points = [row["points"] for row in curve]
    assert (points[0], points[-1]) == (0, 12 * 240 + 250)
    assert points == sorted(points)
    assert curve[-1]["at"] - curve[0]["at"] == (12 * DAY + 15 * MINUTE) // timedelta(milliseconds=1)
    assert len(curve) < charts.MOST_POINTS
    spent = history(hourly(40 * 24), 40 * DAY)
    long = replay(parse(budget("90d", 9_000)), spent, Conditions(interval=HOUR))
    assert len(values(of_budget(long, "B"), "curve")) <= charts.MOST_POINTS + 1
    assert chart.rows[0] == ("1 Nov", "240", "6 %")
    assert len(chart.rows) == 12


def test_refunds_and_very_short_replays_can_be_drawn() -> None:
    """What is below nothing has its place too."""
    refunds = [entry(START + MINUTE, -500), entry(START + HOUR, 100)]
    short_one = replay(parse(budget()), history(refunds, 2 * HOUR))
    drawing(of_budget(short_one, "B"))
    nothing = replay(parse(budget()), history([], timedelta(0)))
    drawing(of_budget(nothing, "B"))
    drawing(charts.days(nothing))
    assert "<h2>Alerts</h2>" not in page(nothing, "b")


def test_the_page_lists_the_rules_that_the_terminal_lists() -> None:
    """The digest included, in the same words."""
    shown = done()
    table = page(shown, "b").partition("<h2>Rules</h2>")[2].partition("</table>")[0]
    rules = re.findall(r"<td[^>]*>(.*?)</td>", table)
    listed = [" ".join(rules[row : row + 4]).split() for row in range(0, len(rules), 5)]
    assert listed[-1] == ["digest", "digest", "11"]
    lines = [line.split() for line in printed(shown).splitlines()]
    assert [line for line in listed if line not in lines] == []
    assert len(listed) == len(shown.rules) + 1


def test_the_picture_is_the_page_in_short() -> None:
    """All days and the first budget, without tables."""
    shown = done()
    whole, short = page(shown, "b"), picture(shown, "b")
    parts = ("<details>", "<h2>Rules</h2>", "<h2>Day</h2>", "<h2>Month</h2>")
    assert [part in whole for part in parts] == [True] * 4
    assert [part in short for part in parts] == [False, False, False, True]


def test_a_kind_without_a_look_is_drawn_all_the_same() -> None:
    """A chart shows every alert that was sent, and its legend says of which kind."""
    assert charts.look_called("health").words == "health alerts"
    assert charts.look_called("health").shape == "square"

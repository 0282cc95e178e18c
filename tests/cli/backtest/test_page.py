import re
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, fromstring

import pytest

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from poe_budget.backtest.page import page
from poe_budget.backtest.page.axes import Axes, round_step, short
from poe_budget.backtest.page.marks import SHAPES
from poe_budget.backtest.replay import replay
from tests.cli.backtest.replays import HOSTILE, MINUTE, done, printed
from tests.cli.backtest.saving import HOUR, history
from tests.support.account import budget
from tests.support.histories import START, entry


class Parts(HTMLParser):
    """What a page is made of: its elements and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element; none may load or run anything."""
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Take note of words."""
        self.words += data


def test_names_are_shown_as_they_are_and_steer_nothing() -> None:
    """Neither the terminal nor the page takes a hostile name for anything but text."""
    config = (
        budget("day", 300).replace('"B"', f"'{HOSTILE}'") + f"\n[[query]]\nname = '{HOSTILE}2'\npoints = 9\n"
    )
    shown = done(config, name=HOSTILE + "\x1b[31m\u202e")
    text = printed(shown, 300)
    assert HOSTILE in text
    assert "\x1b" not in text
    html = page(shown, HOSTILE)
    parts = Parts(html)
    assert "script" not in parts.tags
    assert HOSTILE in parts.words
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No script, no font, no picture and no address: only its own drawings."""
    html = page(done(), "budgets.toml")
    assert "http" not in html
    assert "url(" not in html
    assert "@import" not in html
    parts = Parts(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(parts.tags)
    assert "prefers-color-scheme: dark" in html


def test_the_page_draws_every_budget_with_its_thresholds_and_alerts() -> None:
    """A mark for each alert, a line for each threshold, and what each forecast expected."""
    shown = done()
    html = page(shown, "budgets.toml")
    drawings = drawn(html)
    overview, month, day, hours, nothing = drawings
    assert len(marks(overview)) == len(shown.alerts)
    for drawing, name in ((month, "Month"), (day, "Day"), (hours, "Hours"), (nothing, "Nothing")):
        mine = [sent for sent in shown.alerts if sent.alert.rule == name]
        assert len(marks(drawing)) == len(mine)
    assert (
        kinds(month, "line").count("expected") == len([one for one in marks(month) if "forecast" in one]) > 0
    )
    lines = [kind for kind in kinds(month, "line") if kind.startswith("threshold")]
    assert lines == ["threshold below", "threshold foreseen", "threshold limit"]
    assert [text.text for text in month.iter("text") if "threshold" in text.attrib["class"]] == [
        "50 % = 2k",
        "70 % = 2.8k",
        "100 % = 4k",
    ]
    assert "end" in kinds(month, "line")
    assert "end" not in kinds(day, "line")
    assert kinds(day, "line").count("edge") == 11
    assert kinds(hours, "line").count("edge") == kinds(nothing, "line").count("edge") == 0
    assert all(0 <= x <= 960 and 0 <= y <= 300 for drawing in drawings for x, y in places(drawing))


def test_the_page_lists_the_rules_that_the_terminal_lists() -> None:
    """The digest included, in the same words."""
    shown = done()
    rules = re.findall(
        r"<td>(.*?)</td>", page(shown, "b").partition("<h2>Rules</h2>")[2].partition("</table>")[0]
    )
    listed = [" ".join(rules[row : row + 4]).split() for row in range(0, len(rules), 5)]
    assert listed[-1] == ["digest", "digest", "11"]
    lines = [line.split() for line in printed(shown).splitlines()]
    assert [line for line in listed if line not in lines] == []
    assert len(listed) == len(shown.rules) + 1


def test_a_digest_does_not_look_like_a_reminder() -> None:
    """Its mark is a shape of its own, and hollow."""
    assert SHAPES["digest"][0] not in {shape for name, (shape, _) in SHAPES.items() if name != "digest"}
    assert ".mark.digest { fill: var(--paper); stroke: var(--info)" in page(done(), "b")


def test_a_narrow_screen_says_that_it_scrolls() -> None:
    """Rather than break the words of a rule's name."""
    html = page(done(), "b")
    assert "What is wider than the screen scrolls sideways." in Parts(html).words
    assert "td:first-child, .rules td:not(:last-child) { overflow-wrap: normal; }" in html


def drawn(html: str) -> list[Element]:
    """Give the charts of a page, which must be well-formed: first that of all days, then the budgets'."""
    charts = re.findall(r"<svg viewBox=\"0 0 960.*?</svg>", html)
    return [fromstring(chart) for chart in charts]  # noqa: S314 - made by the code under test


def marks(drawing: Element) -> list[str]:
    """Give the kinds of the marks of a drawing."""
    return [kind for kind in kinds(drawing, "path") if kind.startswith("mark ")]


def kinds(drawing: Element, tag: str) -> list[str]:
    """Give the classes of all elements of a kind."""
    return [element.attrib["class"] for element in drawing.iter(tag)]


def places(drawing: Element) -> list[tuple[float, float]]:
    """Give every corner of a drawing's lines and areas."""
    found = [element.attrib["points"] for tag in ("polyline", "polygon") for element in drawing.iter(tag)]
    return [
        (float(x), float(y)) for points in found for x, y in (corner.split(",") for corner in points.split())
    ]


def test_the_curve_of_a_budget_rises_from_nothing_to_what_it_came_to() -> None:
    """Drawn where the axes say so."""
    shown = done(budget("month", 4_000))
    (curve,) = drawn(page(shown, "b"))[1].iter("polyline")
    corners = [tuple(map(float, corner.split(","))) for corner in curve.attrib["points"].split()]
    axes = Axes(start=START, end=START + 12 * DAY, top=4_241)
    assert corners[0] == pytest.approx((axes.x(START), axes.y(0)), abs=0.1)
    assert corners[-1] == pytest.approx((axes.x(START + 12 * DAY), axes.y(12 * 240 + 250)), abs=0.1)
    assert [y for _, y in corners] == sorted((y for _, y in corners), reverse=True)


def test_refunds_and_very_short_replays_can_be_drawn() -> None:
    """What is below nothing has its place too."""
    refunds = [entry(START + MINUTE, -500), entry(START + HOUR, 100)]
    short_one = replay(parse(budget()), history(refunds, 2 * HOUR))
    html = page(short_one, "b")
    assert 'class="curve"' in html
    assert all(0 <= y <= 300 for _, y in places(drawn(html)[1]))
    nothing = replay(parse(budget()), history([], timedelta(0)))
    assert "<h2>Alerts</h2>" not in page(nothing, "b")


@pytest.mark.parametrize(
    ("points", "words"),
    [(999, "999"), (-1_500, "-1.5k"), (250_000, "250k"), (1_234_567, "1.23M"), (2 * 10**9, "2bn")],
)
def test_points_beside_an_axis_are_short(points: int, words: str) -> None:
    """Three digits and a unit."""
    assert short(points) == words


@pytest.mark.parametrize(
    ("span", "step"), [(1, 1), (3, 1), (10, 2), (100, 20), (160, 50), (700, 200), (901, 200)]
)
def test_three_lines_or_more_are_drawn(span: int, step: int) -> None:
    """At round numbers."""
    assert round_step(span) == step


@pytest.mark.parametrize("days", [1, 10, 31, 100, 400])
def test_dates_leave_each_other_room(days: int) -> None:
    """Never more of them than fit, at midnights of the reader's zone."""
    zone = parse('timezone = "Europe/London"\n' + budget()).zone
    axes = Axes(start=START - 30 * DAY + MINUTE, end=START + (days - 30) * DAY, top=1)
    dates = list(axes.dates(zone))
    assert 1 <= len(dates) <= 16
    assert all(date.astimezone(zone).hour == 0 for date in dates)

from typing import Any

import pytest
from hypothesis import given

from budget_alert.alerts import Driver, Kind, Severity
from budget_alert.messages.compose import Message, compose, more
from budget_alert.messages.parts import USAGE_PAGE, Link, Section, Trend, trend
from tests.support.alerts_made import MESSAGES
from tests.support.telling import ODD_NAMES, alert, health, standing, told, welcome

CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL}
SEEN = "Seen 22 Nov 2026 10:15 (Europe/London)"


def test_the_begin_of_a_health_episode() -> None:
    """What went wrong with the watch is told with what to do."""
    message = told(health(Severity.CRITICAL, "Poe refuses the API key.", "Put a valid key into the secret."))
    assert (message.title, message.severity) == ("Poe refuses the API key.", Severity.CRITICAL)
    assert message.sections == (
        Section(
            headline="Poe refuses the API key.",
            heading="Health of the watch",
            advice=("Put a valid key into the secret.",),
            note=SEEN,
        ),
    )


def test_the_end_of_a_health_episode() -> None:
    """What is well again is information, and asks for nothing."""
    message = told(health(Severity.INFO, "Poe accepts the API key again."))
    assert (message.title, message.severity) == ("Poe accepts the API key again.", Severity.INFO)
    assert message.sections[0].advice == ()


def test_several_mistakes_are_several_steps() -> None:
    """What has several lines keeps them, be it text or advice."""
    section = told(
        health(Severity.WARNING, "The config is bad.\n\nIt waits.", "points: …\nzone: …")
    ).sections[0]
    assert (section.headline, section.facts) == ("The config is bad.", ("It waits.",))
    assert section.advice == ("points: …", "zone: …")


def test_a_long_text_is_whole_below_its_headline() -> None:
    """What does not fit into the first line stands below it."""
    text = "why " * 40
    section = told(health(Severity.CRITICAL, text)).sections[0]
    assert len(section.headline) == 140
    assert section.headline.endswith("…")
    assert section.facts == (text.strip(),)


def test_the_most_severe_come_first() -> None:
    """Alerts are told by severity, then by how full their budgets are; the first gives title and severity."""
    message = told(
        welcome(),
        alert(standing("Low", 810_000)),
        alert(standing("High", 1_100_000), **CRITICAL),
        alert(standing("Mid", 900_000)),
        alert(standing("Higher", 1_200_000), **CRITICAL),
    )
    assert [each.rule for each in message.alerts] == ["Higher", "High", "Mid", "Low", ""]
    assert message.title == (
        "120 % of your monthly budget “Higher” is used, with 8 days to go; also “High”, “Mid” and 2 more"
    )
    assert message.severity is Severity.CRITICAL
    assert message.kinds == (Kind.BUDGET, Kind.WELCOME)


def test_two_alerts_are_both_named() -> None:
    """A title names a second alert by its rule, or by what it is about."""
    first = "82 % of your monthly budget “Everything” is used, 3 days early"
    assert told(alert(standing()), alert(standing("Chat", 1))).title == f"{first}; also “Chat”"
    assert told(alert(standing()), welcome()).title == f"{first}; also where every budget stands"


def test_each_of_several_sections_is_headed_by_what_happened() -> None:
    """With several alerts a heading alone would not say what happened; with one, the title says it."""
    several = told(alert(standing()), welcome())
    assert [each.heading for each in several.sections] == [
        "82 % of your monthly budget “Everything” is used, 3 days early",
        "The watch on your Poe points is on",
    ]
    assert told(alert(standing())).sections[0].heading == "Budget “Everything”"


def test_more_than_ten_alerts_are_counted() -> None:
    """Ten alerts are spelled out, and every one is kept for machines."""
    message = told(*(health(Severity.CRITICAL, f"Trouble {each}.") for each in range(12)))
    assert (len(message.sections), message.more, len(message.alerts)) == (10, 2, 12)
    assert more(message) == "and 2 more alerts, none more severe than these"


def test_ten_alerts_are_all_told() -> None:
    """Nothing is counted where everything is spelled out."""
    message = told(*(health(Severity.CRITICAL, f"Trouble {each}.") for each in range(10)))
    assert (len(message.sections), message.more, more(message)) == (10, 0, "")


def test_links_lead_to_poe_first() -> None:
    """Every message leads to Poe's usage page, and then to where its caller says."""
    dashboard = Link("Dashboard", "https://console.aws.example/#dashboards/dashboard/poe?x=1&y=2")
    assert told(welcome()).links == (USAGE_PAGE,)
    assert compose([welcome()], "default", [dashboard]).links == (USAGE_PAGE, dashboard)


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "https://a b", "https://x/<!channel>", "https://x|y", "http://", "https://é"],
)
def test_what_is_no_address_is_no_link(url: str) -> None:
    """Only a web address of plain characters becomes a link."""
    assert compose([welcome()], "default", [Link("x", url)]).links == (USAGE_PAGE,)


def test_links_are_bounded() -> None:
    """Long addresses are left out, long labels cut, and there are three links at most."""
    links = [Link("l" * 100, "https://x.example/" + "y" * length) for length in (1000, 10, 10, 10)]
    shown = compose([welcome()], "default", links).links
    assert [len(link.label) for link in shown] == [len("Poe's usage page"), 60, 60]
    assert all(len(link.url) <= 1000 for link in shown)


@pytest.mark.parametrize(
    ("daily", "drawn"),
    [
        ((), None),
        ((5,), None),
        ((0, 61_230), Trend("▁█", "last 2 days, up to 61,230 points a day")),
        ((0, -3), Trend("▁▁", "last 2 days")),
    ],
)
def test_the_last_days_are_drawn(daily: tuple[int, ...], drawn: Trend | None) -> None:
    """Two days and more are drawn as columns, with the highest in words."""
    assert trend(daily) == drawn


def test_a_month_of_days_is_drawn_at_most() -> None:
    """Of very many days the last ones are drawn."""
    drawn = trend([10] * 40 + [1] * 31)
    assert drawn == Trend("█" * 31, "last 31 days, up to 1 point a day")


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_stay_within_their_line(odd: str) -> None:
    """However a rule or a bot is called, every line is one line of readable length."""
    message = compose([alert(standing(odd, drivers=(Driver(odd, 1),) * 5))], odd)
    assert len(message.title) < 150
    assert all(len(text) <= 520 and "\n" not in text for text in texts(message))


@given(MESSAGES)
def test_hostile_texts_break_no_message(message: Message) -> None:
    """Any alert gives clean, bounded lines, and none is empty."""
    for text in texts(message):
        assert text
        assert len(text) <= 600
        assert text.replace("\u2068", "").replace("\u2069", "").isprintable()


def texts(message: Message) -> list[str]:
    """Return every text that a message shows."""
    shown = [message.title]
    for section in message.sections:
        shown += [
            section.heading,
            *section.facts,
            *section.movers,
            *(gauge.words for gauge in section.gauges),
        ]
        shown += [section.also.words, *section.also.lines] if section.also else []
        shown += [*section.advice, *([section.note] if section.note else [])]
    return shown

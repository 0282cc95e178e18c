from typing import Any

import pytest

from budget_alert.alerts import Alert, Kind, Severity
from budget_alert.channels.qdeveloper import thread_id
from budget_alert.instants import to_micros
from budget_alert.messages.compose import more
from budget_alert.messages.parts import Also, Section
from budget_alert.usage.entries import Query
from tests.support.telling import COUNTED, alert, health, told

NOTE = "Counted 22 Nov 2026 10:15 (Europe/London), nothing missing"


def query(points: int = 81_230, number: int = 1, **more: Any) -> Query:
    """Return a query of a chat."""
    fields: dict[str, Any] = {
        "bot": "Claude-Opus",
        "usage_type": "Chat",
        "api_key": "",
        "used_for": "Trip to Rome",
    }
    created = to_micros(COUNTED) - number
    return Query(created=created, query_id=f"q{number}", points=points, **{**fields, **more})


def costly(one: Query, rule: str = "Expensive query", **more: Any) -> Alert:
    """Return an alert that tells a query."""
    return alert(rule=rule, kind=Kind.QUERY, query=one, **{"threshold_points": 50_000, **more})


def test_one_query_in_full() -> None:
    """A query is told with its bot, its time and what it was used for."""
    assert told(costly(query())).sections == (
        Section(
            headline="One query cost 81,230 points (Claude-Opus)",
            heading="Query “Expensive query”",
            facts=("81,230 points; Claude-Opus, 22 Nov 10:14, Chat “Trip to Rome”",),
            advice=(
                "Look at what “Claude-Opus” was asked, on Poe's usage page.",
                "If this is expected, raise “points” of the rule in the config.",
            ),
            note=NOTE,
        ),
    )


@pytest.mark.parametrize(
    ("more", "use"),
    [
        ({"used_for": ""}, "Chat"),
        ({"used_for": "\u200b\n"}, "Chat"),
        ({"usage_type": "API", "used_for": "", "api_key": "ci"}, "API key “ci”"),
        ({"usage_type": "Canvas App", "used_for": "Tab"}, "Canvas App “Tab”"),
        ({"usage_type": ""}, "(unnamed) “Trip to Rome”"),
    ],
)
def test_what_a_query_was_used_for(more: dict[str, Any], use: str) -> None:
    """The use is told as far as Poe says it; a blank name is left out."""
    assert told(costly(query(**more))).sections[0].facts[0].endswith(f", {use}")


def test_a_bot_without_a_name() -> None:
    """A bot without a name is not put into brackets twice."""
    assert told(costly(query(bot=""))).title == "One query cost 81,230 points (unnamed)"


def test_many_queries_of_a_rule_are_told_as_one() -> None:
    """Queries of one rule make one section: the largest ten in their order, the rest counted."""
    message = told(*(costly(query(50_000 + each, each)) for each in range(12)))
    (section,) = message.sections
    assert message.title == "12 queries cost 50,000 points or more each; the largest 50,011"
    assert section.facts[0] == "600,066 points together"
    assert section.facts[1] == "1. 50,011 points; Claude-Opus, 22 Nov 10:14, Chat “Trip to Rome”"
    assert section.facts[10].startswith("10. 50,002 points")
    assert section.facts[11:] == ("and 2 more, 100,001 points together",)
    assert (message.more, len(message.alerts)) == (0, 12)


def test_queries_of_different_rules_are_a_line_each() -> None:
    """Each rule has its own line, in the place of its first query, and its own thread."""
    trouble = health(Severity.CRITICAL, "Trouble.")
    mine, theirs = costly(query(1, 1), "A"), costly(query(2, 2), "B")
    message = told(mine, theirs, costly(query(3, 3), "A"), trouble)
    assert [each.headline for each in message.sections] == [
        "Trouble.",
        "2 queries cost 50,000 points or more each; the largest 3",
    ]
    assert message.sections[1].also == Also("Also passed", ("One query cost 2 points (Claude-Opus)",))
    assert message.title == "Trouble.; also “A” and “B”"
    assert thread_id("default", mine) != thread_id("default", theirs)


def test_alerts_beyond_ten_sections_are_counted_one_by_one() -> None:
    """What is not spelled out is counted in alerts, however they belong together."""
    others = [health(Severity.CRITICAL, f"Trouble {each}.") for each in range(10)]
    message = told(*others, *(costly(query(1, each)) for each in range(3)))
    assert len(message.sections) == 10
    assert more(message) == "and 3 more alerts, none more severe than these"

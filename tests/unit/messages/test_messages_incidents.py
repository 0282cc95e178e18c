import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from budget_alert.alerts import Alert, Driver, Kind, Mover, Reason, Severity, Spike, Standing
from budget_alert.channels.blocks import CUT, payload
from budget_alert.channels.mail import body
from budget_alert.channels.qdeveloper import notification
from budget_alert.channels.sms import septets, sms
from budget_alert.channels.texts import attributes, texts
from budget_alert.config.periods import Day, Window
from budget_alert.instants import to_micros
from budget_alert.messages.compose import Message
from budget_alert.messages.parts import Also
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.entries import Query
from tests.support.telling import COUNTED, ODD_NAMES, alert, health, standing, told, welcome
from tests.unit.channels.test_blocks import good

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = Window(COUNTED.replace(hour=0, minute=0), COUNTED.replace(hour=0, minute=0) + DAY)
CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL}


def of_a_day(rule: str, points: int, **more: Any) -> Standing:
    """Return the standing of a daily budget of 100,000 points."""
    fields: dict[str, Any] = {"limit": 100_000, "window": TODAY, "period": Day(), "usd_limit": None}
    return standing(rule, points, **{**fields, **more})


def over(rule: str = "A day", points: int = 130_000, **more: Any) -> Alert:
    """Return an alert of a daily budget that is used up."""
    limit = {"threshold": "100%", "threshold_points": 100_000}
    return alert(of_a_day(rule, points), **{**CRITICAL, **limit, **more})


def spike(**more: Any) -> Alert:
    """Return an alert of a burst in the last hour."""
    burst = Spike(
        window=Window(COUNTED - HOUR, COUNTED),
        points=90_000,
        usual=5_000,
        times=Decimal(4),
        at_least=20_000,
        bots=(Mover("Claude-Opus-4.5", 90_000, 5_000),),
    )
    return alert(rule="Burst", kind=Kind.SPIKE, spike=burst, **more)


def query(number: int = 1, rule: str = "Expensive query", **more: Any) -> Alert:
    """Return an alert of a query of 60,000 points."""
    one = Query(to_micros(COUNTED) - number, f"q{number}", "Claude-Opus-4.5", "API", "ci", 60_000)
    return alert(rule=rule, kind=Kind.QUERY, query=one, threshold_points=50_000, **more)


def foretold(**more: Any) -> Alert:
    """Return an alert that the month's points will likely be gone within a day."""
    gone = Forecast(
        level=1_000_000,
        chance=0.9,
        expected=1_200_000,
        low=1_100_000,
        high=1_300_000,
        earliest=COUNTED + HOUR,
        latest=COUNTED + 3 * HOUR,
    )
    return alert(standing(), kind=Kind.FORECAST, forecast=gone, threshold="100%", **more)


def mails(message: Message) -> list[str]:
    """Return the lines of the mail."""
    return body(message).split("\n")


FOUR = (spike(), query(), alert(standing("Opus", 900_000, drivers=(Driver("Claude-Opus-4.5", 1),))), over())
LINES = (
    "90 % of your monthly budget “Opus” is used, 5 days early",
    "“Burst”: 90,000 points in the last hour, 18 times the usual 5,000",
    "One query cost 60,000 points (Claude-Opus-4.5)",
)
TITLE = "130 % of your daily budget “A day” is used, with 13 hours to go"


def test_four_rules_of_one_burst_are_four_lines() -> None:
    """A mail has one headline, one list of what else was passed, one cause, one remedy and one time."""
    message = told(*FOUR)
    assert len(message.sections) == 1
    assert message.sections[0].also == Also("Also passed", LINES)
    assert mails(message) == [
        f"{TITLE}; also “Opus”, “Burst” and 1 more",
        "",
        "Budget “A day”",
        "████████████████████ 130 % used",
        "130,000 of 100,000 points, about $3.90",
        "30,000 points over the limit",
        *mails(told(FOUR[3]))[6:10],
        "",
        "Also passed:",
        *(f"- {line}" for line in LINES),
        "",
        "What to do next:",
        "- Pause “Claude-Opus-4.5” or move it to a cheaper model.",
        "- Or raise “points” of the budget in the config.",
        "- Or set its “snooze_until” to a date, to hear nothing more until then.",
        "",
        "Counted 22 Nov 2026 10:15 (Europe/London), nothing missing",
        "",
        "Poe's usage page: https://poe.com/points_history",
        "🔴 Critical · account default",
    ]


def test_slack_and_the_chat_show_the_same_list() -> None:
    """The list stands between what happened and what to do."""
    listed = ["*Also passed*", *(f"• {line}" for line in LINES)]
    blocks = payload(told(*FOUR))["blocks"]
    assert [block["type"] for block in blocks] == [
        *("header", "section", "section", "section", "context", "actions", "context")
    ]
    assert blocks[2]["text"]["text"].split("\n") == listed
    chat = json.loads(notification(told(*FOUR)))["content"]
    shown = chat["description"].split("\n")
    assert shown[shown.index("*Also passed*") :][:4] == listed
    assert len(chat["nextSteps"]) == 3


def test_an_sms_says_the_worst() -> None:
    """An SMS has room for the headline, and for how many more there are."""
    assert (
        sms(told(*FOUR))
        == f'Poe: {TITLE.replace("“", chr(34)).replace("”", chr(34))}; also "Opus", "Burst" and 1 more'
    )


def test_programs_get_every_alert() -> None:
    """The JSON for programs holds all four, and a filter finds each kind."""
    message = told(*FOUR)
    records = json.loads(json.loads(texts(message))["sqs"])["alerts"]
    assert [each["rule"] for each in records] == ["A day", "Opus", "Burst", "Expensive query"]
    assert json.loads(attributes(message)["kind"]["StringValue"]) == ["budget", "spike", "query"]


def test_what_is_expected_is_not_said_to_be_passed() -> None:
    """A forecast among the others changes the words above them."""
    assert also(over(), foretold()).words == "Also expected"
    assert also(over(), foretold(), spike()).words == "Also passed or expected"


def also(*alerts: Alert) -> Also:
    """Return what the only entry of a message lists."""
    (section,) = told(*alerts).sections
    assert section.also
    return section.also


def test_a_reminder_joins_and_news_of_the_same_severity_goes_first() -> None:
    """What is sent again is a line beside what is new, however full it is."""
    again = over("Again", 300_000, reason=Reason.REPEATED)
    assert also(again, over()).lines == (
        "Reminder: 300 % of your daily budget “Again” is used, with 13 hours to go",
    )


def test_what_new_rules_have_passed_is_an_entry_of_its_own() -> None:
    """It is no news of the burst, and several such rules are a line each."""
    new = [alert(standing(rule), reason=Reason.ALREADY, severity=Severity.INFO) for rule in ("One", "Two")]
    passed, already = told(over(), spike(), *new).sections
    assert passed.also is not None
    assert already.also == Also(
        "Also passed", ("New or changed: 82 % of your monthly budget “Two” is used already",)
    )
    assert already.note == ""


def test_what_is_not_about_usage_stays_apart() -> None:
    """Troubles and lists of budgets are entries of their own, the most severe first."""
    sections = told(welcome(standing()), over(), health(Severity.CRITICAL, "Trouble."), spike()).sections
    assert [each.headline for each in sections] == [
        "Trouble.",
        TITLE,
        "The watch on your Poe points is on",
    ] or [each.headline for each in sections] == [TITLE, "Trouble.", "The watch on your Poe points is on"]
    assert [each.also is not None for each in sections].count(True) == 1


@pytest.mark.parametrize(("later", "entries"), [(DAY, 1), (DAY + HOUR, 2)])
def test_what_follows_within_a_day_is_of_the_same_cause(later: timedelta, entries: int) -> None:
    """Alerts that waited for a channel belong together as they would have then, each with its time."""
    message = told(over(counted_at=COUNTED), spike(counted_at=COUNTED + later))
    assert len(message.sections) == entries
    if entries == 1:
        assert message.sections[0].also
        assert message.sections[0].also.lines[0].endswith("18 times the usual 5,000 (23 Nov 10:15)")


def test_a_window_that_has_ended_is_over_and_does_not_lead() -> None:
    """After an outage, what is still open leads, and a line says until when the rest was used."""
    before = Window(TODAY.start - DAY, TODAY.start)
    yesterday = alert(of_a_day("A day", 300_000, window=before), **CRITICAL)
    assert also(yesterday, over()).lines == ("300 % of your daily budget “A day” was used by 22 Nov 00:00",)
    assert told(yesterday, over()).title == TITLE


def test_a_line_names_the_bot_that_the_headline_does_not() -> None:
    """What somebody else spends is not hidden behind the leading budget's bots."""
    chat = alert(standing("Chat", drivers=(Driver("GPT-9", 500),)))
    assert also(over(), chat).lines[0].endswith("is used, 3 days early; top bot “GPT-9”")


def test_what_is_unread_in_any_line_is_said_below() -> None:
    """The one note does not say that nothing is missing where a line says at least."""
    partial = alert(standing("Month", complete=False))
    note = told(over(), partial).sections[0].note
    assert note.startswith(
        "Counted 22 Nov 2026 10:15 (Europe/London); at least, because part of the usage is not read yet"
    )


def test_a_title_names_each_rule_once() -> None:
    """A forecast of the leading budget, or two windows of another one, are no other rules."""
    rule = "Everything"
    message = told(over(rule), alert(standing(rule)), spike(), spike())
    assert message.title == f"{TITLE.replace('A day', rule)}; also “Burst”"


def test_queries_of_a_rule_are_one_line() -> None:
    """Twelve expensive queries do not hide what else was passed."""
    lines = also(over(), *(query(each) for each in range(12)), spike()).lines
    assert lines[0] == "12 queries cost 50,000 points or more each; the largest 60,000"
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("count", "rest"), [(10, ""), (11, "and 1 more alert"), (200, "and 190 more alerts")]
)
def test_of_many_rules_ten_are_spelled_out(count: int, rest: str) -> None:
    """The headline and nine lines are spelled out, the most severe first; the others are counted."""
    lines = also(*(over(f"b{each}", 130_000 - each) for each in range(count))).lines
    spelled = [f"“b{each}”" for each in range(1, 10)]
    assert [name in line for name, line in zip(spelled, lines, strict=False)] == [True] * 9
    assert lines[9:] == ((f"{rest}, none more severe than these",) if rest else ())


@pytest.mark.parametrize("count", [11, 200])
@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_many_alerts_fit_into_every_channel(count: int, odd: str) -> None:
    """However many rules pass at once and whatever they are called, each channel's limits hold, uncut."""
    bots = (Driver(odd, 50_000),) * 5
    daily = of_a_day("", 130_000, drivers=bots)
    every = [over(), foretold()]
    every += [
        alert(msgspec.structs.replace(daily, rule=f"{place}{odd}"), **CRITICAL) for place in range(2, count)
    ]
    message = told(*every)
    sent = payload(message)
    assert good(sent)
    assert CUT not in str(sent)
    assert len(body(message).encode()) < 20_000
    assert f"and {count - 10} more alert" in body(message)
    assert septets(sms(message)) <= 140
    assert len(json.loads(notification(message))["content"]["description"]) < 8000
    assert len(texts(message).encode()) <= 200_000
    assert len(message.alerts) == count

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from budget_alert.messages.alerts import Alert, Driver, Kind, Reason, Severity
from budget_alert.messages.compose import Message, compose, more
from budget_alert.messages.sections import UNREAD, Gauge, Section
from tests.telling import HOSTILE_MESSAGES, ODD_NAMES, alert, health, standing, told, welcome

CRITICAL = {"severity": Severity.CRITICAL}


def facts(each: Alert) -> tuple[str, ...]:
    """Return the facts that an alert alone is told with."""
    return told(each).sections[0].facts


def test_one_budget_in_full() -> None:
    """A budget alert says which budget, how full, points, money, window, drivers, time and what to do."""
    assert told(alert(standing())).sections == (
        Section(
            heading="Budget “Everything”",
            gauges=(Gauge(82.0, "82 % used"),),
            facts=(
                "820,000 of 1,000,000 points, about $24.60 of $30.00",
                "180,000 points left, about $5.40",
                "Reached the threshold of 80% (800,000 points)",
                "Window: calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)",
                "Top bots: Claude-Opus-4.5 61 %, GPT-5 24 %",
            ),
            advice=(
                "Look at what “Claude-Opus-4.5” does.",
                "If this is expected, raise “points” or “alert_at” of the budget in the config.",
            ),
            note="Counted 22 Nov 2026 10:15 (Europe/London)",
        ),
    )


def test_over_the_limit() -> None:
    """Past its limit a budget says by how much, and how to spend less or hear less."""
    section = told(alert(standing(points=1_233_770), **CRITICAL)).sections[0]
    assert "233,770 points over the limit, about $7.01" in section.facts
    assert section.advice == (
        "Pause “Claude-Opus-4.5” or move it to a cheaper model.",
        "Or raise “points” of the budget in the config.",
        "Or set its “snooze_until” to a date, to hear nothing more until then.",
    )


def test_exactly_at_the_limit() -> None:
    """A budget that is just used up has nothing left, and no money either."""
    assert "0 points left" in facts(alert(standing(points=1_000_000), **CRITICAL))


def test_a_partial_sum_is_the_least_it_can_be() -> None:
    """While part of a window is unread, what is spent is at least, and what is left at most."""
    message = told(alert(standing(complete=False)))
    assert message.title == "At least 82 % of “Everything” is used"
    assert message.sections[0].gauges == (Gauge(82.0, "at least 82 % used"),)
    assert message.sections[0].facts[:2] == (
        "At least 820,000 of 1,000,000 points, about $24.60 of $30.00",
        "At most 180,000 points left, about $5.40",
    )
    assert message.sections[0].facts[-1] == UNREAD


@pytest.mark.parametrize(
    ("usd", "usd_limit", "spent", "left"),
    [
        (None, None, "820,000 of 1,000,000 points", "180,000 points left"),
        (None, Decimal(30), "820,000 of 1,000,000 points, of about $30.00", "180,000 points left"),
        (Decimal(24), None, "820,000 of 1,000,000 points, about $24.00", "180,000 points left"),
        (
            Decimal(31),
            Decimal(30),
            "820,000 of 1,000,000 points, about $31.00 of $30.00",
            "180,000 points left",
        ),
    ],
)
def test_money_is_said_where_it_is_known(
    usd: Decimal | None, usd_limit: Decimal | None, spent: str, left: str
) -> None:
    """Money stands beside points only as far as it is known and does not contradict them."""
    assert facts(alert(standing(usd=usd, usd_limit=usd_limit)))[:2] == (spent, left)


def test_a_threshold_in_points_is_said_once() -> None:
    """A threshold that the config spells in points is not followed by the same points."""
    assert "Reached the threshold of 800,000 points" in facts(alert(standing(), threshold="800,000 points"))
    assert not any("threshold" in fact for fact in facts(alert(standing(), threshold=None)))


def test_a_share_of_nothing_is_told_in_points() -> None:
    """Bots are told in points where refunds make shares meaningless."""
    refunded = standing(points=-5, drivers=(Driver("a", 10), Driver("b", -15)))
    assert "Top bots: a (10 points), b (-15 points)" in facts(alert(refunded))


def test_without_drivers() -> None:
    """A budget without known drivers has advice all the same."""
    section = told(alert(standing(drivers=()))).sections[0]
    assert section.advice[0] == "Look at what the bot that spends most does."
    assert not any("Top bots" in fact for fact in section.facts)


def test_a_repeated_alert_says_that_it_still_holds() -> None:
    """A reminder is seen to be one."""
    message = told(alert(standing(), reason=Reason.REPEATED))
    assert message.title == "Reminder: 82 % of “Everything” is used"
    assert (
        "Said again because it still holds: the threshold of 80% (800,000 points) is passed"
        in message.sections[0].facts
    )


def test_what_a_new_rule_already_passed_is_one_line() -> None:
    """A new or changed rule says in one line what it has passed already."""
    message = told(alert(standing(usd=None, usd_limit=None), reason=Reason.ALREADY, severity=Severity.INFO))
    assert message.title == "New or changed: 82 % of “Everything” is used already"
    fact = "New or changed: 82 % used already, 820,000 of 1,000,000 points; what is passed counts as told."
    assert message.sections == (Section(heading="Budget “Everything”", facts=(fact,)),)


def test_the_welcome_lists_every_budget() -> None:
    """The welcome says that the watch is on and where every budget stands, the fullest first."""
    until = datetime(2026, 12, 1, tzinfo=UTC)
    message = told(
        welcome(standing("Day", 10), standing("Month", 79_990, limit=100_000, snoozed_until=until))
    )
    assert message.title == "The watch on your Poe points is on"
    assert message.sections[0].gauges == (
        Gauge(79.9, "79.9 % of “Month”: 79,990 of 100,000 points, snoozed until 1 Dec 00:00"),
        Gauge(0.0, "0 % of “Day”: 10 of 1,000,000 points"),
    )
    assert message.sections[0].facts == ()


def test_a_welcome_during_the_first_walk() -> None:
    """While the history is being read the welcome says so, and "at least"."""
    message = told(welcome(standing(complete=False), complete=False))
    assert message.title == "The watch on your Poe points is on; the usage history is still being read"
    assert message.sections[0].gauges[0].words.startswith("At least 82 % of “Everything”")
    assert message.sections[0].facts == (UNREAD,)


def test_a_welcome_to_many_budgets() -> None:
    """Of very many budgets the fullest are listed and the others counted."""
    section = told(welcome(*(standing(f"b{each}", each * 10_000) for each in range(40)))).sections[0]
    assert [gauge.percent for gauge in section.gauges] == [float(each) for each in range(39, 10, -1)]
    assert section.facts == ("and 11 more budgets",)


def test_the_begin_of_a_health_episode() -> None:
    """What went wrong with the watch is told with what to do."""
    message = told(health(Severity.CRITICAL, "Poe refuses the API key.", "Put a valid key into the secret."))
    assert (message.title, message.severity) == ("Poe refuses the API key.", Severity.CRITICAL)
    assert message.sections[0] == Section(
        heading="Health of the watch",
        facts=("Poe refuses the API key.",),
        advice=("Put a valid key into the secret.",),
        note="Seen 22 Nov 2026 10:15 (Europe/London)",
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
    assert section.facts == ("The config is bad.", "It waits.")
    assert section.advice == ("points: …", "zone: …")


@pytest.mark.parametrize(
    "kind", [Kind.FORECAST, Kind.SPIKE, Kind.QUERY, Kind.BALANCE, Kind.DIGEST, Kind.BUDGET]
)
def test_kinds_that_come_later_are_told_by_their_text(kind: Kind) -> None:
    """An alert of any kind can be told by nothing but text and advice."""
    message = told(alert(rule="R", kind=kind, text="It runs dry on Friday.", advice="Buy points."))
    section = message.sections[0]
    assert message.title == "It runs dry on Friday."
    assert (section.facts, section.advice) == (("It runs dry on Friday.",), ("Buy points.",))


def test_a_kind_without_text_is_told_by_its_name_and_standing() -> None:
    """An alert without words still says what it is about and where its budget stands."""
    message = told(alert(standing(), kind=Kind.FORECAST))
    assert message.title == message.sections[0].heading == "Forecast for “Everything”"
    assert message.sections[0].gauges == (Gauge(82.0, "82 % used"),)


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
    assert message.title == "120 % of “Higher” is used; also “High”, “Mid” and 2 more"
    assert message.severity is Severity.CRITICAL
    assert message.kinds == (Kind.BUDGET, Kind.WELCOME)


def test_two_alerts_are_both_named() -> None:
    """A title names a second alert by its rule, or by what it is about."""
    assert told(alert(standing()), alert(standing("Chat", 1))).title == (
        "82 % of “Everything” is used; also “Chat”"
    )
    assert told(alert(standing()), welcome()).title.endswith("; also where every budget stands")


def test_more_than_ten_alerts_are_counted() -> None:
    """Ten alerts are spelled out, and every one is kept for machines."""
    message = told(*(alert(standing(f"b{each}", each)) for each in range(12)))
    assert (len(message.sections), message.more, len(message.alerts)) == (10, 2, 12)
    assert more(message) == "and 2 more alerts, less severe than these"


def test_ten_alerts_are_all_told() -> None:
    """Nothing is counted where everything is spelled out."""
    message = told(*(alert(standing(f"b{each}", each)) for each in range(10)))
    assert (len(message.sections), message.more, more(message)) == (10, 0, "")


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_stay_within_their_line(odd: str) -> None:
    """However a rule or a bot is called, every line is one line of readable length."""
    message = compose([alert(standing(odd, drivers=(Driver(odd, 1),) * 5))], odd)
    assert len(message.title) < 200
    assert all(len(text) <= 520 and "\n" not in text for text in texts(message))


@given(HOSTILE_MESSAGES)
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
        shown += [section.heading, *section.facts, *(gauge.words for gauge in section.gauges)]
        shown += [*section.advice, *([section.note] if section.note else [])]
    return shown

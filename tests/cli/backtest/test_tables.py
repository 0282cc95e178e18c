import json
import re
from datetime import timedelta

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from poe_budget.backtest.replay import replay
from poe_budget.backtest.report import Backtest, report
from poe_budget.backtest.words import length, listed, passed, what
from tests.cli.backtest.replays import MINUTE, done, printed
from tests.cli.backtest.saving import HOUR, history
from tests.support.account import budget
from tests.support.histories import START, entry


def test_the_tables_say_what_was_told_and_why_the_rest_was_silent() -> None:
    """Each alert with its lead, each rule with how far it got, and a reason for each that never fired."""
    text = printed(done())
    assert re.search(r"10 Nov 01:00 +“Burst”: 250 points in the last hour", text)
    assert re.search(r"10 Nov \d\d:\d\d +80 % of your daily budget “Day” is used.* h.* later", text)
    assert re.search(r"Your monthly budget “Month” will likely reach 70 % .* \d+ days? \d+ h later", text)
    assert re.search(r"When +What +Limit passed", text)
    assert re.search(r"Rule +Kind +Alerts +Highest", text)
    assert re.search(r"Month +budget +\d+ +78.2 % of 4,000", text)
    assert re.search(r"Dear +query +1 +250 points", text)
    assert re.search(r"digest +digest +11", text)
    assert "- Nothing: nothing that it counts was used" in text
    assert "- Left: cannot be replayed: Poe tells only what is left now, not what was" in text
    assert "the welcome of the first tick not counted" in text


def test_a_config_that_says_nothing_has_no_table_of_alerts() -> None:
    """And one that always speaks no list of silent rules."""
    assert "When" not in printed(done(budget("day", 9_000)))
    assert "Never fired" not in printed(done(budget("day", 100)))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (budget("day", 9_000), "never reached: at most 490 points, and it fires from 7,200 on"),
        (budget("day", 90, "snooze_until = 2027-01-01"), "B: reached, but snoozed\n"),
        (
            budget("billing"),
            "cannot be replayed without knowing when Poe grants points: say it with --granted",
        ),
        ('[[query]]\nname = "B"\npoints = 900', "at most 250 points for a query, and it fires from 900 on"),
        ('[[spike]]\nname = "B"\nwindow = "1h"\nat_least = 900', "at most 260 points within its window"),
        ('[[spike]]\nname = "B"\nwindow = "1h"\nat_least = 9\ntimes = 999', "never so much more than usual"),
    ],
)
def test_why_a_rule_never_spoke(config: str, words: str) -> None:
    """In words that say what would have to be otherwise."""
    assert words in printed(done(config), 200).replace(" \n", "\n")


def test_a_reason_that_needs_more_lines_hangs() -> None:
    """They begin two blanks in, below the words."""
    lines = [line.rstrip() for line in printed(done(), 50).splitlines()]
    place = lines.index("- Left: cannot be replayed: Poe tells only what is")
    assert lines[place + 1] == "  left now, not what was"


def test_the_report_for_programs_says_the_same() -> None:
    """Every alert and every rule, in plain values that can be read back."""
    shown = done()
    made = report(shown, "budgets.toml")
    again = msgspec.json.decode(json.dumps(msgspec.to_builtins(made)), type=Backtest)
    assert again == made
    assert len(made.alerts) == len(shown.alerts)
    assert (made.interval_minutes, made.ticks, made.messages) == (15, shown.ticks, shown.messages)
    forecast = next(alert for alert in made.alerts if alert.kind == "forecast")
    assert (forecast.rule, forecast.threshold, forecast.threshold_points) == ("Month", "70%", 2_800)
    assert forecast.window_start == START
    spike = next(alert for alert in made.alerts if alert.kind == "spike")
    assert (spike.points, spike.limit, spike.percent, spike.window_end, spike.lead_minutes) == (None,) * 5
    silent = {rule.name: rule.silent_because for rule in made.rules}
    assert silent["Nothing"] == "nothing that it counts was used"
    assert silent["Month"] is None
    early = replay(parse(budget()), history([entry(START + MINUTE, 80), entry(START + HOUR, 20)], 2 * HOUR))
    made = report(early, "b")
    assert made.messages_a_week is None
    assert [alert.lead_minutes for alert in made.alerts] == [55, 0]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=59), "under a minute"),
        (5 * MINUTE, "5 min"),
        (2 * HOUR, "2 h"),
        (2 * HOUR + 55 * MINUTE, "2 h 55 min"),
        (DAY + MINUTE, "1 day"),
        (2 * DAY + 3 * HOUR, "2 days 3 h"),
    ],
)
def test_a_length_of_time_is_said_by_its_two_largest_units(time: timedelta, words: str) -> None:
    """Nobody counts minutes after days."""
    assert length(time) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (175, "2 h 55 min later"),
        (0.5, "under a minute later"),
        (0, "just then"),
        (-0.5, "under a minute earlier"),
        (-4, "4 min earlier"),
        (None, "never"),
    ],
)
def test_when_the_limit_was_passed_is_told_from_the_alert_on(minutes: float | None, words: str) -> None:
    """Later, earlier, just then or never."""
    sent = next(sent for sent in done().alerts if sent.alert.rule == "Day")
    reached_at = None if minutes is None else sent.at + minutes * MINUTE
    assert passed(msgspec.structs.replace(sent, reached_at=reached_at)) == words


@pytest.mark.parametrize("period", ["week", "7d"])
def test_a_window_that_goes_on_has_not_passed_its_limit_yet(period: str) -> None:
    """How full it is when the history ends is said; "never" only of a window that has ended."""
    spent = history([entry(START + DAY, 91)], 3 * DAY)
    config = f'[[budget]]\nname = "B"\npoints = 100\nperiod = "{period}"\nalert_at = ["80%"]'
    (sent,) = replay(parse(config), spent).alerts
    assert (passed(sent), sent.so_far) == ("not yet, 91 %", 91)
    later = replay(parse(config), msgspec.structs.replace(spent, end=START + 15 * DAY)).alerts[0]
    assert (passed(later), later.so_far) == ("never", None)


def test_digests_are_one_line_among_the_alerts() -> None:
    """With their number and the first of them; programs get each."""
    shown = done()
    lines = [line for line in listed(shown) if line.sent.alert.kind == "digest"]
    (line,) = lines
    digests = [sent for sent in shown.alerts if sent.alert.kind == "digest"]
    assert line.sent is digests[0]
    assert line.what.startswith(f"{len(digests)} digests, the last on ")
    assert line.what.endswith(f"; the first: {what(digests[0])}")
    assert sum(alert.kind == "digest" for alert in report(shown, "b").alerts) == len(digests) > 1
    single = [line.what for line in listed(done(days=2)) if line.sent.alert.kind == "digest"]
    assert [words for words in single if "digests" in words] == []


def test_a_digest_says_nothing_of_days_before_the_history() -> None:
    """The day before it is left out, and the first day is not compared with it."""
    config = parse('timezone = "Asia/Kathmandu"\n[digest]\nevery = "day"')
    alerts = replay(config, history([entry(START + 20 * HOUR, 7)], 4 * DAY)).alerts
    assert [what(sent) for sent in alerts] == [
        "Nothing is counted on Sunday 1 Nov, but not everything was read",
        "7 points on Monday 2 Nov",
        "Nothing was spent on Tuesday 3 Nov, after 7 points the day before",
    ]

import json

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from poe_budget.backtest.replay import replay
from poe_budget.backtest.report import Backtest, report
from poe_budget.backtest.words import listed, passed, what
from tests.cli.backtest.replays import MINUTE, done, printed
from tests.cli.backtest.saving import HOUR, history
from tests.cli.running import Transcript
from tests.support.account import budget
from tests.support.histories import START, entry


def test_tables(transcript: Transcript) -> None:
    """Each alert with its lead, digests on one line, each rule with how far it got, why the rest was silent.

    Where a reason needs more lines they begin two blanks in.
    """
    for width in (120, 50):
        transcript.text += "".join(f"{line.rstrip()}\n" for line in printed(done(), width).splitlines())


def test_a_config_that_says_nothing_has_no_table_of_alerts() -> None:
    """And one that always fires no list of silent rules."""
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
def test_why_a_rule_never_fired(config: str, words: str) -> None:
    """In words that say what would have to be otherwise."""
    assert words in printed(done(config), 200).replace(" \n", "\n")


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
    ("minutes", "words"),
    [
        (175, "2 h 55 min later"),
        (0.5, "under a minute later"),
        (0, "just then"),
        (-0.5, "under a minute earlier"),
        (-4, "4 min earlier"),
        (120, "2 h later"),
        (DAY / MINUTE + 1, "1 day later"),
        (51 * HOUR / MINUTE, "2 days 3 h later"),
        (None, "never"),
    ],
)
def test_when_the_limit_was_passed_is_said_from_the_alert_on(minutes: float | None, words: str) -> None:
    """Later, earlier, just then or never, by the two largest units: nobody counts minutes after days."""
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


def test_digests_of_the_tables_are_each_in_the_report() -> None:
    """Where there is one line for all of them; a single one is shown as it is."""
    digests = [alert for alert in report(done(), "b").alerts if alert.kind == "digest"]
    assert len(digests) == 11
    single = [words for sent, words, _ in listed(done(days=2)) if sent.alert.kind == "digest"]
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

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp
from random import Random

import msgspec
import pytest

from budget_alert.alerts import Kind, OfBudget, is_repeated, standings
from budget_alert.config.billing import Cycle
from budget_alert.config.periods import Window
from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from budget_alert.snoozes import Snooze, Snoozes
from poe_budget.backtest import charts
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.results import Replay, Sent, Verdict
from poe_budget.backtest.words import cautions, most
from poe_budget.past.history import History
from tests.cli.backtest.saving import HOUR, history, hourly
from tests.support.account import budget
from tests.support.histories import START, entry

MINUTE = timedelta(minutes=1)
SILENT = "11 Nov 00:00 until 12 Nov 00:00 (planned)"
BUSY = hourly(20 * 24)


def poisson(random: Random, mean: float) -> int:
    """Draw how many queries came, where so many come on average."""
    left, count = exp(-mean), -1
    reached = 1.0
    while reached >= left:
        reached *= random.random()
        count += 1
    return count


def replayed(config: str, spent: History, **conditions: object) -> Replay:
    """Replay a history."""
    return replay(parse(config), spent, Conditions(**conditions))  # type: ignore[arg-type]


def fired(done: Replay) -> list[tuple[datetime, str | None]]:
    """Give when budgets fired, and at which threshold."""
    return [(sent.at, threshold(sent)) for sent in done.alerts]


def threshold(sent: Sent) -> str | None:
    """Give the threshold of an alert about a budget as the config spells it."""
    return sent.alert.threshold if isinstance(sent.alert, OfBudget) else None


def test_an_alert_comes_with_the_first_tick_that_sees_its_entry() -> None:
    """Ticks follow the first one at the interval, and an entry is seen from its creation on."""
    spent = history([entry(START + 7 * MINUTE, 80), entry(START + 20 * MINUTE, 20)], DAY)
    done = replayed(budget(), spent)
    assert fired(done) == [(START + 10 * MINUTE, "80%"), (START + 20 * MINUTE, "100%")]
    assert (done.ticks, done.start, done.end) == (289, START, START + DAY)
    assert done.sent[0].alert.kind is Kind.WELCOME
    hourly_ticks = replayed(budget(), spent, interval=HOUR)
    assert fired(hourly_ticks) == [(START + HOUR, "100%")]
    assert hourly_ticks.ticks == 25


@pytest.mark.parametrize(
    ("period", "rows", "sums", "leads"),
    [
        pytest.param(
            "day",
            [(7, 80), (181, 19), (182, 1), (1440, 85)],
            False,
            [(10, "80%", 172), (185, "100%", -3), (1440, "80%", None)],
            id="until the entry that reached the limit, or how late the alert was",
        ),
        pytest.param(
            "day",
            [(7, 80), (181, 30)],
            True,
            [(15, "80%", 180), (195, "100%", 0)],
            id="where only quarter hours are known, until the end of one",
        ),
        pytest.param(
            "24h",
            [(60, 80), (600, 5), (1800, 80), (1860, 20)],
            False,
            [(60, "80%", None), (1800, "80%", 60), (1860, "100%", 0)],
            id="a rise that ebbed away did not lead to the limit that a later one reached",
        ),
        pytest.param(
            "24h",
            [(60, -50), (120, 80), (180, 55)],
            False,
            [(180, "80%", 1320), (1500, "100%", 0)],
            id="without an entry, until a refund leaves the window",
        ),
    ],
)
def test_the_lead_of_an_alert(
    period: str, rows: list[tuple[int, int]], leads: list[tuple[int, str, int | None]], *, sums: bool
) -> None:
    """It is the time from the alert on; all times here are minutes."""
    spent = history([entry(START + at * MINUTE, points) for at, points in rows], 3 * DAY)
    done = replayed(budget(period), msgspec.structs.replace(spent, entries=None) if sums else spent)
    assert [
        ((sent.at - START) // MINUTE, threshold(sent), None if sent.lead is None else sent.lead // MINUTE)
        for sent in done.alerts
    ] == leads
    assert any("only quarter hours" in sentence for sentence in cautions(done)) == sums


@pytest.mark.parametrize(
    ("row", "hourly"),
    [
        pytest.param(lambda random: random.randint(500, 620), 40, id="even"),
        pytest.param(lambda random: 28 * poisson(random, 20), 480, id="noisier"),
    ],
)
def test_usage_around_a_threshold_does_not_flap(row: Callable[[Random], int], hourly: int) -> None:
    """A row every ten minutes, of which 80% of each budget is the mean: few alerts in 20 days.

    At most one a length of the window in any case; of usage that trembles by less than a tenth, far fewer.
    """
    random = Random(7)  # noqa: S311 - the same usage each time
    spent = [entry(START + number * 10 * MINUTE, row(random), f"q{number}") for number in range(29 * 144)]
    lengths = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY}
    config = "".join(
        budget(period, points=560 * 6 * (length // HOUR) * 10 // 8, more='alert_at = ["80%"]').replace(
            '"B"', f'"{period}"'
        )
        for period, length in lengths.items()
    )
    done = replayed(config, history(spent, 29 * DAY), start=START + 9 * DAY, interval=15 * MINUTE)
    at = {name: [sent.at for sent in done.alerts if sent.alert.rule == name] for name in lengths}
    assert len(at["1h"]) <= hourly
    assert len(at["24h"]) <= 4
    assert len(at["7d"]) <= 2
    assert all(
        later - earlier >= lengths[name] for name, each in at.items() for earlier, later in pairwise(each)
    )


def test_very_many_costly_queries_are_sent_over_several_ticks() -> None:
    """As the function does, so that one tick can write and send them."""
    rows = [entry(START + MINUTE, 50, f"q{number}") for number in range(90)]
    rows += [entry(START + 16 * MINUTE, 50, f"r{number}") for number in range(90)]
    rows += [entry(START + 31 * MINUTE, 50, f"s{number}") for number in range(90)]
    done = replayed('[[query]]\nname = "Q"\npoints = 50', history(rows, 3 * HOUR), interval=HOUR)
    assert [sent.at for sent in done.alerts] == [START + HOUR] * 200 + [START + 2 * HOUR] * 70


def test_a_forecast_leads_to_the_threshold_that_it_is_about() -> None:
    """Not to the limit."""
    config = budget("month", 4_000, 'starts_on = 1\nalert_at = ["900%"]\nforecast_at = ["50%"]')
    (sent,) = replayed(config, history(hourly(15 * 24), 15 * DAY)).alerts
    assert sent.alert.kind is Kind.FORECAST
    assert sent.reached_at == START + 199 * HOUR + 5 * MINUTE
    assert sent.lead is not None
    assert sent.lead > DAY


def test_a_reminder_has_no_lead() -> None:
    """It is about what is known already."""
    done = replayed(budget("day", 100, 'repeat = "1h"'), history([entry(START, 80)], 3 * HOUR))
    assert [(is_repeated(sent.alert), sent.lead) for sent in done.alerts][1:] == [(True, None)] * 2


def test_what_the_first_tick_finds_counts_as_fired() -> None:
    """It finds 30 days at most, as a new deployment does, and its welcome says where budgets stand."""
    spent = history([entry(START + MINUTE, 50), entry(START + 39 * DAY + MINUTE, 90)], 41 * DAY)
    done = replayed(budget("90d"), spent, start=START + 40 * DAY)
    assert (done.start, done.known_from) == (START + 40 * DAY, START + 10 * DAY)
    assert fired(done) == []
    (rule,) = done.rules
    assert (rule.verdict, rule.most, rule.fires_at) == (Verdict.NOT_SENT, 90, 80)
    assert standings(done.sent[0].alert)[0].points == 90


@pytest.mark.parametrize(
    ("more", "start", "why"),
    [
        ("", 2, "passed already at the first tick"),
        ("snooze_until = 2026-11-01", 2, "passed already at the first tick"),
        ("snooze_until = 2026-11-09", 2, "snoozed"),
        ("snooze_until = 2026-11-09", 0, "snoozed"),
        (
            'alert_at = ["100%"]\nforecast_at = ["50%"]',
            0,
            "no forecast expected it, and no threshold of alert_at was reached",
        ),
    ],
)
def test_it_is_known_why_a_budget_that_was_reached_was_silent(more: str, start: int, why: str) -> None:
    """The first tick found it so, it was snoozed, or only a forecast could have fired, and none did."""
    spent = history([entry(START + HOUR, 90), entry(START + 50 * HOUR, 1)], 3 * DAY)
    done = replayed(budget("month", 100, more), spent, interval=HOUR, start=START + start * HOUR)
    (rule,) = done.rules
    assert (rule.verdict, rule.silent_because) == (Verdict.NOT_SENT, f"reached, but {why}")


def test_what_was_passed_before_a_snooze_is_sent_when_that_ends() -> None:
    """So the first tick is no reason for the silence of a budget that was snoozed then."""
    spent = history([entry(START + HOUR, 90)], 3 * DAY)
    config = budget("month", 100, "snooze_until = 2026-11-02")
    assert fired(replayed(config, spent, interval=HOUR, start=START + 2 * HOUR)) == [(START + DAY, "80%")]


def test_a_start_before_the_history_is_its_begin() -> None:
    """Nothing is known of what was before."""
    assert replayed(budget(), history([], DAY), start=START - DAY).start == START


def test_all_alerts_of_a_tick_are_one_message() -> None:
    """The welcome is not counted; on less than a day nothing is said of a week."""
    config = budget() + budget("week").replace('"B"', '"C"')
    done = replayed(config, history([entry(START + MINUTE, 80), entry(START + HOUR, 20)], 7 * DAY))
    assert (len(done.alerts), done.messages, done.messages_a_week) == (4, 2, 2.0)
    assert replayed(config, history([entry(START + MINUTE, 80)], HOUR)).messages_a_week is None


@pytest.mark.parametrize(
    ("config", "verdict", "most", "fires_at", "percent"),
    [
        (budget("day", 1_000), Verdict.NEVER_REACHED, 240, 800, 24.0),
        (budget("day", 1_000, 'forecast_at = ["10%"]'), Verdict.FIRED, 240, 100, 24.0),
        (budget("24h", 1_000), Verdict.NEVER_REACHED, 240, 800, 24.0),
        (budget("day", 1_000, 'bots = ["gpt-*"]'), Verdict.NOTHING_MATCHED, 0, 800, 0.0),
        (budget("day", 100, "snooze_until = 2026-12-01"), Verdict.NOT_SENT, 240, 80, 240.0),
        (budget("billing", 1_000), Verdict.NOT_REPLAYED, None, 800, None),
        ('[[spike]]\nname = "S"\nwindow = "1h"\nat_least = 20', Verdict.NEVER_REACHED, 10, 20, None),
        ('[[spike]]\nname = "S"\nwindow = "1h"\nat_least = 10', Verdict.NOT_SENT, 10, 10, None),
        ('[[query]]\nname = "Q"\npoints = 11', Verdict.NEVER_REACHED, 10, 11, None),
        ('[[query]]\nname = "Q"\npoints = 10', Verdict.FIRED, 10, 10, None),
        ('[[query]]\nname = "Q"\npoints = 9\nbots = ["x"]', Verdict.NOTHING_MATCHED, None, 9, None),
        ('[[balance]]\nname = "L"\nbelow = 10', Verdict.NOT_REPLAYED, None, None, None),
    ],
)
def test_what_became_of_a_rule(
    config: str, verdict: Verdict, most: int | None, fires_at: int | None, percent: float | None
) -> None:
    """Whether it fired, or why not, and how far it got at most."""
    (rule,) = replayed(config, history(BUSY, 20 * DAY), interval=HOUR).rules
    assert (rule.verdict, rule.most, rule.fires_at, rule.percent) == (verdict, most, fires_at, percent)
    assert (rule.alerts > 0) == (verdict is Verdict.FIRED)


def test_queries_are_known_by_name_where_entries_are_not() -> None:
    """A table names the largest ones of a quarter hour."""
    sums = msgspec.structs.replace(history(BUSY, 20 * DAY), entries=None)
    (rule,) = replayed('[[query]]\nname = "Q"\npoints = 11', sums, interval=HOUR).rules
    assert (rule.verdict, rule.most) == (Verdict.NEVER_REACHED, 10)


def test_a_balance_that_is_known_is_replayed() -> None:
    """A rule that stays silent then was never reached, and nothing else is said of it."""
    spent = history(BUSY, 20 * DAY)
    (rule,) = replayed('[[balance]]\nname = "L"\nbelow = 10', spent, balance=lambda _: None).rules
    assert (rule.verdict, rule.silent_because) == (Verdict.NEVER_REACHED, "never reached")


def test_a_budget_of_a_billing_cycle_is_replayed_where_the_cycle_is_known() -> None:
    """Its windows begin with the grants."""
    spent = history(BUSY, 20 * DAY)
    anchor = START + 9 * DAY + 11 * HOUR
    done = replayed(budget("billing", 300), spent, interval=HOUR, cycles=(Cycle(anchor),))
    assert standings(done.alerts[0].alert)
    assert [curve.window.start for curve in done.curves["B"]] == [anchor - 31 * DAY, anchor]
    assert done.rules[0].verdict is Verdict.FIRED


def test_the_days_of_a_replay_are_those_of_the_history() -> None:
    """By midnight in the config's zone, wherever in an hour of UTC that is."""
    spent = history(hourly(30), 30 * HOUR)
    done = replayed(budget(), spent)
    assert [(day, totals.points) for day, totals in done.days] == [
        (Window(START, START + DAY), 240),
        (Window(START + DAY, START + 2 * DAY), 60),
    ]
    local = replayed('timezone = "Asia/Kathmandu"\n' + budget(), spent)
    first = START - 5 * HOUR - 45 * MINUTE
    assert [(day.start, totals.points) for day, totals in local.days] == [(first, 190), (first + DAY, 110)]


def test_cautions_say_what_a_history_does_not_show() -> None:
    """How short it is, that looks back need a past, and which first windows lack their begin."""
    config = (
        budget("month", 100, 'forecast_at = ["100%"]') + '[[budget]]\nname = "R"\nperiod = "7d"\npoints = 9\n'
    )
    short, silent, cut = cautions(
        replayed(config, history(hourly(99), 5 * DAY, START + 2 * DAY), interval=HOUR)
    )
    assert "only 5 days" in short
    assert "three whole days" in silent
    assert "known from 3 Nov 2026 00:00 UTC on: the first window of “B”, “R” lacks" in cut
    long = history(BUSY, 20 * DAY)
    assert list(cautions(replayed(budget("month"), long, interval=HOUR))) == []
    later = replayed(config, long, interval=HOUR, start=START + 5 * DAY)
    assert [sentence for sentence in cautions(later) if "three whole days" in sentence] == []


def test_a_tick_is_heard_of() -> None:
    """So that progress can be shown."""
    heard: list[datetime] = []
    replay(parse(budget()), history([], DAY), Conditions(interval=12 * HOUR), heard.append)
    assert heard == [START, START + 12 * HOUR, START + DAY]


def test_what_was_snoozed_in_the_stack_is_so_in_a_replay_of_it() -> None:
    """A rule that only that kept silent says so; so do the cautions, and what was planned is not usual."""
    day = (START + 10 * DAY, START + 11 * DAY)
    rows = [*hourly(12 * 24), entry(day[0] + HOUR, 250)]
    config = budget("day", 400) + '[[spike]]\nname = "Burst"\nwindow = "1h"\nat_least = 100\n'
    silent = [Snooze(rule=rule, start=day[0], until=day[1], planned_from=day[0]) for rule in ("B", "Burst")]
    spent = msgspec.structs.replace(history(rows, 12 * DAY), snoozes=Snoozes(tuple(silent)))
    assert {sent.alert.rule for sent in replayed(config, history(rows, 12 * DAY)).alerts} == {"B", "Burst"}
    done = replayed(config, spent)
    assert done.alerts == ()
    assert [rule.silent_because for rule in done.rules] == ["reached, but snoozed"] * 2
    (caution,) = [one for one in cautions(done) if "snoozed" in one]
    assert caution.endswith(f"here too: “B” from {SILENT} and “Burst” from {SILENT}")


def test_of_a_rule_for_each_bot_the_highest_is_one_bots() -> None:
    """Not their sum; it is named, drawn, and each bot's alerts have a lead by its own windows."""
    config = (
        budget(more='each = "bot"') + '[[spike]]\nname = "S"\nwindow = "1h"\nat_least = 1_000\neach = "bot"\n'
    )
    spent = [
        entry(START + 7 * MINUTE, 80, "1", "b"),
        entry(START + 9 * MINUTE, 60, "2", "a"),
        entry(START + 20 * MINUTE, 30, "3", "b"),
        entry(START + 3 * HOUR, 30, "4", "a"),
    ]
    done = replayed(config, history(spent, DAY))
    found = [(sent.alert.value, threshold(sent), sent.lead) for sent in done.alerts]
    assert found == [("b", "80%", 10 * MINUTE), ("b", "100%", 0 * MINUTE), ("a", "80%", None)]
    of_budget, of_spike = done.rules
    assert done.values == {"B": "b", "S": "b"}
    assert (of_budget.most, of_budget.alerts) == (110, 3)
    assert (of_spike.most, of_spike.verdict) == (110, Verdict.NEVER_REACHED)
    assert most(done, of_budget) == "110 % of 100, b"
    chart = charts.budget(done, done.config.budgets[0])
    assert chart.words.startswith("B · b, 100 points")
    (marks,) = (one["values"] for one in chart.spec["data"] if one["name"] == "alerts")
    assert len(marks) == 2


def test_a_rule_for_each_key_that_nothing_names_came_nowhere() -> None:
    """Usage without a key is nobody's, however much it is."""
    spent = history([msgspec.structs.replace(entry(START + HOUR, 500), api_key="")], DAY)
    done = replayed(budget(more='each = "api_key"'), spent)
    (of_budget,) = done.rules
    assert (done.values, of_budget.most, of_budget.verdict) == ({"B": ""}, 0, Verdict.NEVER_REACHED)

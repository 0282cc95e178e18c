from datetime import datetime
from fractions import Fraction
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given, strategies as st

from budget_alert.alerts import BudgetAlert, Reason, Severity, is_repeated
from budget_alert.instants import slot_end
from budget_alert.rules.notified import Notified
from tests.support.account import (
    DAY,
    HOUR,
    MINUTE,
    budget,
    cases,
    looks,
    monitored,
    sole,
    thresholds,
)
from tests.support.histories import START

LIMIT = 'alert_at = ["100%"]'
ROLLING = budget("24h", more=LIMIT)
HOURLY = budget("1h", more=LIMIT)


TREMBLING = "1m 100 -> 100, 61m 95, 76m, 77m 5 -> 100"
SCENARIOS = {
    budget(): {
        "reached, and not below": "0m 79, 0m 1 -> 80",
        "what crossed before midnight is sent after it": "23h50m, 1d5m 90@23h55m -> 80",
    },
    budget("hour"): {"nothing of windows that closed before the first tick": "1h 500@-2h"},
    budget(more='alert_at = ["50%", "100%"]'): {"the highest covers the lower": "0m 120 -> 100, 0m 1"},
    budget(more='repeat = "6h"'): {
        "repeated while it holds, in the present window": "0m 85 -> 80, 5h, 6h -> 80, 11h, 12h -> 80, 25h"
    },
    ROLLING: {
        "a rolling one re-arms below": "5m 100@1m -> 100, 12h 50, 26h, 27h 60 -> 100",
        "and not by a partial sum": "5m 100@1m -> 100, unread 2h 26h, 26h, read, 26h5m 100@20h 1@26h1m",
    },
    HOURLY: {
        "back within its length, a rolling one is sent at the end of it": (
            "2m 60@-44m 40@1m -> 100, 16m 1, 46m 90@31m, 74m, 75m, 76m 20 -> 100"
        ),
        "old news hold back none": "5h1m 100@1m 100@5h -> 100 100",
        "a dip between two ticks re-arms": "5m 100@1m -> 100, 2h5m 100@2h -> 100",
        "what trembles is sent once": TREMBLING.removesuffix(" -> 100"),
    },
    f'{HOURLY}rearm_below = "95.5%"\n': {"what trembles around the share of the config": TREMBLING},
    f'{HOURLY}rearm_below = "100%"\n': {"what falls below at all": TREMBLING},
    budget("6h"): {
        "a higher one while a lower one rests": "1m 85 -> 80, 3h 20 -> 100, 6h15m, 6h16m 85 -> 80, 9h15m"
    },
    budget("month", more="snooze_until = 2026-11-10"): {
        "a snoozed one is silent, and then says what still holds": "1d 90, 8d23h59m 20@8d, 9d -> 100, 10d"
    },
    budget(more="snooze_until = 2026-11-03"): {
        "nothing of windows that closed during a snooze": "48h5m 90@47h"
    },
}
CHANGES = {
    "a raised limit re-arms what lies above": (
        *(budget(), "0m 100 -> 100"),
        *(budget(points=200), "0m, 0m 60 -> 160"),
    ),
    "the end of a snooze in the config repeats nothing": (
        *(budget("month"), "0m 85 -> 80"),
        *(budget("month", more="snooze_until = 2026-11-02"), "1h, 24h, 25h"),
    ),
    "a lowered limit is passed at once": (budget(), "0m 85 -> 80", budget(points=50), "0m -> 50, 0m"),
    "other thresholds do not rest": (budget("6h"), "1m 85 -> 80", budget("6h", points=200), "1h 100 -> 160"),
}


@pytest.mark.parametrize(("config", "text"), cases(SCENARIOS))
def test_a_threshold_is_sent_once_until_it_is_re_armed(config: str, text: str) -> None:
    """Look by look."""
    looks(monitored(config), text)


@pytest.mark.parametrize("steps", CHANGES.values(), ids=CHANGES)
def test_another_config_re_arms_what_it_makes_news(steps: tuple[str, ...]) -> None:
    """Of the same rule."""
    looks(monitored(steps[0]), *steps)


def test_what_an_older_release_has_sent_re_arms_without_a_rest() -> None:
    """It did not write until when crossings rest."""
    looks(account := monitored(ROLLING), "1m 100 -> 100")
    account.sent = {
        key: Notified(tuple(msgspec.structs.replace(one, rests_until=None) for one in known.crossings))
        for key, known in account.sent.items()
    }
    looks(account, "1d16m, 1d16m 100 -> 100")


def test_what_is_sent_again_says_when_it_was_sent_before() -> None:
    """A rolling budget that fell and came back; one that reaches a threshold first says nothing."""
    account = monitored(ROLLING)
    account.spend(100)
    assert sole(account.tick(), BudgetAlert).sent_before is None
    looks(account, "26h")
    account.spend(100)
    assert sole(account.tick(), BudgetAlert).sent_before == START


def test_below_the_limit_is_a_warning_and_what_a_new_rule_has_passed_is_information() -> None:
    """At the limit or above it is critical; a rule that is new or renamed starts afresh, with one line."""
    account = monitored(budget(more='alert_at = ["80%", "100%", "150%"]'))
    for points, severity in ((85, Severity.WARNING), (20, Severity.CRITICAL), (60, Severity.CRITICAL)):
        account.spend(points)
        assert [alert.severity for alert in account.tick()] == [severity]
    account.configure(budget(points=200).replace('"B"', '"Renamed"'))
    reasons = []
    for points in (0, 40):
        account.spend(points)
        reasons += [(one.severity, one.reason) for one in account.tick() if isinstance(one, BudgetAlert)]
    assert reasons == [(Severity.INFO, Reason.ALREADY), (Severity.CRITICAL, Reason.CROSSED)]


def test_what_holds_at_the_end_of_a_rest_is_sent_by_a_tick_that_has_nothing_new() -> None:
    """The end of a rest wakes a tick, which looks back to it, however late it comes."""
    account = monitored(budget("6h", more='alert_at = ["100%"]'))
    account.spend(60, START - 5 * HOUR)
    account.spend(40, START + MINUTE)
    assert thresholds(account.tick(START + 2 * MINUTE)) == [100]
    account.spend(70, START + 4 * HOUR)
    assert account.tick(START + 4 * HOUR) == []
    wakes = START + 6 * HOUR + 15 * MINUTE
    assert account.memory.rests_until == wakes
    account.spend(40, START + 5 * HOUR)
    assert account.tick(START + 5 * HOUR) == []
    alert = sole(account.tick(wakes + 4 * HOUR), BudgetAlert)
    assert (alert.threshold_points, alert.severity) == (100, Severity.CRITICAL)
    assert alert.standing.window.end == wakes + 15 * MINUTE
    assert account.tick(wakes + 5 * HOUR) == []


def test_a_reminder_is_of_what_is_in_force_and_a_sum_that_trembles_wakes_nobody() -> None:
    """What fell below its threshold is not repeated until it holds again."""
    account = monitored(budget("24h", more='repeat = "1h"\nalert_at = ["100%"]'))
    account.spend(95, START + MINUTE)
    account.spend(5, START - 23 * HOUR)
    assert thresholds(account.tick(START + MINUTE)) == [100]
    assert account.tick(START + 2 * HOUR) == []
    assert account.memory.repeats_at is None
    account.spend(5, START + 3 * HOUR)
    (alert,) = account.tick(START + 3 * HOUR)
    assert is_repeated(alert)
    assert account.memory.repeats_at == START + 4 * HOUR


scans = st.lists(st.tuples(st.sampled_from([5, 15, 25, 60]), st.integers(0, 40)), min_size=5, max_size=60)


@given(scans, st.sampled_from([1, 2, 6, 24]), st.sampled_from([Fraction(9, 10), Fraction(1, 2), Fraction(1)]))
def test_rolling_thresholds_neither_flap_nor_keep_silent(
    scan: list[tuple[int, int]], hours: int, below: Fraction
) -> None:
    """Tick by tick as a plain reading of the law has it, each threshold for itself.

    One is sent where its sum is reached, unless it was sent and has not been clearly below since, or was sent
    within a length. Of several the highest is sent, and the lower ones count as sent.
    """
    more = f'alert_at = [30, 60, 100]\nrearm_below = "{int(below * 100)}%"'
    account = monitored(budget(f"{hours}h", more=more))
    length = hours * HOUR
    armed = dict.fromkeys((30, 60, 100), True)
    silent = dict.fromkeys((30, 60, 100), START - 100 * DAY)
    evaluated = START + 15 * MINUTE
    spent: list[tuple[datetime, int]] = []
    for minutes, points in scan:
        account.now += minutes * MINUTE
        if points > 10:
            account.spend(points)
            spent.append((account.now, points))
        alerts = thresholds(account.tick())
        expected = []
        while evaluated <= slot_end(account.now):
            total = sum(cost for at, cost in spent if evaluated - length <= at < evaluated)
            if evaluated <= account.now:
                for one in armed:
                    armed[one] |= total < below * one
            new = [one for one in armed if total >= one and armed[one] and evaluated > silent[one]]
            for one in (one for one in armed if new and one <= new[-1] and armed[one]):
                armed[one] = False
                late = account.now - evaluated >= length
                silent[one] = (evaluated if late else slot_end(account.now)) + length
            expected += new[-1:]
            evaluated += 15 * MINUTE
        # The present quarter hour is looked at again.
        evaluated -= 15 * MINUTE
        assert alerts == expected


rows = st.lists(st.tuples(st.integers(0, 60 * 24 * 3), st.integers(0, 60)), max_size=40)
schedule = st.lists(st.integers(1, 60 * 20), max_size=30)


def covered(plan: list[tuple[int, int]], ticks: list[int]) -> set[tuple[str, int]]:
    """Run a history through ticks, and give every threshold of every window that was sent or covered.

    However usage comes, a threshold of a window is sent at most once, in ascending order.
    """
    sent: dict[datetime, int] = {}
    account = monitored(budget("day", more='alert_at = ["50%", "80%", "100%", "250%"]'))
    instants = [START + minutes * MINUTE for minutes in accumulate(ticks)]
    waiting = sorted(plan)
    for now in [*(at for at in instants if at < START + 4 * DAY), START + 4 * DAY]:
        while waiting and START + waiting[0][0] * MINUTE <= now:
            minutes, points = waiting.pop(0)
            account.spend(points, START + minutes * MINUTE)
        for alert in account.tick(now):
            assert isinstance(alert, BudgetAlert)
            assert alert.threshold_points > sent.get(alert.standing.window.start, 0)
            sent[alert.standing.window.start] = alert.threshold_points
    return {(key, crossing.points) for key, known in account.sent.items() for crossing in known.crossings}


@given(rows, schedule, schedule)
def test_what_is_sent_or_covered_does_not_depend_on_when_ticks_come(
    plan: list[tuple[int, int]], some: list[int], others: list[int]
) -> None:
    """Splitting a settled history over any ticks leaves the union of sent and covered thresholds the same."""
    assert covered(plan, some) == covered(plan, others)

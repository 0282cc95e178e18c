from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.alerts import BudgetAlert, Kind, Reason, Severity, WelcomeAlert, is_repeated
from budget_alert.instants import slot_end
from budget_alert.messages.compose import compose
from budget_alert.rules.notified import Notified
from budget_alert.usage.missing import Why
from budget_alert.usage.state import State
from tests.support.account import DAY, HOUR, MINUTE, Account, budget, thresholds, watched
from tests.support.histories import START


def test_a_threshold_is_crossed_when_the_sum_reaches_it() -> None:
    """Crossed means at the threshold or above it, not below."""
    account = watched(budget())
    account.spend(79)
    assert account.judge() == []
    account.spend(1)
    assert thresholds(account.judge()) == [80]


def test_the_highest_of_several_new_crossings_is_told_and_the_lower_ones_are_covered() -> None:
    """A jump over several thresholds is one alert, and the lower ones are never told after it."""
    account = watched(budget(more='alert_at = ["50%", "80%", "100%"]'))
    account.spend(120)
    (alert,) = account.judge()
    assert isinstance(alert, BudgetAlert)
    assert (alert.threshold, alert.severity) == ("100%", Severity.CRITICAL)
    account.spend(1)
    assert account.judge() == []


def test_below_the_limit_is_a_warning() -> None:
    """Severity is warning below the limit and critical at it or above."""
    account = watched(budget(more='alert_at = ["80%", "100%", "150%"]'))
    severities = []
    for _ in range(3):
        account.spend(60)
        severities += [alert.severity for alert in account.judge()]
    assert severities == [Severity.CRITICAL, Severity.CRITICAL]
    account.spend(85, account.now + DAY)
    assert [alert.severity for alert in account.judge(account.now + DAY)] == [Severity.WARNING]


def test_what_crossed_before_midnight_is_told_after_it() -> None:
    """A window that closed since the last tick is still judged."""
    account = watched(budget(), START + 23 * HOUR + 50 * MINUTE)
    account.spend(90, START + 23 * HOUR + 55 * MINUTE)
    (alert,) = account.judge(START + DAY + 5 * MINUTE)
    assert isinstance(alert, BudgetAlert)
    assert alert.standing.window.start == START


def test_windows_that_closed_before_the_first_tick_are_never_told() -> None:
    """Late changes of old windows are counted but not told."""
    account = watched(budget("hour"), START + 10 * HOUR)
    account.spend(500, START + 8 * HOUR)
    assert account.judge(START + 11 * HOUR) == []


def test_raising_the_limit_rearms_what_lies_above_the_spending() -> None:
    """A raised limit stays silent at the spending so far, and speaks at its own thresholds."""
    account = watched(budget())
    account.spend(100)
    assert thresholds(account.judge()) == [100]
    account.configure(budget(points=200))
    assert account.judge() == []
    account.spend(60)
    assert thresholds(account.judge()) == [160]


def test_lowering_the_limit_tells_at_once_that_it_is_passed() -> None:
    """A lowered limit that the spending has passed is told at the next tick."""
    account = watched(budget())
    account.spend(85)
    assert thresholds(account.judge()) == [80]
    account.configure(budget(points=50))
    assert thresholds(account.judge()) == [50]
    assert account.judge() == []


def test_repeat_tells_the_highest_told_threshold_again_after_its_time() -> None:
    """`repeat` says it again while it holds, in the present window only."""
    account = watched(budget(more='repeat = "6h"'))
    account.spend(85)
    account.judge()
    assert account.judge(START + 5 * HOUR) == []
    (alert,) = account.judge(START + 6 * HOUR)
    assert isinstance(alert, BudgetAlert)
    assert (alert.reason, alert.threshold_points) == (Reason.REPEATED, 80)
    assert account.judge(START + 11 * HOUR) == []
    assert len(account.judge(START + 12 * HOUR)) == 1
    assert account.judge(START + 25 * HOUR) == []


def test_a_rolling_window_rearms_when_the_sum_has_fallen_below() -> None:
    """A rolling budget is told when its sum rises to the threshold, and again only after it fell."""
    account = watched(budget("24h", more='alert_at = ["100%"]'))
    account.spend(100, START + MINUTE)
    (alert,) = account.judge(START + 5 * MINUTE)
    assert isinstance(alert, BudgetAlert)
    assert alert.standing.window.end == START + 15 * MINUTE
    account.spend(50, START + 12 * HOUR)
    assert account.judge(START + 12 * HOUR) == []
    assert account.judge(START + 26 * HOUR) == []
    account.spend(60, START + 27 * HOUR)
    assert thresholds(account.judge(START + 27 * HOUR)) == [100]


def test_a_rolling_threshold_that_comes_back_within_its_length_is_told_at_the_end_of_it() -> None:
    """It fell clearly below and rose again: a whole length after it was told, what still holds is told."""
    account = watched(budget("1h", more='alert_at = ["100%"]'))
    account.spend(60, START - 44 * MINUTE)
    account.spend(40, START + MINUTE)
    assert thresholds(account.judge(START + 2 * MINUTE)) == [100]
    account.spend(1, START + 16 * MINUTE)
    assert account.judge(START + 16 * MINUTE) == []
    account.spend(90, START + 31 * MINUTE)
    assert account.judge(START + 46 * MINUTE) == []
    assert account.memory.rests_until == START + 75 * MINUTE
    assert account.judge(START + 74 * MINUTE) == []
    assert account.judge(START + 75 * MINUTE) == []
    account.spend(20, START + 76 * MINUTE)
    assert thresholds(account.judge(START + 76 * MINUTE)) == [100]


def test_what_holds_at_the_end_of_a_rest_is_told_by_a_tick_that_has_nothing_new() -> None:
    """The end of a rest wakes a tick, which looks back to it, however late it comes."""
    account = watched(budget("6h", more='alert_at = ["100%"]'))
    account.spend(60, START - 5 * HOUR)
    account.spend(40, START + MINUTE)
    assert thresholds(account.judge(START + 2 * MINUTE)) == [100]
    account.spend(70, START + 4 * HOUR)
    assert account.judge(START + 4 * HOUR) == []
    wakes = START + 6 * HOUR + 15 * MINUTE
    assert account.memory.rests_until == wakes
    account.spend(40, START + 5 * HOUR)
    assert account.judge(START + 5 * HOUR) == []
    (alert,) = account.judge(wakes + 4 * HOUR)
    assert isinstance(alert, BudgetAlert)
    assert (alert.threshold_points, alert.severity) == (100, Severity.CRITICAL)
    assert isinstance(alert, BudgetAlert)
    assert alert.standing.window.end == wakes + 15 * MINUTE
    assert account.judge(wakes + 5 * HOUR) == []


def test_what_trembles_around_a_rolling_threshold_is_told_once() -> None:
    """Down to nine tenths of it, or to the share that the config says, it counts as told."""
    for more, again in (("", []), ('rearm_below = "95.5%"', [100]), ('rearm_below = "100%"', [100])):
        account = watched(budget("1h", more=f'alert_at = ["100%"]\n{more}'))
        account.spend(100, START + MINUTE)
        assert thresholds(account.judge(START + MINUTE)) == [100]
        account.spend(95, START + 61 * MINUTE)
        assert account.judge(START + 61 * MINUTE) == []
        account.judge(START + 76 * MINUTE)
        account.spend(5, START + 77 * MINUTE)
        assert thresholds(account.judge(START + 77 * MINUTE)) == again


def test_a_higher_rolling_threshold_is_told_while_a_lower_one_rests() -> None:
    """And the lower one is told at the end of its own rest, though the higher one rests longer."""
    account = watched(budget("6h"))
    account.spend(85, START + MINUTE)
    assert thresholds(account.judge(START + MINUTE)) == [80]
    account.spend(20, START + 3 * HOUR)
    assert thresholds(account.judge(START + 3 * HOUR)) == [100]
    assert account.judge(START + 6 * HOUR + 15 * MINUTE) == []
    account.spend(85, START + 6 * HOUR + 16 * MINUTE)
    (alert,) = account.judge(START + 6 * HOUR + 16 * MINUTE)
    assert isinstance(alert, BudgetAlert)
    assert (alert.threshold_points, alert.severity) == (80, Severity.CRITICAL)
    assert thresholds(account.judge(START + 9 * HOUR + 15 * MINUTE)) == []


def test_a_raised_limit_is_told_at_once_while_a_threshold_rests() -> None:
    """Its thresholds are others, and nothing was told of them."""
    account = watched(budget("6h"))
    account.spend(85, START + MINUTE)
    assert thresholds(account.judge(START + MINUTE)) == [80]
    account.configure(budget("6h", points=200))
    account.spend(100, START + HOUR)
    assert thresholds(account.judge(START + HOUR)) == [160]


def test_a_reminder_is_of_what_is_in_force_and_a_sum_that_trembles_wakes_nobody() -> None:
    """What fell below its threshold is not repeated until it holds again."""
    account = watched(budget("24h", more='repeat = "1h"\nalert_at = ["100%"]'))
    account.spend(95, START + MINUTE)
    account.spend(5, START - 23 * HOUR)
    assert thresholds(account.judge(START + MINUTE)) == [100]
    assert account.judge(START + 2 * HOUR) == []
    assert account.memory.repeats_at is None
    account.spend(5, START + 3 * HOUR)
    (alert,) = account.judge(START + 3 * HOUR)
    assert is_repeated(alert)
    assert account.memory.repeats_at == START + 4 * HOUR


def test_old_news_of_a_long_outage_hold_back_nothing_new() -> None:
    """Told more than a length late, a threshold rests from its own window on."""
    account = watched(budget("1h", more='alert_at = ["100%"]'))
    account.spend(100, START + MINUTE)
    account.spend(100, START + 5 * HOUR)
    assert thresholds(account.judge(START + 5 * HOUR + MINUTE)) == [100, 100]


def test_a_threshold_that_an_older_release_has_told_re_arms_without_a_rest() -> None:
    """Its marks do not say until when they rest."""
    account = watched(budget("24h", more='alert_at = ["100%"]'))
    account.spend(100, START + MINUTE)
    account.judge(START + MINUTE)
    account.notified = {
        key: Notified(
            tuple(msgspec.structs.replace(crossing, rests_until=None) for crossing in told.crossings)
        )
        for key, told in account.notified.items()
    }
    account.now = START + 24 * HOUR + 16 * MINUTE
    account.judge()
    account.spend(100)
    assert thresholds(account.judge()) == [100]


def test_a_dip_of_a_rolling_window_between_two_ticks_rearms() -> None:
    """Usage that fell out of the window before new usage came is seen, however far apart the ticks are."""
    account = watched(budget("1h", more='alert_at = ["100%"]'))
    account.spend(100, START + MINUTE)
    assert len(account.judge(START + 5 * MINUTE)) == 1
    account.spend(100, START + 2 * HOUR)
    assert len(account.judge(START + 2 * HOUR + 5 * MINUTE)) == 1


def test_a_partial_sum_does_not_rearm() -> None:
    """While part of a rolling window is unread its sum is no all-clear."""
    account = watched(budget("24h", more='alert_at = ["100%"]'))
    account.spend(100, START + MINUTE)
    account.judge(START + 5 * MINUTE)
    account.gap(START + 2 * HOUR, START + 26 * HOUR)
    assert account.judge(START + 26 * HOUR) == []
    account.close_gaps()
    account.spend(100, START + 20 * HOUR)
    account.spend(1, START + 26 * HOUR + MINUTE)
    assert account.judge(START + 26 * HOUR + 5 * MINUTE) == []


def test_an_alert_on_a_partial_sum_says_so() -> None:
    """A partial sum may raise an alert; it is marked as incomplete."""
    account = watched(budget())
    account.gap(START, START + HOUR)
    account.spend(90, START + 2 * HOUR)
    (alert,) = account.judge(START + 2 * HOUR)
    assert not alert.complete
    assert isinstance(alert, BudgetAlert)
    assert not alert.standing.complete


def test_a_month_that_began_before_the_first_reading_is_partial() -> None:
    """First read on 31 October at 13:00, nothing is known of 1 October before 13:00: for that month only."""
    first = datetime(2026, 10, 31, 13, tzinfo=UTC)
    account = Account(budget("month", 400_000) + budget("90d", 400_000).replace('"B"', '"Quarter"'), first)
    account.spend(60_000, datetime(2026, 10, 1, 13, 30, tzinfo=UTC))
    (welcome,) = account.judge()
    assert isinstance(welcome, WelcomeAlert)
    month, quarter = welcome.standings
    assert (month.points, quarter.points) == (60_000, 60_000)
    assert [(each.why, each.end) for each in month.missing] == [(Why.BEFORE, first - 30 * DAY)]
    assert [(each.why, each.end) for each in quarter.missing] == [(Why.BEFORE, first - 30 * DAY)]
    shown = compose([welcome], "default").sections[0]
    assert shown.gauges[0].words.startswith("At least 15 % of ")
    assert shown.note.endswith(
        "at least where it says so, because nothing from before 1 Oct 13:00 could be read"
    )
    account.spend(400_000, datetime(2026, 11, 2, tzinfo=UTC))
    by_rule = {alert.rule: alert for alert in account.judge(datetime(2026, 11, 2, 1, tzinfo=UTC))}
    assert (by_rule["B"].complete, by_rule["Quarter"].complete) == (True, False)


@pytest.mark.parametrize("why", [Why.ROWS, Why.LOST])
def test_a_sum_that_lacks_usage_for_good_alerts_and_rearms(why: Why) -> None:
    """What will never be counted makes a sum "at least"; a rule that waited for it would fall silent."""
    account = watched(budget("1h", more='alert_at = ["100%"]'))
    account.lacks(START, START + 9 * DAY, why)
    for hour in (1, 9):
        account.spend(100, START + hour * HOUR)
        (alert,) = account.judge(START + hour * HOUR + 5 * MINUTE)
        assert (alert.complete, [each.why for each in alert.missing]) == (False, [why])
        account.judge(START + (hour + 4) * HOUR)


@pytest.mark.parametrize("away", ["prod-1", "research"])
def test_a_sum_without_an_account_that_it_counts_alerts_and_does_not_rearm(away: str) -> None:
    """What that account has spent may have kept it up; one that the rule is not about holds nothing back."""
    config = budget("24h", more='alert_at = ["100%"]\ntogether = true\naccounts = ["prod*"]')
    account = watched(config)
    account.spend(100, START + MINUTE)
    account.lacks(START, START + 90 * DAY, Why.ACCOUNT, away)
    (alert,) = account.judge(START + 5 * MINUTE)
    assert not alert.complete
    account.judge(START + 40 * HOUR)
    account.spend(100, START + 50 * HOUR)
    again = account.judge(START + 50 * HOUR + 5 * MINUTE)
    assert bool(again) is (away == "research")


def test_a_sum_that_leaves_out_a_joiner_does_not_rearm() -> None:
    """Who was not read when a window closed may have used up by then what it lacks."""
    account = watched(budget("24h", more='alert_at = ["100%"]\ntogether = true'))
    account.spend(100, START + MINUTE)
    account.judge(START + 5 * MINUTE)
    account.absent = lambda end: frozenset({"joiner"} if end < START + 41 * HOUR else ())
    account.judge(START + 40 * HOUR)
    (told,) = account.notified.values()
    assert len(told.active()) == 1
    account.spend(1, START + 40 * HOUR)
    account.judge(START + 44 * HOUR)
    (told,) = account.notified.values()
    assert told.active() == ()


def test_a_forecast_waits_only_for_what_can_still_be_read() -> None:
    """It is made of a sum that will never be whole: more was used, so the limit is only likelier."""
    account = watched(budget("month", 10_000, 'forecast_at = ["100%"]'))
    for hour in range(24 * 12):
        account.spend(30, START + hour * HOUR)
    account.judge(START + 12 * DAY)
    account.lacks(START + 2 * DAY, START + 2 * DAY + HOUR)
    (standing,) = account.standings()
    assert ([each.why for each in standing.missing], standing.forecast is None) == ([Why.ROWS], False)
    account.reads = False
    account.now += 2 * HOUR
    (standing,) = account.standings()
    assert (Why.UNREAD in [each.why for each in standing.missing], standing.forecast is None) == (True, True)


def test_while_poe_is_away_the_present_window_is_unread() -> None:
    """An hour after the last reading no sum that goes on is whole, and none re-arms."""
    account = watched(budget("24h", more='alert_at = ["100%"]'))
    account.spend(100, START + MINUTE)
    account.judge(START + 5 * MINUTE)
    account.reads = False
    account.judge(START + 27 * HOUR)
    (standing,) = account.standings()
    assert [each.why for each in standing.missing] == [Why.UNREAD]
    account.reads = True
    account.spend(100, START + 20 * HOUR)
    assert account.judge(START + 27 * HOUR + 5 * MINUTE) == []


def test_what_a_new_rule_finds_passed_is_information() -> None:
    """A rule that is new, renamed or counts otherwise starts afresh, with one line of info."""
    account = watched(budget())
    account.spend(90)
    account.judge()
    account.configure(budget().replace('"B"', '"Renamed"'))
    (alert,) = account.judge()
    assert isinstance(alert, BudgetAlert)
    assert (alert.severity, alert.reason, alert.threshold_points) == (Severity.INFO, Reason.ALREADY, 80)
    account.spend(10)
    (alert,) = account.judge()
    assert isinstance(alert, BudgetAlert)
    assert (alert.severity, alert.reason) == (Severity.CRITICAL, Reason.CROSSED)


def test_a_snoozed_budget_is_silent_and_then_tells_what_still_holds() -> None:
    """Nothing is told until the snooze ends; then the highest threshold crossed in the present window is."""
    account = watched(budget("month", more="snooze_until = 2026-11-10"))
    account.spend(90, START + DAY)
    assert account.judge(START + DAY) == []
    account.spend(20, START + 8 * DAY)
    assert account.judge(START + 9 * DAY - MINUTE) == []
    assert thresholds(account.judge(START + 9 * DAY)) == [100]
    assert account.judge(START + 10 * DAY) == []


def test_windows_that_closed_during_a_snooze_are_not_told() -> None:
    """At the end of a snooze only the present window speaks."""
    account = watched(budget("day", more="snooze_until = 2026-11-03"))
    account.spend(90, START + 47 * HOUR)
    assert account.judge(START + 48 * HOUR + 5 * MINUTE) == []


def test_the_welcome_comes_once_and_tells_where_every_budget_stands() -> None:
    """What is passed by the time the first scan is through counts as told by the welcome."""
    account = Account(budget() + budget("month", 1_000).replace('"B"', '"M"'))
    account.spend(90)
    (welcome,) = account.judge()
    assert welcome.kind is Kind.WELCOME
    assert isinstance(welcome, WelcomeAlert)
    assert [(stands.rule, stands.points, stands.complete) for stands in welcome.standings] == [
        ("B", 90, True),
        ("M", 90, True),
    ]
    assert account.judge() == []
    account.spend(10)
    assert thresholds(account.judge()) == [100]


def test_a_long_first_walk_is_welcomed_twice() -> None:
    """The first welcome says at least; when the scan is through a second one tells the whole."""
    account = Account(budget("month"))
    account.gap(START - 20 * DAY, START + HOUR)
    account.spend(60, START + 2 * HOUR)
    (first,) = account.judge(START + 2 * HOUR)
    assert isinstance(first, WelcomeAlert)
    assert not first.standings[0].complete
    account.spend(30, START + MINUTE)
    assert account.judge(START + 2 * HOUR + 5 * MINUTE) == []
    account.close_gaps()
    (second,) = account.judge(START + 2 * HOUR + 10 * MINUTE)
    assert isinstance(second, WelcomeAlert)
    assert (second.complete, second.standings[0].points) == (True, 90)
    account.spend(10, START + 3 * HOUR)
    assert thresholds(account.judge(START + 3 * HOUR)) == [100]


def test_nothing_read_is_no_welcome() -> None:
    """Before the first page could be read there is nothing to tell of any budget."""
    account = Account(budget())
    account.state = State(started_at=START)
    assert account.judge() == []
    assert account.memory.welcomed == 0


spending = st.lists(
    st.tuples(st.integers(1, 300), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60)), max_size=4)),
    max_size=30,
)


@given(spending, st.sampled_from(["hour", "day", "week", "month"]))
def test_each_threshold_is_told_at_most_once_in_a_window(
    plan: list[tuple[int, list[tuple[int, int]]]], period: str
) -> None:
    """However usage comes, a threshold of a calendar window is told or covered once, in ascending order."""
    account = watched(budget(period, more='alert_at = ["50%", "80%", "100%", "250%"]'))
    told: dict[datetime, int] = {}
    for minutes, rows in plan:
        account.now += minutes * MINUTE
        for ago, points in rows:
            account.spend(points, max(account.now - ago * MINUTE, START))
        for alert in account.judge():
            assert isinstance(alert, BudgetAlert)
            assert alert.threshold_points > told.get(alert.standing.window.start, 0)
            told[alert.standing.window.start] = alert.threshold_points


scans = st.lists(st.tuples(st.sampled_from([5, 15, 25, 60]), st.integers(0, 40)), min_size=5, max_size=60)


@given(scans, st.sampled_from([1, 2, 6]), st.sampled_from([Fraction(9, 10), Fraction(1, 2), Fraction(1)]))
def test_rolling_thresholds_neither_flap_nor_keep_silent(
    scan: list[tuple[int, int]], hours: int, below: Fraction
) -> None:
    """Tick by tick as a plain reading of the law has it, each threshold for itself.

    One is told where its sum is reached, unless it was told and has not been clearly below since, or was told
    within a length. Of several the highest is told, and the lower ones count as told.
    """
    more = f'alert_at = [30, 60, 100]\nrearm_below = "{int(below * 100)}%"'
    account = watched(budget(f"{hours}h", more=more))
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
        alerts = thresholds(account.judge())
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


@given(spending, st.sampled_from(["1h", "6h", "24h"]))
def test_a_rolling_threshold_speaks_only_after_it_was_below(
    plan: list[tuple[int, list[tuple[int, int]]]], period: str
) -> None:
    """Between two alerts of one rolling threshold lie a length and a sum that was clearly below it."""
    account = watched(budget(period, points=60, more='alert_at = ["100%"]'))
    length = timedelta(hours=int(period[:-1]))
    last: datetime | None = None
    for minutes, rows in plan:
        account.now += minutes * MINUTE
        for _, points in rows:
            account.spend(points)
        sums = {
            end: sum(totals.points for slot, totals in account.spent.items() if end - length <= slot < end)
            for end in (
                START + n * 15 * MINUTE
                for n in range(1, int((slot_end(account.now) - START) / MINUTE) // 15 + 1)
            )
        }
        for alert in account.judge():
            assert isinstance(alert, BudgetAlert)
            end = alert.standing.window.end
            assert sums[end] >= 60
            assert last is None or any(total < 54 for at, total in sums.items() if last < at < end)
            assert last is None or end > last + length
            last = end
        if last is None:
            assert all(total < 60 for total in sums.values())


rows = st.lists(st.tuples(st.integers(0, 60 * 24 * 3), st.integers(0, 60)), max_size=40)
schedule = st.lists(st.integers(1, 60 * 20), max_size=30)


def covered(plan: list[tuple[int, int]], ticks: list[int]) -> set[tuple[str, int]]:
    """Run a history through ticks, and give every threshold of every window that was told or covered."""
    account = watched(budget("day", more='alert_at = ["50%", "80%", "100%", "250%"]'))
    instants = [START + minutes * MINUTE for minutes in accumulate(ticks)]
    waiting = sorted(plan)
    for now in [*(at for at in instants if at < START + 4 * DAY), START + 4 * DAY]:
        while waiting and START + waiting[0][0] * MINUTE <= now:
            minutes, points = waiting.pop(0)
            account.spend(points, START + minutes * MINUTE)
        account.judge(now)
    return {(key, crossing.points) for key, told in account.notified.items() for crossing in told.crossings}


@given(rows, schedule, schedule)
def test_what_is_told_or_covered_does_not_depend_on_when_ticks_come(
    plan: list[tuple[int, int]], some: list[int], others: list[int]
) -> None:
    """Splitting a settled history over any ticks leaves the union of told and covered thresholds the same."""
    assert covered(plan, some) == covered(plan, others)

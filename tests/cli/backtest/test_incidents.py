from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from budget_alert.config.periods import Window
from budget_alert.instants import DAY
from poe_budget.backtest.incidents import Quality, Spending, by_incident, heaviest, quality
from tests.cli.backtest.saving import HOUR, history
from tests.support.histories import START, entry

UTC = ZoneInfo("UTC")
SPENT = history(
    [entry(START + day * DAY + 12 * HOUR, points) for day, points in enumerate([10, 10, 30, 40, 10, 10, 90])],
    7 * DAY,
)
"""Two incidents: days 2 and 3, and day 6."""


def test_an_incident_is_days_in_a_row_of_three_times_the_median() -> None:
    """From the first midnight to the end of the last; an idle history has none, nor one without a day."""
    assert Spending(SPENT).incidents(UTC) == [
        Window(START + 2 * DAY, START + 4 * DAY),
        Window(START + 6 * DAY, START + 7 * DAY),
    ]
    assert [Spending(history([], length)).incidents(UTC) for length in (9 * DAY, HOUR)] == [[], []]


def test_days_are_those_of_the_zone_and_whole() -> None:
    """What lies at the edges is no day."""
    days = Spending(SPENT).days(ZoneInfo("Asia/Kathmandu"))
    assert [points for _, points in days] == [10, 30, 40, 10, 10, 90]
    assert days[0][0].start == START + timedelta(hours=18, minutes=15)


def test_where_only_quarter_hours_are_known_each_counts_at_its_end() -> None:
    """An alert cannot have come of what was not over."""
    sums = Spending(msgspec.structs.replace(SPENT, entries=None))
    noon = START + 12 * HOUR
    assert sums.between(START, noon + 14 * HOUR / 60) == 0
    assert sums.between(START, noon + HOUR / 4) == 10


@pytest.mark.parametrize(("wanted", "firsts"), [(1, [6]), (2, [3, 6]), (9, [3, 6])])
def test_the_heaviest_days_come_in_about_as_many_stretches_as_wanted(wanted: int, firsts: list[int]) -> None:
    """As few of them as give so many."""
    found = heaviest(Spending(SPENT).days(UTC), wanted)
    assert [(one.start - START) // DAY for one in found] == firsts


def test_alerts_within_a_day_of_the_first_count_as_one() -> None:
    """What comes a day later is another, though it follows closely on the last."""
    assert by_incident([]) == 0
    assert by_incident(START + hours * HOUR for hours in (0, 20, 24, 25, 40, 49.5)) == 3


def test_messages_are_about_an_incident_up_to_a_day_after_it() -> None:
    """The first one says how much was spent before; without one while it lasts, it is missed."""
    spending = Spending(SPENT)
    sent = [START + HOUR, START + 3 * DAY, START + 3 * DAY, START + 4 * DAY + HOUR, START + 5 * DAY + HOUR]
    found = quality(sent, spending, spending.incidents(UTC), (START, START + 7 * DAY))
    assert found == Quality(time=7 * DAY, messages=4, about=2, incidents=2, spent=(30 / 70,))
    assert (found.missed, found.messages_a_week, found.others_a_week) == (1, 4, 2)
    assert (found.messages_an_incident, found.spent_before) == (2, 30 / 70)


def test_qualities_add_up() -> None:
    """Of weeks without messages there are no means."""
    none = Quality(time=7 * DAY, incidents=1)
    assert (none.messages_an_incident, none.spent_before) == (None, None)
    one = Quality(time=7 * DAY, messages=3, about=2, incidents=1, spent=(0.5,))
    both = none + one
    assert (both.messages_a_week, both.incidents, both.missed, both.spent_before) == (1.5, 2, 1, 0.5)

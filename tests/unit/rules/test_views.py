from datetime import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.instants import DAY, SLOT
from budget_alert.rules.notified import Memory
from budget_alert.rules.plan import planned
from budget_alert.rules.views import View, matcher
from budget_alert.usage.slots import RecordedUsage, by_day, day_from
from budget_alert.usage.state import State
from budget_alert.usage.totals import Amount, Dimensions, Totals
from tests.support.account import budget
from tests.support.histories import START, entry


def filtered() -> Config:
    """Give a config of one budget, which counts a bot only."""
    return parse(budget("month", 1_000, 'bots = ["gpt-*"]'))


def test_the_past_of_a_filtered_budget_is_what_it_counts() -> None:
    """A tenth of each day's points is that of the past too, whoever spent the rest."""
    days = [START + number * DAY for number in range(6)]
    slots = {day: Totals.of([entry(day, 90), entry(day, 10, bot="gpt-5")]) for day in days}
    usage = RecordedUsage({start: day_from(within, start) for start, within in by_day(slots)}, slots)
    now = START + 6 * DAY
    plan = planned(filtered(), Memory(), State(started_at=START), now)
    past = View(plan.asked[0], usage).past(START, now)
    assert past is not None
    assert round(sum(past.points), 6) == 60


def test_equal_filters_have_one_matcher() -> None:
    """So that what was worked out for one filter can be found again."""
    first, second = (filtered().budgets[0].filter for _ in range(2))
    assert first is not second
    assert matcher(first) is matcher(second)


def test_a_window_leaves_out_the_accounts_that_it_does_not_have() -> None:
    """Each window by its own end; to pick bots besides changes nothing of that."""
    spent = {
        START + number * SLOT: Totals(
            {
                Dimensions(bot, "API", name): Amount(points, 1, 0, points)
                for bot in "xy"
                for name, points in SPENT
            }
        )
        for number in range(2 * 96)
    }
    first = START + DAY
    usage = usage_of(spent).leaving_out(lambda end: frozenset({"bob"} if end <= first else ()))
    assert usage.points(START, first) == 2 * 96
    assert usage.points(START, first + SLOT) == 2 * 97 * 11
    assert usage.between(START + SLOT, first).by_key() == [("ada", 2 * 95)]
    assert usage.by_days([START, first, first + DAY]) == [2 * 96, 2 * 96 * 11]
    picked = usage.only(lambda part: part.bot == "x")
    assert picked.points(START, first) == 96
    assert picked.by_days([START, first, first + DAY]) == [96, 96 * 11]
    assert picked.points(START, first + SLOT) == 97 * 11


SPENT = (("ada", 1), ("bob", 10))
names = st.sampled_from(["ada", "bob", "cleo"])
quarters = st.integers(0, 3 * 96 - 1).map(lambda number: START + number * SLOT)
spent_by = st.dictionaries(st.tuples(quarters, names), st.integers(1, 50), max_size=20)
read_at = st.dictionaries(names, quarters)


def usage_of(slots: dict[datetime, Totals]) -> RecordedUsage:
    """Give the usage of slots, with their days."""
    return RecordedUsage({start: day_from(within, start) for start, within in by_day(slots)}, slots)


@given(spent_by, read_at, st.lists(quarters, min_size=2, unique=True).map(sorted))
def test_whatever_is_asked_of_usage_leaves_the_same_out(
    spent: dict[tuple[datetime, str], int], since: dict[str, datetime], edges: list[datetime]
) -> None:
    """A sum is that of the accounts which were read by the end of its window."""
    slots: dict[datetime, Totals] = {}
    for (slot, name), points in spent.items():
        one = Totals({Dimensions("bot", "API", name): Amount(points, 1, 0, points)})
        slots[slot] = slots.get(slot, Totals()) + one
    usage = usage_of(slots).leaving_out(lambda end: frozenset(name for name, at in since.items() if at > end))
    for start, end in pairwise(edges):
        expected = sum(
            points
            for (slot, name), points in spent.items()
            if start <= slot < end and since.get(name, end) <= end
        )
        assert usage.points(start, end) == usage.between(start, end).points == expected

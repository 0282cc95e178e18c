from budget_alert.accounting.state import State
from budget_alert.accounting.usage import Tally, Usage, by_day, day_from
from budget_alert.config.budgets import parse
from budget_alert.config.rules import Config
from budget_alert.instants import DAY
from budget_alert.policy.plan import planned
from budget_alert.policy.told import Notes
from budget_alert.policy.views import View, matcher
from tests.account import budget
from tests.histories import START, entry


def filtered() -> Config:
    """Give a config of one budget, which counts a bot only."""
    return parse(budget("month", 1_000, 'bots = ["gpt-*"]'))


def test_the_past_of_a_filtered_budget_is_what_it_counts() -> None:
    """A tenth of each day's points is that of the past too, whoever spent the rest."""
    days = [START + number * DAY for number in range(6)]
    slots = {day: Tally.of([entry(day, 90), entry(day, 10, bot="gpt-5")]) for day in days}
    usage = Usage({start: day_from(within, start) for start, within in by_day(slots)}, slots)
    now = START + 6 * DAY
    plan = planned(filtered(), Notes(), State(started_at=START), now)
    past = View(plan.asked[0], usage).past(START, now)
    assert past is not None
    assert round(sum(past.points), 6) == 60


def test_equal_filters_have_one_matcher() -> None:
    """So that what was worked out for one filter can be found again."""
    first, second = (filtered().budgets[0].filter for _ in range(2))
    assert first is not second
    assert matcher(first) is matcher(second)

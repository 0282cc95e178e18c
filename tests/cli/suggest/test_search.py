import math
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from itertools import pairwise
from operator import add
from unittest.mock import patch
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, strategies as st

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.instants import DAY
from budget_alert.usage.totals import Totals
from lab.evaluation.trials import months
from poe_budget.backtest.incidents import Spending
from poe_budget.backtest.replay import Conditions, Ticked, replay
from poe_budget.backtest.results import Replay
from poe_budget.backtest.sample import sample
from poe_budget.errors import OpsError
from poe_budget.past.history import History
from poe_budget.periods import period_words
from poe_budget.suggest import search
from poe_budget.suggest.proposal import Proposal, ladder, up
from poe_budget.suggest.search import MONTH, Suggestion, measures, probed, rarely_enough, suggest
from tests.cli.backtest.replays import HOUR, history, hourly
from tests.support.histories import START, entry


@pytest.fixture(scope="module")
def real() -> Iterator[History]:
    """Give real usage, over which each config is replayed once: every search begins with the same one."""
    usage, known = sample(), list[tuple[Config, Conditions, Replay]]()

    def once(config: Config, spent: History, conditions: Conditions, ticked: Ticked) -> Replay:
        done = [one for asked, how, one in known if (asked, how) == (config, conditions)]
        if spent is not usage:
            return replay(config, spent, conditions, ticked)
        if not done:
            done = [replay(config, spent, conditions, ticked)]
            known.append((config, conditions, done[0]))
        return done[0]

    with patch.object(search, "replay", once):
        yield usage


def suggested(spent: History, wanted: float) -> Suggestion:
    """Suggest something with a tick an hour."""
    return suggest(spent, wanted, "UTC", HOUR)


@pytest.mark.xdist_group("suggest-real")
@pytest.mark.parametrize(("wanted", "least", "most"), [(2, 1, 3), (0, 0, 0.5), (8, 6, 10)])
def test_on_real_usage_a_suggestion_alerts_as_often_as_wanted(
    real: History, wanted: float, least: float, most: float
) -> None:
    """As its own replay shows; its numbers are round, and `parse` takes its text."""
    found = suggested(real, wanted)
    assert least <= found.alerts_a_month <= most
    assert list(found.cautions()) == []
    config = parse(found.proposal.text())
    assert config == found.replay.config
    month, day = config.budgets
    assert month.forecast_at
    numbers = [month.points, day.points, config.spikes[0].at_least, config.queries[0].points]
    assert all(len(str(number).rstrip("0")) <= 2 for number in numbers)


@pytest.mark.xdist_group("suggest-real")
def test_a_suggestion_warns_early_in_a_month_that_it_has_not_seen() -> None:
    """One incident of seven is missed at most, a fifth spent before the first of at most three messages."""
    found = reduce(add, (past.quality(config_for(past.known)) for past in map(months, (300, 301))))
    assert found.incidents >= 7
    assert found.missed <= found.incidents / 7
    assert found.spent_before is not None
    assert found.spent_before <= 0.2
    assert found.messages_an_incident is not None
    assert found.messages_an_incident <= 3


def config_for(known: History) -> Config:
    """Suggest eight alerts a month, with a tick an hour."""
    proposal, _ = probed(known, "Europe/London", Conditions(interval=HOUR)).proposal(8)
    return parse(proposal.text())


def test_an_account_that_is_mostly_idle_gets_a_budget_by_the_week() -> None:
    """A day's limit would be about nothing."""
    rows = [entry(START + 7 * week * DAY + HOUR, 100 + 10 * week) for week in range(6)]
    found = suggested(history(rows, 42 * DAY), 1)
    assert found.proposal.span == "week"
    assert [period_words(budget.period) for budget in parse(found.proposal.text()).budgets][1].startswith(
        "calendar week"
    )


def test_usage_that_is_too_even_is_said_to_be_so() -> None:
    """Where days are all alike, they all reach a limit or none does."""
    found = suggested(history(hourly(21 * 24)[::8], 21 * DAY), 12)
    assert found.alerts in (0, 21)
    (caution,) = found.cautions()
    assert "too even" in caution


@pytest.mark.parametrize(("count", "words"), [(1, "1 query"), (49, "49 queries")])
def test_a_suggestion_from_few_queries_is_said_to_be_a_guess(count: int, words: str) -> None:
    """However long the history is; below fifty."""
    caution, *_ = suggested(history(hourly(count), 8 * DAY), 2).cautions()
    assert caution.startswith(f"only {words} in the history: this suggestion is little more than a guess;")
    assert caution.endswith("run it again when there is more")
    enough = suggested(history(hourly(50), 8 * DAY), 2).cautions()
    assert [caution for caution in enough if "guess" in caution] == []


def test_what_a_suggestion_says_of_itself_is_a_comment() -> None:
    """Its config stays the same."""
    proposal = Proposal(zone="UTC", month=10_000, span="day", often=500, spike=100, query=50)
    assert parse(proposal.text(["one", "", "two"])) == parse(proposal.text())
    assert proposal.text(["one", "", "two"]).startswith("# one\n#\n# two\n\ntimezone")


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        (history(hourly(24 * 6), 6 * DAY), "6 whole days, and a suggestion needs 7; try again in 1 day"),
        (history([], 30 * DAY), "nothing was spent"),
    ],
)
def test_no_suggestion_is_made_up(spent: History, words: str) -> None:
    """Too little history, and none at all, is said."""
    with pytest.raises(OpsError, match=words):
        suggested(spent, 2)


def test_without_a_known_query_no_rule_asks_for_one() -> None:
    """A table may name none."""
    sums = history(hourly(24 * 8), 8 * DAY)
    nameless = {start: Totals(dict(totals.items())) for start, totals in sums.slots.items()}
    unknown = msgspec.structs.replace(sums, entries=None, slots=nameless)
    assert parse(suggested(unknown, 2).proposal.text()).queries == ()


def test_days_weeks_hours_and_queries_are_measured() -> None:
    """Whole ones only, in the zone; an hour is any between quarter hours."""
    rows = [
        entry(START - 8 * HOUR, 5),
        entry(START + 2 * HOUR + timedelta(minutes=50), 7),
        entry(START + 3 * HOUR + timedelta(minutes=20), 9),
        entry(START + 8 * DAY, 3),
    ]
    spent = history(rows, 10 * DAY, START - 12 * HOUR)
    found = measures(spent, Spending(spent), ZoneInfo("UTC"))
    assert found.days == (16, 0, 0, 0, 0, 0, 0, 0, 3)
    assert found.weeks == (0,)
    assert (found.hour, found.query, found.points, found.queries) == (16, 9, 24, 4)
    assert math.isclose(found.month, 24 * (MONTH / (10 * DAY)))


@given(st.floats(0, 10**12))
def test_rounding_up_keeps_two_digits(points: float) -> None:
    """It gives the least such number that is not below, and never nothing."""
    found = up(points)
    assert max(points, 1) <= found < max(points, 1) * 1.1 + 1
    assert len(str(found).rstrip("0")) <= 2


@pytest.mark.parametrize(("points", "found"), [(0, 1), (9.1, 10), (101, 110), (994_850 * 1.3, 1_300_000)])
def test_some_numbers_rounded_up(points: float, found: int) -> None:
    """The numbers people would have taken."""
    assert up(points) == found


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_ladder_has_no_wide_step(low: int, high: int) -> None:
    """Each rung is at most twice the one before, and all are within the bounds."""
    rungs = ladder(low, high)
    assert all(low <= rung <= high for rung in rungs)
    assert all(above <= 2 * below for below, above in pairwise(rungs))
    assert rungs or high < 2 * low


def test_the_lowest_level_that_is_quiet_enough() -> None:
    """Or the highest there is, where none is."""
    assert rarely_enough({10: 9, 20: 3, 50: 3, 100: 0}, 3.5) == 20
    assert rarely_enough({10: 9, 20: 3}, 1) == 20

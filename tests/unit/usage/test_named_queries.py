from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.usage.entries import ALWAYS_NAMED, MOST_NAMED, Entry
from budget_alert.usage.slots import day_from
from budget_alert.usage.totals import Totals
from tests.support.histories import START, entry

entries = st.lists(st.integers(-5, 1_000), max_size=40).map(
    lambda points: [entry(START + timedelta(seconds=at), cost) for at, cost in enumerate(points)]
)


def ids(totals: Totals) -> list[str]:
    """Give the ids of a totals's named queries."""
    return [query.query_id for query in totals.largest]


def ranked(among: list[Entry]) -> list[Entry]:
    """Rank what cost anything, most expensive first, older first."""
    return sorted((one for one in among if one.points > 0), key=lambda one: (-one.points, one.created))


@given(entries)
def test_the_most_expensive_few_are_named(among: list[Entry]) -> None:
    """Without a rule the three largest queries are kept by name, and nothing that cost nothing."""
    assert ids(Totals.of(among)) == [one.query_id for one in ranked(among)[:ALWAYS_NAMED]]


@given(entries, st.integers(1, 1_000))
def test_every_query_that_a_rule_asks_for_is_named(among: list[Entry], costly: int) -> None:
    """With a rule, every query of its points is kept by name too."""
    named = ids(Totals.of(among, costly))
    assert {one.query_id for one in among if one.points >= costly} <= set(named)
    assert len(named) <= max(ALWAYS_NAMED, sum(one.points >= costly for one in among))


@given(entries, st.integers(0, 40), st.none() | st.integers(1, 1_000))
def test_a_slot_read_in_two_halves_names_what_one_reading_names(
    among: list[Entry], cut: int, costly: int | None
) -> None:
    """However pages cut a quarter hour, the same queries are named in the end."""
    halves = Totals.of(among[:cut], costly) + Totals.of(among[cut:], costly)
    assert halves.naming(costly) == Totals.of(among, costly).naming(costly)


@given(entries, st.integers(0, 40), st.none() | st.integers(0, 1_000))
def test_a_sum_names_what_it_would_name_once_all_is_named(
    among: list[Entry], cut: int, costly: int | None
) -> None:
    """Whether the rule is applied while adding up or afterwards."""
    halves = Totals.of(among[:cut], costly), Totals.of(among[cut:], costly)
    assert Totals.total(halves, costly) == Totals.total(halves).naming(costly)


def test_no_more_than_a_hundred_are_named() -> None:
    """A rule that asks for everything makes no item of the table too large."""
    many = [entry(START + timedelta(seconds=at), 10 + at) for at in range(300)]
    kept = Totals.of(many, costly=1)
    assert len(kept.largest) == MOST_NAMED
    assert kept.largest[0].points == 309


def test_a_day_names_its_largest_few_only() -> None:
    """The item of a day stays small, whatever its slots name."""
    slots = {START: Totals.of([entry(START, points, f"q{points}") for points in range(1, 9)], costly=1)}
    assert [query.points for query in day_from(slots, START).total.largest] == [8, 7, 6]


def test_a_filter_keeps_the_queries_of_its_parts() -> None:
    """Named queries are filtered as points are."""
    totals = Totals.of([entry(START, 5, "a", bot="one"), entry(START, 7, "b", bot="two")])
    assert ids(totals.only(lambda part: part.bot == "one")) == ["a"]


def test_a_query_says_what_it_was_used_for() -> None:
    """Chat or canvas go with the query, and its instant is that of its creation."""
    used = msgspec.structs.replace(entry(START, 5), used_for="Trip to Rome")
    (query,) = Totals.of([used]).largest
    assert (query.used_for, query.at, query.bot) == ("Trip to Rome", START, used.bot)

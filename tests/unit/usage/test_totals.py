"""Totals: what they keep apart, what they add up, and which queries they name."""

from datetime import timedelta

import msgspec
from hypothesis import given, strategies as st

from budget_alert.usage.entries import ALWAYS_NAMED, MOST_NAMED, Entry
from budget_alert.usage.slots import day_from
from budget_alert.usage.totals import OTHER_BOTS, Amount, Dimensions, Totals
from tests.support.histories import START, entry

AMOUNTS = st.builds(Amount, st.integers(-20, 20), st.integers(0, 3), st.integers(0, 9), st.integers(0, 9))
TOTALS = st.dictionaries(
    st.builds(
        Dimensions, st.sampled_from("abcdefgh"), st.sampled_from(["API", "Chat"]), st.integers(0, 12).map(str)
    ),
    AMOUNTS,
    max_size=40,
).map(Totals)


@given(TOTALS, st.integers(1, 12))
def test_bounded_totals_are_exact_by_key(totals: Totals, most: int) -> None:
    """What is added up keeps its key, so sums by key, be keys accounts, stay right up to twice the bound.

    To bound them twice is no coarser, and what is few is left as it is.
    """
    keys = {one.api_key for one, _ in totals.items()}
    bounded = totals.bounded(most)
    assert bounded.bounded(most) == bounded
    if totals.width <= most:
        assert bounded is totals
    assert bounded.amount == totals.amount
    if len(keys) <= 2 * most:
        assert bounded.by_key() == totals.by_key()
    assert bounded.width <= (most if len(keys) <= most else 2 * most)


@given(TOTALS, st.integers(1, 12))
def test_what_bounded_totals_add_up_is_the_smallest(totals: Totals, most: int) -> None:
    """No bot that is kept apart has spent less, or been refunded less, than one that is not."""
    bounded = dict(totals.bounded(most).items())
    apart = [abs(amount.points) for one, amount in totals.items() if bounded.get(one) == amount]
    added = [abs(amount.points) for one, amount in totals.items() if one not in bounded]
    assert min(apart, default=20) >= max(added, default=0)


def test_more_keys_than_twice_the_bound_are_added_up() -> None:
    """Then an item could not hold them: the largest few stay apart, and all others are one."""
    totals = Totals({Dimensions("bot", "API", str(number)): Amount(number, 1) for number in range(9)})
    assert dict(totals.bounded(4).items()) == {
        Dimensions("bot", "API", "8"): Amount(8, 1),
        Dimensions("bot", "API", "7"): Amount(7, 1),
        Dimensions("bot", "API", "6"): Amount(6, 1),
        Dimensions(OTHER_BOTS, "", ""): Amount(15, 6),
    }


entries = st.lists(st.integers(-5, 1_000), max_size=40).map(
    lambda points: [entry(START + timedelta(seconds=at), cost) for at, cost in enumerate(points)]
)


def ids(totals: Totals) -> list[str]:
    """Give the ids of totals's named queries."""
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
    """However pages cut a quarter hour, and whether the rule is applied while adding up or afterwards."""
    halves = Totals.of(among[:cut], costly), Totals.of(among[cut:], costly)
    assert Totals.total(halves).naming(costly) == Totals.of(among, costly).naming(costly)
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


def test_a_filter_keeps_its_queries() -> None:
    """Named queries are filtered as points are."""
    totals = Totals.of([entry(START, 5, "a", bot="one"), entry(START, 7, "b", bot="two")])
    assert ids(totals.only(lambda one: one.bot == "one")) == ["a"]


def test_a_query_says_what_it_was_used_for() -> None:
    """Chat or canvas go with the query, and its instant is that of its creation."""
    used = msgspec.structs.replace(entry(START, 5), used_for="Trip to Rome")
    (query,) = Totals.of([used]).largest
    assert (query.used_for, query.at, query.bot) == ("Trip to Rome", START, used.bot)

from datetime import UTC, datetime

from hypothesis import given, strategies as st

from budget_alert.config.reading import parse
from budget_alert.config.schema import Filter
from budget_alert.ledger.items import day_item, size_of
from budget_alert.ledger.ledger import LARGEST_ITEM
from budget_alert.rounds import ALL
from budget_alert.rules.evaluation import matcher
from budget_alert.usage.grouping import EVERY_BOT, asked, grouping
from budget_alert.usage.slots import day_from
from budget_alert.usage.totals import MOST_GROUPS, OTHER_BOTS, Amount, Dimensions, Totals
from tests.support.configs import GOOD

BOTS = ["Claude-Opus", "Claude-Sonnet", "GPT-5", "o3", "a*b", "[x]"]
TYPES = ["API", "Chat", "Canvas App"]
PATTERNS = ["Claude-*", "*-5", "o3", "gpt-5", "*", "?3", "[cg]*", "a[*]b", "nobody", "*pus"]
filters = st.builds(
    Filter,
    st.lists(st.sampled_from(PATTERNS), max_size=2).map(tuple),
    st.lists(st.sampled_from([*TYPES, "c*"]), max_size=1).map(tuple),
)
parts = st.builds(Dimensions, st.sampled_from(BOTS), st.sampled_from(TYPES), st.integers(0, 4).map(str))
all_totals = st.dictionaries(parts, st.builds(Amount, st.integers(-9, 99), st.just(1)), max_size=60).map(
    Totals
)


@given(all_totals, st.lists(filters, max_size=4, unique=True), st.integers(1, 20))
def test_what_rules_ask_for_stays_exact(totals: Totals, some: list[Filter], most: int) -> None:
    """However little is kept apart, each filter counts the same of each account, and so twice over."""
    group = grouping(tuple(some))
    bounded = totals.bounded(most, group)
    for one in some:
        kept, counted = bounded.only(matcher(one)), totals.only(matcher(one))
        assert {key: points for key, points in kept.by_key() if points} == {
            key: points for key, points in counted.by_key() if points
        }
        assert kept.amount == counted.amount
    assert bounded.amount == totals.amount
    assert bounded.bounded(most, group) == bounded


@given(all_totals, st.lists(filters, max_size=2, unique=True))
def test_a_rule_for_each_bot_keeps_all_apart(totals: Totals, some: list[Filter]) -> None:
    """Every bot of every account stays exact, and so does what other rules ask for."""
    bounded = totals.bounded(1, grouping((EVERY_BOT, *some)))
    assert bounded.by_bot() == totals.by_bot()
    for one in some:
        assert bounded.only(matcher(one)).by_bot() == totals.only(matcher(one)).by_bot()
    each = ALL.rules(parse(f'{GOOD}together = true\neach = "bot"\n'))
    assert asked(each) == (EVERY_BOT,)


def test_a_group_goes_by_the_pattern_that_counts_it() -> None:
    """So a message over all accounts can say what it is."""
    group = grouping((Filter(("Claude-*",), ("API",)), Filter(("GPT-*",))))
    assert group(Dimensions("Claude-Opus", "API", "ada")) == Dimensions("Claude-*", "API", "ada")
    assert group(Dimensions("Claude-Opus", "Chat", "ada")) == Dimensions(OTHER_BOTS, "", "ada")
    assert group(Dimensions("GPT-5", "Chat", "bob")) == Dimensions("GPT-*", "", "bob")


def test_what_budgets_over_all_accounts_ask_for() -> None:
    """Each filter once, whichever accounts it is about; without one nothing is asked for."""
    some = 'together = true\nbots = ["o3"]\n'
    text = f'{GOOD}{some}{GOOD.replace(chr(34) + "A", chr(34) + "B")}{some}accounts = ["prod*"]\n'
    assert asked(ALL.rules(parse(text))) == (Filter(("o3",)),)
    assert asked(ALL.rules(parse(GOOD))) == asked(None) == ()


def test_a_thousand_accounts_with_twenty_bots_each_fit_into_an_item() -> None:
    """Rules with bots and usage types are exact over all of them, with names as long as they can be."""
    long = "n" * 26
    totals = Totals(
        {
            Dimensions(
                f"{'Claude' if bot % 2 else 'GPT'}-{bot}", TYPES[bot % 3], f"{long}{account:06}"
            ): Amount(account * 7919 % 1_000_003 + bot, bot + 1, account * 31, bot)
            for account in range(1_000)
            for bot in range(20)
        }
    )
    some = (Filter(("Claude-*",)), Filter((), ("API",)), Filter(("GPT-4", "Claude-1*"), ("Chat", "API")))
    start = datetime(2026, 11, 3, tzinfo=UTC)
    total = day_from({start: totals}, start, grouping(some))
    assert total.total.width <= MOST_GROUPS
    for one in some:
        assert total.total.only(matcher(one)).by_key() == totals.only(matcher(one)).by_key()
    assert size_of(day_item("all", start, total)) < LARGEST_ITEM

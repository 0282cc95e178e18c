from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.messages.wording import (
    bar,
    clean,
    cut,
    lines,
    money,
    name,
    number,
    of_limit,
    percent,
    points,
    quoted,
    rough,
    share,
    sparkline,
    worth,
)
from tests.support.telling import HOSTILE, ODD_NAMES


@given(HOSTILE)
def test_a_clean_text_is_one_printable_line(text: str) -> None:
    """Cleaning leaves one line without control characters, and cleaning again changes nothing."""
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "text", ["", " \t\n", "\u200b\u200d\ufeff", "\u202e", "\u3164\u2800", "\ud800", "\ufe0f \u0301"]
)
def test_a_name_of_nothing_is_said_to_be_none(text: str) -> None:
    """A name without anything to see is shown as unnamed."""
    assert name(text) == "(unnamed)"
    assert quoted(text) == "“(unnamed)”"
    assert name(text, nothing="(no key)") == "(no key)"


@given(HOSTILE, st.integers(10, 100))
def test_a_name_is_cut(text: str, longest: int) -> None:
    """A name is never longer than asked, but for the two characters that isolate another direction."""
    assert 0 < len(name(text, longest)) <= longest + 2


def test_an_override_of_direction_is_removed() -> None:
    """A name cannot turn the text around it."""
    assert name("abc\u202egpj.exe") == "abcgpj.exe"


def test_a_name_from_right_to_left_is_isolated() -> None:
    """A name in Hebrew keeps its direction to itself."""
    assert name(ODD_NAMES["right to left"]) == f"\u2068{ODD_NAMES['right to left']}\u2069"


def test_a_cut_text_ends_in_an_ellipsis() -> None:
    """What was cut is seen to be cut."""
    assert (cut("abc def", 7), cut("abc def", 5)) == ("abc def", "abc…")


def test_lines_are_counted_when_there_are_too_many() -> None:
    """Of many lines the first nineteen are shown and the others counted."""
    shown = lines("\n\n".join(f"mistake {each}" for each in range(1, 31)))
    assert shown[:2] == ("mistake 1", "mistake 2")
    assert shown[-2:] == ("mistake 19", "and 11 more lines")


@pytest.mark.parametrize(
    ("value", "words"),
    [(82.0, "82 %"), (79.96, "79 %"), (10.9, "10 %"), (0.0, "0 %"), (1234.5, "1,234 %"), (-12.1, "-12 %")],
)
def test_percent_are_whole(value: float, words: str) -> None:
    """Percent are whole and never rounded up: what is nearly full is not full."""
    assert percent(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(5.8, "5.8 %"), (9.99, "9.9 %"), (5.0, "5 %"), (0.1, "0.1 %"), (-0.1, "-0.1 %")]
)
def test_few_percent_have_a_decimal(value: float, words: str) -> None:
    """Below ten percent a whole number says too little; that is not rounded up either."""
    assert percent(value) == words


@given(st.integers(-200, 20_000))
def test_tenths_of_a_percent_are_kept(tenths: int) -> None:
    """No tenth is lost or won by how a computer writes decimals."""
    whole = f"{tenths / 10:,.1f}".removesuffix(".0") + " %"
    assert percent(tenths / 10, exact=True) == of_limit(tenths, 1000, 1) == whole


@pytest.mark.parametrize(
    ("count", "decimals", "words"),
    [
        (799_999, 0, "79 %"),
        (666_666, 2, "66.66 %"),
        (52_500, 2, "5.25 %"),
        (52_500, 0, "5.2 %"),
        (1_234_567_890, 0, "123,456 %"),
        (500_000, 6, "50 %"),
        (40, 0, "0 %"),
    ],
)
def test_percent_of_a_limit_have_as_many_decimals_as_its_threshold(
    count: int, decimals: int, words: str
) -> None:
    """They are rounded down, and what says nothing is left out."""
    assert of_limit(count, 1_000_000, decimals) == words


@pytest.mark.parametrize(
    ("value", "words"), [(82.0, "82 %"), (99.5, "99.5 %"), (99.96, "99.9 %"), (1234.5, "1,234.5 %")]
)
def test_percent_can_be_exact(value: float, words: str) -> None:
    """Where a threshold has a decimal, percent have one too, if it says something."""
    assert percent(value, exact=True) == words


def test_numbers_are_grouped_and_money_goes_to_the_cent() -> None:
    """Numbers read as people write them."""
    assert number(1_233_770) == "1,233,770"
    assert [points(1), points(-2), points(1_000)] == ["1 point", "-2 points", "1,000 points"]
    assert [money(Decimal(text)) for text in ("24.6", "-1234.567", "0")] == ["$24.60", "-$1,234.57", "$0.00"]


@pytest.mark.parametrize(("part", "words"), [(0, "0 %"), (1, "under 1 %"), (619, "61 %"), (1000, "100 %")])
def test_share(part: int, words: str) -> None:
    """A share is whole percent, rounded down, and never nothing for what was spent."""
    assert share(part, 1000) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (42_000, ", about $1.26"),
        (100, ", under $0.01"),
        (0, ""),
        (-42_000, ""),
        (10**15, ", about $30,000,000,000.00"),
    ],
)
def test_what_points_are_worth(count: int, words: str) -> None:
    """Money stands beside points where there is a price, and never as nothing."""
    assert worth(count, Decimal(30)) == words
    assert worth(count, None) == ""


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ((0, 1, 50, 100), "▁▂▄█"),
        ((1, 1), "██"),
        ((0, 0), "▁▁"),
        ((-5, -1, 7), "▁▁█"),
        ((10**15, 1, -(10**15)), "█▂▁"),
    ],
)
def test_a_row_of_columns(values: tuple[int, ...], drawn: str) -> None:
    """The highest day is full, a day with nothing or less is lowest, and a day with something is higher."""
    assert sparkline(values) == drawn


@given(st.floats(-1000, 10_000))
def test_a_bar_is_full_from_100_percent_on(value: float) -> None:
    """A bar has its width at any percent, and is full only when the budget is."""
    assert len(bar(value)) == 10
    assert (bar(value) == "█" * 10) == (value >= 100)


@given(st.integers(-(10**15), 10**15))
def test_what_is_foretold_has_three_digits(count: int) -> None:
    """A rough number is near the exact one, never above it, and has three digits that say something."""
    assert 0 <= count - rough(count) <= abs(count) / 100
    assert len(str(abs(rough(count))).rstrip("0")) <= 3

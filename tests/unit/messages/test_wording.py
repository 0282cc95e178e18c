from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from budget_alert.messages.wording import (
    bar,
    clean,
    cut,
    lines,
    name,
    of_limit,
    percent,
    quoted,
    rough,
    share,
    sparkline,
    worth,
)
from tests.support.made_messages import HOSTILE, ODD_NAMES

OF_A_MILLION = (
    *((799_999, 0), (666_666, 2), (52_500, 2), (52_500, 0)),
    *((1_234_567_890, 0), (500_000, 6), (40, 0)),
)
ODD_DAYS = (10**15, 1, -(10**15))


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


def test_a_name_keeps_its_direction_to_itself_and_a_cut_is_seen() -> None:
    """An override of direction is removed, a name from right to left is isolated."""
    assert name("abc\u202egpj.exe") == "abcgpj.exe"
    assert name(ODD_NAMES["right to left"]) == f"\u2068{ODD_NAMES['right to left']}\u2069"
    assert (cut("abc def", 7), cut("abc def", 5)) == ("abc def", "abc…")


def test_lines_are_counted_when_there_are_too_many() -> None:
    """Of many lines the first nineteen are shown and the others counted."""
    shown = lines("\n\n".join(f"mistake {each}" for each in range(1, 31)))
    assert shown[:2] == ("mistake 1", "mistake 2")
    assert shown[-2:] == ("mistake 19", "and 11 more lines")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("82 % 79 % 10 % 0 % 1,234 % -12 %", map(percent, (82.0, 79.96, 10.9, 0.0, 1234.5, -12.1))),
        ("5.8 % 9.9 % 5 % 0.1 % -0.1 %", map(percent, (5.8, 9.99, 5.0, 0.1, -0.1))),
        (
            "82 % 99.5 % 99.9 % 1,234.5 %",
            (percent(value, exact=True) for value in (82.0, 99.5, 99.96, 1234.5)),
        ),
        (
            "79 % 66.66 % 5.25 % 5.2 % 123,456 % 50 % 0 %",
            (of_limit(count, 1_000_000, decimals) for count, decimals in OF_A_MILLION),
        ),
        ("0 % under 1 % 61 % 100 %", (share(part, 1000) for part in (0, 1, 619, 1000))),
        ("▁▂▄█ ██ ▁▁ ▁▁█ █▂▁", map(sparkline, ((0, 1, 50, 100), (1, 1), (0, 0), (-5, -1, 7), ODD_DAYS))),
    ],
    ids=["whole", "below ten", "exact", "of a limit, as exact as its threshold", "shares", "columns"],
)
def test_figures_are_never_rounded_up(words: str, found: Iterable[str]) -> None:
    """What is nearly full is not full; few percent have a decimal; what was spent is never nothing."""
    assert " ".join(found) == words


def test_what_points_are_worth() -> None:
    """Money stands beside points where there is a price, and never as nothing."""
    counts = (42_000, 100, 0, -42_000, 10**15)
    words = [", about $1.26", ", under $0.01", "", "", ", about $30,000,000,000.00"]
    assert [worth(count, Decimal(30)) for count in counts] == words
    assert {worth(count, None) for count in counts} == {""}


@given(st.integers(-200, 20_000))
def test_tenths_of_a_percent_are_kept(tenths: int) -> None:
    """No tenth is lost or won by how a computer writes decimals."""
    whole = f"{tenths / 10:,.1f}".removesuffix(".0") + " %"
    assert percent(tenths / 10, exact=True) == of_limit(tenths, 1000, 1) == whole


@given(st.floats(-1000, 10_000))
def test_a_bar_is_full_from_100_percent_on(value: float) -> None:
    """A bar has its width at any percent, and is full only when the budget is."""
    assert len(bar(value)) == 10
    assert (bar(value) == "█" * 10) == (value >= 100)


@given(st.integers(-(10**15), 10**15))
def test_a_rough_number_has_three_digits(count: int) -> None:
    """A rough number is near the exact one, never above it, and has three digits that say something."""
    assert 0 <= count - rough(count) <= abs(count) / 100
    assert len(str(abs(rough(count))).rstrip("0")) <= 3

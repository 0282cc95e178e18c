from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.config.periods import Window
from budget_alert.messages.wording import (
    bar,
    clean,
    cut,
    lines,
    moment,
    money,
    name,
    number,
    percent,
    points,
    share,
    span,
)
from tests.telling import HOSTILE, NOVEMBER, ODD_NAMES


@given(HOSTILE)
def test_a_clean_text_is_one_printable_line(text: str) -> None:
    """Cleaning leaves one line without control characters, and cleaning again changes nothing."""
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\u200d\ufeff", "\u202e", "\u3164\u2800", "\ud800"])
def test_a_name_of_nothing_is_said_to_be_none(text: str) -> None:
    """A name without anything to see is shown as unnamed."""
    assert name(text) == "(unnamed)"


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
    [(82.0, "82 %"), (79.9, "79.9 %"), (0.0, "0 %"), (1234.5, "1,234.5 %"), (-0.1, "-0.1 %")],
)
def test_percent(value: float, words: str) -> None:
    """Percent have a decimal only where it says something."""
    assert percent(value) == words


def test_numbers_are_grouped_and_money_goes_to_the_cent() -> None:
    """Numbers read as people write them."""
    assert number(1_233_770) == "1,233,770"
    assert [points(1), points(-2), points(1_000)] == ["1 point", "-2 points", "1,000 points"]
    assert [money(Decimal(text)) for text in ("24.6", "-1234.567", "0")] == ["$24.60", "-$1,234.57", "$0.00"]


@pytest.mark.parametrize(("part", "words"), [(0, "0 %"), (1, "under 1 %"), (619, "61 %"), (1000, "100 %")])
def test_share(part: int, words: str) -> None:
    """A share is whole percent, rounded down, and never nothing for what was spent."""
    assert share(part, 1000) == words


def test_a_window_is_told_on_the_clock_of_the_zone() -> None:
    """A window reads in the user's time, the zone beside it."""
    assert span(NOVEMBER, "Europe/London") == "1 Nov 00:00 to 1 Dec 00:00 (Europe/London)"
    assert span(NOVEMBER, "Asia/Tokyo") == "1 Nov 09:00 to 1 Dec 09:00 (Asia/Tokyo)"


def test_a_window_over_a_change_of_the_clock_names_both_clocks() -> None:
    """The hour that comes twice does not read as a window from one o'clock to one o'clock."""
    twice = Window(datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
    assert span(twice, "Europe/London") == "25 Oct 01:00 BST to 25 Oct 01:00 GMT (Europe/London)"


def test_a_moment_is_told_in_the_zone() -> None:
    """An instant reads in the user's time, with its year."""
    assert (
        moment(datetime(2026, 7, 1, 22, 5, tzinfo=UTC), "Europe/Paris") == "2 Jul 2026 00:05 (Europe/Paris)"
    )


@given(st.floats(-1000, 10_000))
def test_a_bar_is_full_from_100_percent_on(value: float) -> None:
    """A bar has its width at any percent, and is full only when the budget is."""
    assert len(bar(value)) == 20
    assert (bar(value) == "█" * 20) == (value >= 100)

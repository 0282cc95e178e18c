"""Single values of a row, in every spelling they may come in."""

from time import monotonic

import pytest
from hypothesis import example, given, strategies as st

from budget_alert.poe import fields
from budget_alert.poe.fields import (
    LARGEST_COST,
    LATEST_MICROS,
    LONGEST_ID_BYTES,
    LONGEST_NAME_BYTES,
    NOT_A_VALUE,
)

WHOLE = st.integers(-LARGEST_COST, LARGEST_COST)
NUMBERS = (
    st.integers() | st.floats() | st.text(max_size=60) | st.from_regex(r"-?\d{1,30}(\.\d{0,9})?(e\d{1,12})?")
)
NO_NUMBERS = ["", " ", "abc", "NaN", "sNaN", "-nan", "Infinity", "-inf", "1,000", "0x10", "1e", "--1", "1 2"]
TOO_LARGE = [LARGEST_COST + 1, -LARGEST_COST - 1, f"{LARGEST_COST + 1}", "1e999999999", 1e300, 10**4000]
MILLIONS = 4_000_000
NEVER_ENDING = ["9" * MILLIONS, "9." + "0" * MILLIONS, "-" + "0" * MILLIONS, "1e" + "9" * MILLIONS]


@given(WHOLE)
def test_a_whole_number_is_read_in_any_spelling(points: int) -> None:
    """A number, zeros behind its point, an exponent, and each of these as text: all are the same."""
    for text in (f"{points}", f"{points}.0", f"{points}.", f"{points}e0", f" {points} "):
        assert fields.points(text) == fields.points(points) == fields.points(float(points)) == points
    assert fields.points(f"{points * 1000}e-3") == points


@pytest.mark.parametrize(("value", "points"), [("1e3", 1000), ("+8", 8), ("-0", 0), (-0.0, 0), ("0012", 12)])
def test_odd_spellings_are_read(value: float | str, points: int) -> None:
    """Exponents, signs and leading zeros mean what they always mean."""
    assert fields.points(value) == points


@pytest.mark.parametrize(
    "value", [*NO_NUMBERS, *TOO_LARGE, "1.5", 1.5, "1e-3", 0.1, float("nan"), float("inf")]
)
def test_what_is_no_whole_number_within_bounds_is_refused(value: float | str) -> None:
    """Fractions, infinities, words and sums that no account can have are no costs."""
    with pytest.raises(NOT_A_VALUE):
        fields.points(value)


@pytest.mark.parametrize("value", NEVER_ENDING, ids=["digits", "zeros", "leading zeros", "exponent"])
def test_a_number_of_millions_of_digits_is_refused_at_once(value: str) -> None:
    """Reading one would take minutes: it is too long to be a number before it is read."""
    started = monotonic()
    with pytest.raises(NOT_A_VALUE):
        fields.points(value)
    assert fields.usd_micros(value) is None
    assert monotonic() - started < 2


@given(NUMBERS)
def test_every_number_is_read_within_bounds_or_refused(value: float | str) -> None:
    """No number fails in another way, or comes out larger than the bounds."""
    for read, least, most in (
        (fields.points, -LARGEST_COST, LARGEST_COST),
        (fields.creation_time, 0, LATEST_MICROS),
    ):
        try:
            number = read(value)
        except NOT_A_VALUE:
            continue
        assert type(number) is int
        assert least <= number <= most
    assert abs(fields.usd_micros(value) or 0) <= LARGEST_COST


def test_a_time_is_microseconds_since_1970() -> None:
    """The last microsecond is not lost, and none is negative."""
    with pytest.raises(NOT_A_VALUE):
        fields.creation_time(-1)
    assert fields.creation_time("1763800000000001") == 1763800000000001
    assert fields.creation_time(LATEST_MICROS) == LATEST_MICROS


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        *(("0.12", 120_000), ("$0.12", 120_000), (0.12, 120_000), (3, 3_000_000), (0, 0)),
        *(("-0.5", -500_000), (0.1 + 0.2, 300_000), ("0.0000004", 0), ("0.0000006", 1)),
        *((value, None) for value in NO_NUMBERS),
        *((value, None) for value in ("$", "$$1", "0.12 USD", "€1", "9e999999", 1e300, "1000000001")),
    ],
)
def test_a_price_is_read_to_the_millionth_of_a_dollar(value: float | str, micros: int | None) -> None:
    """A price is a text or a number, perhaps with a dollar sign; anything else is none, and spoils no row."""
    assert fields.usd_micros(value) == micros


@given(st.text(max_size=LONGEST_NAME_BYTES) | st.text(min_size=1).map(lambda text: text * 200))
def test_a_name_is_bounded_in_bytes(name: str) -> None:
    """One that fits is kept, hostile or not; of a longer one the beginning, up to whole characters.

    It then ends in an ellipsis and a digest.
    """
    kept = fields.name(name)
    if len(name.encode()) <= LONGEST_NAME_BYTES:
        assert kept == name
    else:
        beginning, _, digest = kept.rpartition("…")
        assert name.startswith(beginning)
        assert len(digest) == 8
        assert LONGEST_NAME_BYTES - 3 <= len(kept.encode()) <= LONGEST_NAME_BYTES
    assert fields.name(kept) == kept


def test_long_names_that_differ_at_their_end_stay_apart() -> None:
    """Two bots are two bots, also where their names begin with the same 120 bytes."""
    names = [f"{'a' * 500}{number}" for number in range(1000)]
    assert len({fields.name(name) for name in names}) == 1000


@given(st.text(max_size=200))
@example("")
@example("x" * (LONGEST_ID_BYTES + 1))
@example("€" * (LONGEST_ID_BYTES // 3 + 1))
def test_a_query_id_is_kept_or_refused_but_never_changed(value: str) -> None:
    """A cut id would be another row's, and nothing comes after an empty one: such ids are refused."""
    if 0 < len(value.encode()) <= LONGEST_ID_BYTES:
        assert fields.query_id(value) == value
    else:
        with pytest.raises(NOT_A_VALUE):
            fields.query_id(value)

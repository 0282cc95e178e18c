import pytest

from tests.configs import GOOD, mistakes, without

NOT_YET = "is not supported yet by this version; remove it"


@pytest.mark.parametrize("key", ["name", "points", "period"])
def test_missing_keys(key: str) -> None:
    """Each key that a budget needs is asked for, with an example."""
    (mistake,) = mistakes(without(key))
    assert mistake.startswith(f"budget[1].{key}")
    assert f"is missing; write, for example, `{key} = " in mistake


def test_a_misspelled_key_is_one_mistake() -> None:
    """A misspelled key is named with the right one, which is then not also called missing."""
    expected = ('budget[1].perod of "A": is not a known key; did you mean `period`?',)
    assert mistakes(GOOD.replace("period", "perod")) == expected
    assert mistakes(GOOD.replace("[[budget]]", "[[budgets]]")) == (
        "budgets: is not a known key; did you mean `budget`?",
    )


def test_a_key_that_is_there_is_not_suggested() -> None:
    """A key near one that is there already is not said to mean it."""
    (mistake,) = mistakes(f'{GOOD}perod = "day"')
    assert "did you mean" not in mistake
    assert "remove it; the keys known here are name, points, period, starts_on" in mistake


def test_odd_keys_are_quoted_short() -> None:
    """A long key with line breaks is cut and put on one line."""
    (mistake,) = mistakes(f'"{"k" * 3000}" = 1\n{GOOD}')
    assert mistake.startswith('"' + "k" * 39 + '…": is not a known key')
    (mistake,) = mistakes(f'"a\\nb" = 2\n{GOOD}')
    assert mistake.startswith('"a\N{REPLACEMENT CHARACTER}b": is not a known key')


@pytest.mark.parametrize("table", ["[[spike]]", "[[query]]", "[[balance]]", "[digest]"])
def test_later_tables(table: str) -> None:
    """What a later version brings is named as such, neither unknown nor ignored."""
    assert mistakes(f'{GOOD}{table}\nname = "x"\n') == (f"{table.strip('[]')}: {NOT_YET}",)


def test_later_keys() -> None:
    """Forecasts and billing periods are not supported yet, and this is said."""
    assert mistakes(f'{GOOD}forecast_at = ["100%"]') == (f'budget[1].forecast_at of "A": {NOT_YET}',)
    (mistake,) = mistakes(GOOD.replace("month", "billing"))
    assert mistake.startswith(f'budget[1].period of "A": "billing" {NOT_YET} and write "month"')


def test_keys_in_the_wrong_place() -> None:
    """A key of the config below a budget, and a key of a budget above, are sent where they belong."""
    assert mistakes(f'{GOOD}timezone = "UTC"') == (
        'budget[1].timezone of "A": belongs to the whole config; move it above the first [[budget]]',
    )
    assert mistakes(f"points = 5\n{GOOD}") == (
        "points: belongs to a budget; move it below a line [[budget]]",
    )


@pytest.mark.parametrize("text", ["", "budget = []", "budget = 5", "budget = [5]", '[budget]\nname = "A"'])
def test_no_budgets(text: str) -> None:
    """A config needs at least one rule, each below its own [[budget]]."""
    assert mistakes(text)[0] == "budget: needs at least one rule, each below a line [[budget]] of its own"


def test_same_names() -> None:
    """Two budgets of one name, whatever its case, are a mistake at the later one."""
    advice = "an earlier budget has this name, in this or another case; write another"
    assert mistakes(GOOD + GOOD.replace('"A"', '" a "')) == (f'budget[2].name of " a ": {advice}',)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\ntimezone = Europe/London\n", 3),
        ('timezone = "UTC\n', 1),
        ("a = 1\na = 2", 2),
        ("a = 1\nb = [", 2),
        ("[[budget]]\n[budget]\n", 2),
        ("x", 1),
    ],
)
def test_text_that_is_not_toml(text: str, line: int) -> None:
    """Of text that is not TOML, the line that cannot be read is named, and what to do."""
    (mistake,) = mistakes(text)
    assert mistake.startswith(f"line {line}: cannot be read as TOML (")
    assert mistake.endswith("as `key = value`, with text in double quotes")


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 4000, "a = 1e99999999999999999999"])
def test_text_that_cannot_be_held(text: str) -> None:
    """Numbers and brackets beyond what can be read are a mistake like any other."""
    expected = "config: holds a number too long, or brackets too deep, to be read; write shorter"
    assert mistakes(text)[0].startswith(expected)


def test_halves_of_characters() -> None:
    """Text that no UTF-8 can spell is a mistake."""
    assert mistakes('a = "\ud800"') == ("config: holds halves of characters; save it again as UTF-8",)

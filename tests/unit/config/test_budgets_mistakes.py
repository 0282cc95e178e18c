import re

import pytest

from tests.support.configs import BALANCE, DIGEST, GOOD, SPIKE, TABLES, mistakes, without


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


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            f'{GOOD}timezone = "UTC"',
            (
                'budget[1].timezone of "A": belongs to the whole config; '
                "move it above the first line in brackets"
            ),
        ),
        (
            f"{DIGEST}usd_per_million_points = 30",
            (
                "digest.usd_per_million_points: belongs to the whole config; "
                "move it above the first line in brackets"
            ),
        ),
        (
            f'period = "day"\n{GOOD}',
            "period: belongs to a budget; move it below a line [[budget]]",
        ),
        (
            f"points = 5\n{GOOD}",
            "points: belongs to a budget or a query; move it below a line [[budget]] or [[query]]",
        ),
        (
            f'name = "A"\n{GOOD}',
            (
                "name: belongs to a budget, a spike, a query or a balance; "
                "move it below a line [[budget]], [[spike]], [[query]] or [[balance]]"
            ),
        ),
        (
            f'{SPIKE}starts_on = "monday"',
            (
                'spike[1].starts_on of "S": belongs to a budget or a digest; '
                "move it below a line [[budget]] or [digest]"
            ),
        ),
        (
            f"{GOOD}spike = 4",
            'budget[1].spike of "A": is a rule of its own; begin it with a line [[spike]]',
        ),
        (
            f'{BALANCE}[balance.digest]\nevery = "day"',
            'balance[1].digest of "B": belongs to the whole config; begin it with a line [digest]',
        ),
    ],
)
def test_keys_in_the_wrong_place(text: str, mistake: str) -> None:
    """A key that belongs to another kind of table, or to the whole config, is sent there."""
    assert mistakes(text) == (mistake,)


@pytest.mark.parametrize("text", ["", 'timezone = "Europe/London"\nusd_per_million_points = 30'])
def test_no_rules(text: str) -> None:
    """A config that asks for nothing is one mistake, with an example."""
    (mistake,) = mistakes(text)
    assert mistake.startswith("config: has no rule; write at least one, for example a line [[budget]] and")
    assert mistake.endswith('name = "Everything", points = 1_000_000 and period = "month"')


@pytest.mark.parametrize("kind", ["budget", "spike", "query", "balance"])
@pytest.mark.parametrize("value", ["{} = []", "{} = 5", "{} = [5]", '[{}]\nname = "A"', "{} = [[{{}}]]"])
def test_no_list_of_rules(kind: str, value: str) -> None:
    """Each rule stands below a line of its own, in double brackets."""
    assert mistakes(value.format(kind))[0] == (
        f"{kind}: needs at least one rule, each below a line [[{kind}]] of its own"
    )


def test_a_rule_in_single_brackets_is_read_all_the_same() -> None:
    """What is wrong with its own keys is found at once, too."""
    _, mistake = mistakes(GOOD.replace("[[budget]]", "[budget]").replace("month", "mnth"))
    assert mistake.startswith('budget[1].period of "A": "mnth" is not a period')


def test_same_names() -> None:
    """Two budgets of one name, whatever its case, are a mistake at the later one."""
    advice = "budget[1] has this name too, in this or another case; write another"
    assert mistakes(GOOD + GOOD.replace('"A"', '" a "')) == (f'budget[2].name of " a ": {advice}',)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9", "Cafe\u0301"),
        ("\uff27\uff30\uff34", "gpt"),
        ("\u212bngström", "ångström"),
        ("ﬁne", "FINE"),
    ],
)
def test_names_that_look_the_same_are_the_same(one: str, other: str) -> None:
    """Nobody can tell apart two names that differ only in how Unicode spells them."""
    advice = "budget[1] has this name too, in this or another case; write another"
    text = GOOD.replace('"A"', f'"{one}"') + GOOD.replace('"A"', f'"{other}"')
    assert mistakes(text) == (f'budget[2].name of "{other}": {advice}',)


@pytest.mark.parametrize(
    ("first", "later"), [("budget", "query"), ("spike", "balance"), ("query", "balance")]
)
def test_same_names_of_two_kinds(first: str, later: str) -> None:
    """A name is unique over rules of all kinds; which one has it already is said."""
    text = "".join(TABLES[kind] for kind in (later, "digest", first))
    same = re.sub('name = ".*"', 'name = "Straße"', text, count=1)
    same = re.sub('name = "."', 'name = "STRASSE"', same)
    advice = f"{first}[1] has this name too, in this or another case; write another"
    assert mistakes(same) == (f'{later}[1].name of "Straße": {advice}',)


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

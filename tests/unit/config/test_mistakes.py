import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.configs import BALANCE, DIGEST, GOOD, TABLES, mistakes, outcome, spelled

GOLDEN = Path(__file__).parent / "mistakes.txt"


def golden() -> list[tuple[str, tuple[str, ...]]]:
    """Return each config of the file and what is said of it."""
    lines = [line for line in GOLDEN.read_text("utf-8").split("\n") if line and not line.startswith("#")]
    runs = [list(run) for _, run in groupby(lines, key=lambda line: line.startswith("    "))]
    found: list[tuple[str, tuple[str, ...]]] = []
    for configs, said in zip(runs[::2], runs[1::2], strict=True):
        (config,) = configs
        found.append((config, tuple(line.strip() for line in said)))
    return found


@pytest.mark.parametrize(("config", "said"), golden())
def test_what_is_said_of_a_mistaken_config(config: str, said: tuple[str, ...]) -> None:
    """Every mistake at once: where it is, what is wrong, what would be right and the nearest spelling."""
    assert mistakes(spelled(config)) == said


def alone() -> Iterator[tuple[str, str, str]]:
    """Give what is the only mistake of a config: the table, its line there, and the path that is named."""
    for config, (mistake, *others) in golden():
        line = re.fullmatch(r"<(\w+)> ((\w+) = .+)", config)
        if line and " // " not in config and not others:
            path = mistake.partition(":")[0].partition(" of ")[0]
            # Where the points are wrong too, nothing hangs on how many they are.
            if line[3] in path and not line[2].endswith(("500]", " 1]")):
                yield line[1], line[2], path


@given(
    st.lists(
        st.sampled_from(list(alone())), min_size=1, unique_by=lambda one: (one[0], one[1].partition(" = ")[0])
    )
)
def test_every_mistake_is_found_at_once(planted: list[tuple[str, str, str]]) -> None:
    """Of any mistakes put into tables of all kinds, each is reported once, with its path."""
    tables = (
        " // ".join([f"<{kind}>", *(line for owner, line, _ in planted if owner == kind)]) for kind in TABLES
    )
    found = mistakes(spelled(" // ".join(tables)))
    paths = [mistake.partition(":")[0].partition(" of ")[0] for mistake in found]
    assert sorted(paths) == sorted(path for _, _, path in planted)


@pytest.mark.parametrize("kind", TABLES)
def test_the_good_tables_are_good(kind: str) -> None:
    """What the file puts its mistakes into has none of its own."""
    assert outcome(spelled(f"<{kind}>")) == outcome(TABLES[kind])


def test_odd_keys_are_quoted_short() -> None:
    """A long key with line breaks is cut and put on one line."""
    (mistake,) = mistakes(f'"{"k" * 3000}" = 1\n{GOOD}')
    assert mistake.startswith('"' + "k" * 39 + '…": is not a known key')
    (mistake,) = mistakes(f'"a\\nb" = 2\n{GOOD}')
    assert mistake.startswith('"a\N{REPLACEMENT CHARACTER}b": is not a known key')


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\ntimezone = Europe/London\n", 3),
        ('timezone = "UTC\n', 1),
        ("a = 1\na = 2", 2),
        ("a = 1\nb = [", 2),
        ("[[budget]]\n[budget]\n", 2),
        ("x", 1),
        (f"{DIGEST}at = 09:00", 3),
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


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (f"{GOOD}rearm_below = 0x{'F' * 4000}", "rearm_below"),
        (f'{GOOD}repeat = "{"9" * 5000}d"', '"' + "9" * 39 + "…"),
        (f"{BALANCE}runway = 0x{'F' * 4000}", "a number of over 18 digits"),
    ],
)
def test_long_values_are_quoted_short(text: str, quoted: str) -> None:
    """However long a value is, what is said of it is a line."""
    (mistake,) = mistakes(text)
    assert quoted in mistake
    assert len(mistake) < 200

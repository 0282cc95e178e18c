import pytest

from tests.support.configs import BALANCE, DIGEST, QUERY, SPIKE, TABLES, mistakes, without

SPIKE_LENGTH = 'write whole hours or days from "1h" to "7d", like "12h" or "7d"'
LENGTH = 'write whole hours or days from "1h" to "90d", like "12h" or "7d"'
TIMES = "is not a number of times; write a number from 1.1 to 1000, without quotes, like 4 or 2.5"
CLOCK = 'is not a time of the day; write hours and minutes in quotes, from "00:00" to "23:59", like "09:00"'


@pytest.mark.parametrize(
    ("kind", "key", "example"),
    [
        ("spike", "name", 'name = "Sudden burst"'),
        ("spike", "window", 'window = "1h"'),
        ("spike", "at_least", "at_least = 20_000"),
        ("query", "name", 'name = "Expensive query"'),
        ("query", "points", "points = 50_000"),
        ("balance", "name", 'name = "Running dry"'),
        ("digest", "every", 'every = "day"'),
    ],
)
def test_missing_keys(kind: str, key: str, example: str) -> None:
    """Each key that a table needs is asked for, with an example that is right."""
    text = without(key, TABLES[kind]) + ("" if kind != "digest" else 'at = "09:00"\n')
    (mistake,) = mistakes(text)
    place = kind if kind == "digest" else f"{kind}[1]"
    owner = "" if kind == "digest" or key == "name" else f' of "{kind[0].upper()}"'
    assert mistake == f"{place}.{key}{owner}: is missing; write, for example, `{example}`"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('"8d"', f'"8d" is too long; {SPIKE_LENGTH}'),
        ('"169h"', f'"169h" is too long; {SPIKE_LENGTH}'),
        ('"90d"', f'"90d" is too long; {SPIKE_LENGTH}'),
        ('"0h"', f'"0h" is not a length; {SPIKE_LENGTH}'),
        ('"hour"', f'"hour" is not a length; {SPIKE_LENGTH}'),
        ("1", f"1 is not a length; {SPIKE_LENGTH}"),
    ],
)
def test_windows_of_spikes(value: str, sentence: str) -> None:
    """A spike's window is a length of at most a week, and a longer one is said to be too long."""
    assert mistakes(SPIKE.replace('"1h"', value)) == (f'spike[1].window of "S": {sentence}',)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("1", "1"),
        ("1.09", "1.09"),
        ("1000.01", "1000.01"),
        ("1001", "1001"),
        ("-4", "-4"),
        ("nan", "NaN"),
        ("inf", "Infinity"),
        ("true", "true"),
        ('"4"', '"4"'),
        ("0x" + "F" * 4000, "a number of over 18 digits"),
    ],
)
def test_times(value: str, quoted: str) -> None:
    """How many times as much is a number from 1.1 to 1,000; a NaN is none."""
    assert mistakes(f"{SPIKE}times = {value}") == (f'spike[1].times of "S": {quoted} {TIMES}',)


@pytest.mark.parametrize("text", [SPIKE, QUERY, BALANCE])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true", '"20_000"', "1_000_000_000_001"])
def test_points(text: str, value: str) -> None:
    """What is to be reached or left is a number of points, as of a budget."""
    line = text.splitlines()[-1]
    (mistake,) = mistakes(text.replace(line, f"{line.partition(' = ')[0]} = {value}"))
    assert "is not a number of points; write a whole number from 1 to" in mistake


def test_a_balance_without_a_limit() -> None:
    """A balance that nothing is asked of is told what it might be asked."""
    (mistake,) = mistakes(without("below", BALANCE))
    assert mistake == (
        'balance[1].below of "B": is missing, and so is `runway`; '
        "write one of them or both, for example `below = 100_000`"
    )


@pytest.mark.parametrize(("wrong", "value", "right"), [("belw", 5, "below"), ("runaway", '"3d"', "runway")])
def test_a_misspelled_limit_is_one_mistake(wrong: str, value: object, right: str) -> None:
    """A balance whose limit is misspelled is not also told that it has none."""
    assert mistakes(without("below", BALANCE) + f"{wrong} = {value}") == (
        f'balance[1].{wrong} of "B": is not a known key; did you mean `{right}`?',
    )


@pytest.mark.parametrize(
    ("value", "sentence"),
    [('"91d"', f'"91d" is too long; {LENGTH}'), ("3", f"3 is not a length; {LENGTH}")],
)
def test_runways(value: str, sentence: str) -> None:
    """A runway is a length of up to ninety days."""
    assert mistakes(f"{BALANCE}runway = {value}") == (f'balance[1].runway of "B": {sentence}',)


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (
            'usage_types = ["Chats"]',
            'usage_types[1] of "Q": "Chats" is not a usage type; did you mean "Chat"?',
        ),
        ("bots = []", 'bots of "Q": is an empty list; leave it out to count everything'),
        ('api_keys = "ci"', 'api_keys of "Q": "ci" is not a list; put square brackets around it'),
    ],
)
def test_filters_of_queries(line: str, mistake: str) -> None:
    """A query's filters are read as a budget's are."""
    assert mistakes(QUERY + line) == (f"query[1].{mistake}",)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('"daily"', '"daily" is not how often a digest comes; did you mean "day"?'),
        ('"Weekly"', '"Weekly" is not how often a digest comes; did you mean "week"?'),
        ('"month"', '"month" is not how often a digest comes; write "day" or "week"'),
        ("[]", 'a list is not how often a digest comes; write "day" or "week"'),
    ],
)
def test_how_often_a_digest_comes(value: str, sentence: str) -> None:
    """A digest comes every day or every week."""
    assert mistakes(DIGEST.replace('"week"', value)) == (f"digest.every: {sentence}",)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ('"9:00"', '"9:00"'),
        ('"24:00"', '"24:00"'),
        ('"09:60"', '"09:60"'),
        ('"09:00:00"', '"09:00:00"'),
        ('"9am"', '"9am"'),
        ('"२१:१५"', '"२१:१५"'),
        ("9", "9"),
        ("09:00:30", "09:00:30"),
        ("09:00:00.5", "09:00:00.500000"),
        ("2026-12-01T09:00:00", "2026-12-01T09:00:00"),
    ],
)
def test_times_of_the_day(value: str, quoted: str) -> None:
    """A digest's time has two digits for hours and two for minutes, and no seconds."""
    assert mistakes(f"{DIGEST}at = {value}") == (f"digest.at: {quoted} {CLOCK}",)


def test_a_time_of_the_day_without_quotes() -> None:
    """TOML has no time without seconds, so that line cannot be read: it belongs in quotes."""
    (mistake,) = mistakes(f"{DIGEST}at = 09:00")
    assert mistake.startswith("line 3: cannot be read as TOML (")
    assert mistake.endswith("with text in double quotes")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('every = "day"\nstarts_on = "monday"', 'only a digest of every "week" has one; remove it'),
        ('every = "week"\nstarts_on = "mnday"', '"mnday" is not a weekday; did you mean "monday"?'),
        ('every = "week"\nstarts_on = 1', '1 is not a weekday; write one in quotes, like "monday"'),
    ],
)
def test_starts_of_digests(lines: str, sentence: str) -> None:
    """Only a weekly digest has a first day, which is a weekday."""
    assert mistakes(f"[digest]\n{lines}") == (f"digest.starts_on: {sentence}",)


def test_a_start_is_checked_beside_a_wrong_digest() -> None:
    """What a digest does wrong twice is told twice."""
    found = mistakes('[digest]\nevery = "dy"\nstarts_on = "mnday"')
    assert [each.partition(":")[0] for each in found] == ["digest.every", "digest.starts_on"]


@pytest.mark.parametrize("text", [DIGEST.replace("[digest]", "[[digest]]"), "digest = []", "digest = [1]"])
def test_a_list_of_digests(text: str) -> None:
    """There is one digest, in single brackets."""
    advice = "is a list, and there is only one digest; write [digest] once, in single brackets"
    assert mistakes(text) == (f"digest: {advice}",)


def test_a_digest_in_double_brackets_is_read_all_the_same() -> None:
    """What is wrong with its own keys is found at once, too."""
    _, mistake = mistakes('[[digest]]\nevery = "dy"')
    assert mistake.startswith("digest.every: ")


def test_a_digest_that_is_no_table() -> None:
    """A digest has keys of its own."""
    assert mistakes('digest = "day"') == (
        'digest: "day" is not a table; write its keys below a line [digest]',
    )


@pytest.mark.parametrize("kind", TABLES)
def test_misspelled_tables(kind: str) -> None:
    """A misspelled table is named with the right one, and no rule is then called missing."""
    assert mistakes(TABLES[kind].replace(kind, f"{kind}s")) == (
        f"{kind}s: is not a known key; did you mean `{kind}`?",
    )


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("spike", "name, window, times, at_least, accounts, together"),
        ("query", "name, points, bots, usage_types, api_keys, accounts"),
        ("balance", "name, below, runway, accounts"),
        ("digest", "every, at, starts_on, accounts, together"),
    ],
)
def test_unknown_keys(kind: str, keys: str) -> None:
    """A key that resembles none is told which ones there are."""
    (mistake,) = mistakes(TABLES[kind] + "zzz = 1")
    assert mistake.endswith(f"is not a known key; remove it; the keys known here are {keys}")

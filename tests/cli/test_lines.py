from hypothesis import given, strategies as st

from budget_alert.config.reading import parse
from budget_alert.errors import ConfigError
from poe_budget.cli.check import lines_of, placed
from tests.support.configs import GOOD, toml

KEYS = ("name", "points", "period", "alert_at", "starts_on", "bots", "colour", "odd key", "a.b")
VALUES = ("x", 5, [1, "2"], "many\nlines", True, {"points": 3})


def mistakes_of(text: str) -> tuple[str, ...]:
    """Give what `parse` says of a text."""
    try:
        parse(text)
    except ConfigError as error:
        return error.mistakes
    return ()


def spelled(value: object, *, broken: bool) -> str:
    """Spell a value in TOML, a list or a text over several lines if it is to be broken."""
    if broken and isinstance(value, str):
        return f'"""{value}\n[[budget]]\nname = 5"""'
    if broken and isinstance(value, list):
        return "[ # ]\n" + "".join(f"  {toml(item)},\n" for item in value) + "]"
    return toml(value)


tables = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.tuples(st.sampled_from(VALUES), st.booleans()), max_size=5),
    min_size=1,
    max_size=4,
)


@given(tables, st.booleans())
def test_every_mistake_is_on_the_line_of_its_key(
    given_tables: list[dict[str, tuple[object, bool]]],
    comments: bool,  # noqa: FBT001 - a case
) -> None:
    """Whatever the values are, over however many lines: a mistake is where its key or its table begins."""
    text = ""
    begins: dict[str, int] = {}
    for number, table in enumerate(given_tables, 1):
        text += "\n# A comment.\n" * comments
        begins[f"budget[{number}]"] = text.count("\n") + 1
        text += "[[budget]]\n"
        for key, (value, broken) in table.items():
            begins[f"budget[{number}].{key}"] = text.count("\n") + 1
            text += f"{toml(key)} = {spelled(value, broken=broken)}\n"
    for line, mistake in placed(mistakes_of(text), text):
        path = mistake.partition(":")[0].partition(" of ")[0].replace('"', "")
        place = path.partition(".")[0]
        key = next((each for each in begins if each != place and path.startswith(each)), place)
        assert line == begins[key]


def test_tables_in_any_spelling() -> None:
    """Dotted keys, inline tables and a table in single brackets have the line that they begin on."""
    assert lines_of("budget = [\n  {name = 'A'},\n]\ndigest.every = 'day'\n")["budget[1].name"] == 1
    assert lines_of("a = 1\ndigest.every = 'day'\n\n")["digest.every"] == 2
    assert lines_of("[budget]\n\nname = 'A'\n")["budget[1].name"] == 3
    assert lines_of("[[digest]]\nevery = 'day'\n")["digest.every"] == 2


def test_line_ends_and_marks_of_other_editors() -> None:
    """A byte order mark, Windows' line ends and odd separators within a text move no line."""
    assert lines_of("\ufeffa = 1\r\nb = '\u2028'\r\nc = 3") == {"a": 1, "b": 2, "c": 3}


def test_mistakes_of_no_key_and_of_many() -> None:
    """A config without any rule is no mistake of a line; each of three hundred unknown keys has its own."""
    assert [line for line, _ in placed(mistakes_of("# nothing\n"), "# nothing\n")] == [None]
    text = "".join(f"k{number} = 1\n" for number in range(300)) + GOOD
    assert [line for line, _ in placed(mistakes_of(text), text)] == list(range(1, 301))

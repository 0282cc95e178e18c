import re
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from budget_alert.config.reading import parse
from budget_alert.errors import ConfigError
from poe_budget.cli.check import Checked, Mistake, lines_of, placed
from tests.cli.running import KEY, Ended, Transcript, one_line, run
from tests.support.configs import DIGEST, GOOD, SPIKE, toml

EXAMPLE = Path(__file__).parents[2] / "infra" / "budgets.toml"
WRONG = """\
timezone = "Europe/Londn"

[[budget]]
name = "Everything"
points = 1_000
period = "mouth"
alert_at = [
  "50%",
  "80 %",
]

[[budget]]
# The name is missing here.
points = 0
period = "day"

[[spike]]
odd = 1
name = "S"
window = "1h"
times = 4
at_least = 20_000
"""
HOSTILE = GOOD + r'"\u001b[31m\u202e" = 1' + "\n"


def checked(tmp_path: Path, text: str | bytes, *arguments: str) -> Ended:
    """Check a config that is called budgets.toml."""
    file = tmp_path / "budgets.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("check", file, *arguments)


def test_check_of_mistakes(tmp_path: Path, transcript: Transcript) -> None:
    """All come at once by their lines; what is much too large, no TOML or no text is asked about.

    A slip in a config, or one that has grown a little too long, is no reason to ask. A name that would turn
    the text around, or a key that holds an escape, is printed tamely.
    """
    file = tmp_path / "budgets.toml"
    texts = (WRONG, GOOD + "points : 5\n", "", "nothing = 1\n", GOOD + "#" * 9_000, HOSTILE)
    not_meant = ("x" * 20_000, "# A page\n\nof *text*\n", '{"json": true}')
    for text in (*texts, *not_meant):
        file.write_text(text, encoding="utf-8")
        transcript.shows("check", file)
    for raw in (b"\xff", b"\x89PNG\r\n"):
        file.write_bytes(raw)
        transcript.shows("check", file)
    assert not {"\x1b", "\u202e"} & set(transcript.text)


def test_lines_are_wrapped_on_a_terminal_only(tmp_path: Path) -> None:
    """A terminal has lines as wide as it is, those that go on indented; a pipe has each in one piece."""
    whole = checked(tmp_path, WRONG).out.splitlines()
    file = tmp_path / "budgets.toml"
    shown = run("check", file, FORCE_COLOR="1", COLUMNS="60", TERM="xterm").out.splitlines()
    assert len(whole) == 6
    assert [line for line in shown if not line.startswith("  ")] != shown
    assert all(len(line) <= 60 or " " not in line.strip() for line in shown)
    assert " ".join(line.strip() for line in shown) == " ".join(whole)


def test_a_good_config_is_said_in_words(tmp_path: Path) -> None:
    """What is in order is said, and each rule is a sentence."""
    ended = checked(tmp_path, 'timezone = "Europe/London"\n' + GOOD + DIGEST)
    assert (ended.status, ended.err) == (0, "")
    first, *rules = ended.out.splitlines()
    assert re.search(
        r"budgets.toml is in order; times are those in London \(UTC\+0\d:00, \d\d:\d\d now\)\.$", first
    )
    assert rules == [
        "- A: alerts you at 800 and 1,000 points of all usage per calendar month in London.",
        "- Digest: sums up the week before, every Monday at 09:00 in London.",
    ]


def test_the_example_is_in_order() -> None:
    """The config that the project brings has no mistake, and each of its rules has a sentence."""
    ended = run("check", EXAMPLE)
    assert ended.status == 0
    rules = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert len(ended.out.splitlines()) == 1 + sum(line.startswith("[") for line in rules)


def test_json_for_programs(tmp_path: Path) -> None:
    """It is a Checked: with the same sentences, or with the mistakes and their lines, and the status is 1."""
    ended = checked(tmp_path, GOOD + SPIKE + DIGEST, "--json")
    report = ended.report(Checked)
    assert (ended.status, report.good, report.mistakes) == (0, True, ())
    rules = [(rule.kind, rule.name) for rule in report.rules]
    assert rules == [("budget", "A"), ("spike", "S"), ("digest", "Digest")]
    assert (report.words or "").startswith("times are those in UTC (UTC+00:00, ")
    ended = checked(tmp_path, WRONG, "--json")
    report = ended.report(Checked)
    assert (ended.status, report.good, report.rules) == (1, False, ())
    assert report.mistakes[0] == Mistake(
        line=1, words='timezone: "Europe/Londn" is not a time zone; did you mean "Europe/London"?'
    )


@pytest.mark.parametrize("command", ["status", "diff", "push", "backtest"])
def test_every_command_refuses_what_check_refuses(tmp_path: Path, command: str) -> None:
    """A config with mistakes ends each command that reads one, with what `check` says, before all else."""
    for json in ([], ["--json"]):
        expected = checked(tmp_path, WRONG, *json)
        ended = run(command, tmp_path / "budgets.toml", *json, "--stack", "nowhere")
        assert ended == expected


def test_a_hostile_name_of_a_good_config(tmp_path: Path) -> None:
    """It is printed tamely, too."""
    good = checked(tmp_path, GOOD.replace('"A"', r'"[bold]\u202egnp"'))
    assert "- [bold]gnp: alerts you" in good.out


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that fails while it is read is a failure in one line, not a finding."""
    file = tmp_path / "budgets.toml"
    file.write_text(GOOD)

    def fail(*_: object, **__: object) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_text", fail)
    assert one_line(run("check", file)).endswith("budgets.toml cannot be read: Input/output error")


def test_check_of_secrets(tmp_path: Path, transcript: Transcript) -> None:
    """How many accounts it names, whether there is Slack, or every slip at once; no value is ever shown."""
    file = tmp_path / "secret.json"
    hook = "https://hooks.slack.com/services/T0/B0/nobody-may-see-this"
    contents = (
        b"\xef\xbb\xbf" + msgspec.json.encode({"poe_api_key": KEY}),
        msgspec.json.encode({"accounts": {"b": KEY, "a": KEY}, "slack_webhook_url": hook}),
        *(
            msgspec.json.encode({"poe_api_key": KEY, "slack_webhook_url": hook, "slack_signing_secret": one})
            for one in ("nobody-may-see-this", "nobody-may-see-this either")
        ),
        f'{{"accounts": {{"a": "{KEY}", "b": "\\"{KEY}\\"", "a": "{KEY}", "two words": "{KEY}"}}, '
        f'"slack_webhook": "{hook}", "{KEY}": 1}}'.encode(),
        f'["{KEY}"]'.encode(),
        f"{{poe_api_key: {KEY}}}".encode(),
        KEY.encode("utf-16"),
        b"",
    )
    for content in contents:
        file.write_bytes(content)
        transcript.shows("check", "--secret", file)
    transcript.shows("check", "--secret", file, "--json")
    assert "nobody-may-see" not in transcript.text


def test_a_secret_comes_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret need not lie in a file to be checked."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(KEY.encode())))
    ended = run("check", "--secret", "-")
    assert (ended.status, ended.out) == (
        0,
        "the standard input is in order; it holds the key of one account; without Slack.\n",
    )


@pytest.mark.parametrize(
    ("webhooks", "ends"),
    [
        ({"research": "https://hooks.slack.com/services/T/B/own"}, 0),
        ({}, 1),
        ({"reserch": "https://x.example"}, 1),
    ],
)
def test_a_secret_beside_a_config_holds_what_its_rules_notify(
    webhooks: dict[str, str], ends: int, tmp_path: Path
) -> None:
    """A channel that a rule names and the secret lacks is a mistake, found before either is in force."""
    config, secret = tmp_path / "budgets.toml", tmp_path / "secret.json"
    config.write_text('[[query]]\nname = "Q"\npoints = 5\nnotify = ["research"]\n')
    secret.write_bytes(msgspec.json.encode({"poe_api_key": KEY, "slack_webhooks": webhooks}))
    ended = run("check", config, "--secret", secret)
    assert ended.status == ends
    lacking = 'slack_webhooks does not hold "research", which a rule notifies'
    assert (lacking in " ".join(ended.out.split())) == bool(ends)
    assert "hooks.slack.com" not in ended.out


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

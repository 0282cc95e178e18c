import re
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import msgspec
import pytest

from poe_budget.cli.check import Checked, Mistake
from tests.cli.running import KEY, Ended, one_line, run
from tests.support.configs import DIGEST, GOOD, SPIKE

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


def checked(tmp_path: Path, text: str | bytes, *arguments: str) -> Ended:
    """Check a config that is called budgets.toml."""
    file = tmp_path / "budgets.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("check", file, *arguments)


def lines(ended: Ended) -> list[tuple[str, str]]:
    """Give the place in the file and the path in the config that each line begins with."""
    found = [line.split(": ")[:2] for line in ended.out.splitlines()]
    return [(place.rpartition("/")[2], path.partition(" of ")[0]) for place, path in found]


def test_every_mistake_with_its_line(tmp_path: Path) -> None:
    """All come at once in the order of their lines, a missing key's on its table's; the status is 1."""
    ended = checked(tmp_path, WRONG)
    assert ended.status == 1
    assert lines(ended) == [
        ("budgets.toml:1", "timezone"),
        ("budgets.toml:6", "budget[1].period"),
        ("budgets.toml:7", "budget[1].alert_at[2]"),
        ("budgets.toml:12", "budget[2].name"),
        ("budgets.toml:14", "budget[2].points"),
        ("budgets.toml:18", "spike[1].odd"),
    ]
    assert ended.err == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 20_000, "config: has 20,000 bytes; shorten it to at most 8,192; is this a config?"),
        ("# A page\n\nof *text*\n", "with text in double quotes; is this a config?"),
        ('{"json": true}', "with text in double quotes; is this a config?"),
        (b"\x89PNG\r\n", "is not UTF-8; is this a config? If so, save it as UTF-8"),
    ],
)
def test_what_is_hardly_a_config_is_asked_about(tmp_path: Path, text: str | bytes, words: str) -> None:
    """A file that is much too large, no TOML or no text may have been named by mistake."""
    ended = checked(tmp_path, text)
    assert ended.status == 1
    assert ended.out.endswith(f"{words}\n")


@pytest.mark.parametrize("text", [GOOD + "points : 5\n", "nothing = 1\n", GOOD + "#" * 9_000])
def test_what_looks_like_a_config_is_not_doubted(tmp_path: Path, text: str) -> None:
    """A slip in a config, or one that has grown a little too long, is no reason to ask."""
    ended = checked(tmp_path, text)
    assert ended.status == 1
    assert "is this a config?" not in ended.out


def test_lines_are_wrapped_on_a_terminal_only(tmp_path: Path) -> None:
    """A terminal has lines as wide as it is, those that go on indented; a pipe has each in one piece."""
    whole = checked(tmp_path, WRONG).out.splitlines()
    file = tmp_path / "budgets.toml"
    shown = run("check", file, FORCE_COLOR="1", COLUMNS="60", TERM="xterm").out.splitlines()
    assert len(whole) == 6
    assert [line for line in shown if not line.startswith("  ")] != shown
    assert all(len(line) <= 60 or " " not in line.strip() for line in shown)
    assert " ".join(line.strip() for line in shown) == " ".join(whole)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "points : 5\n", f"budgets.toml:{GOOD.count(chr(10)) + 1}: cannot be read as TOML"),
        ("", "budgets.toml: config: has no rule"),
        (b"\xff", "budgets.toml: is not UTF-8"),
    ],
)
def test_where_a_mistake_is(tmp_path: Path, text: str | bytes, words: str) -> None:
    """What is no TOML has the line at which reading ended; what is about the whole file has none."""
    ended = checked(tmp_path, text)
    assert ended.status == 1
    assert words in ended.out


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
    report = msgspec.json.decode(ended.out, type=Checked, strict=True)
    assert (ended.status, report.good, report.mistakes) == (0, True, ())
    rules = [(rule.kind, rule.name) for rule in report.rules]
    assert rules == [("budget", "A"), ("spike", "S"), ("digest", "Digest")]
    assert (report.words or "").startswith("times are those in UTC (UTC+00:00, ")
    ended = checked(tmp_path, WRONG, "--json")
    report = msgspec.json.decode(ended.out, type=Checked, strict=True)
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


def test_hostile_names_are_shown_and_do_nothing(tmp_path: Path) -> None:
    """A name that would turn the text around, or a key that holds an escape, is printed tamely."""
    good = checked(tmp_path, GOOD.replace('"A"', r'"[bold]\u202egnp"'))
    assert "- [bold]gnp: alerts you" in good.out
    bad = checked(tmp_path, GOOD + r'"\u001b[31m" = 1' + "\n")
    assert "\x1b" not in bad.out
    assert "budgets.toml:5: budget[1]." in bad.out


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that fails while it is read is a failure in one line, not a finding."""
    file = tmp_path / "budgets.toml"
    file.write_text(GOOD)

    def fail(*_: object, **__: object) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_text", fail)
    assert one_line(run("check", file)).endswith("budgets.toml cannot be read: Input/output error")


def test_a_secret_is_said_in_words(tmp_path: Path) -> None:
    """How many accounts it names, and whether there is Slack; nothing of its values is shown."""
    file = tmp_path / "secret.json"
    file.write_bytes(b"\xef\xbb\xbf" + msgspec.json.encode({"poe_api_key": KEY}))
    ended = run("check", "--secret", file)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{file} is in order; it holds the key of one account; without Slack.\n"
    hook = "https://hooks.slack.com/services/T0/B0/nobody-may-see-this"
    file.write_bytes(msgspec.json.encode({"accounts": {"b": KEY, "a": KEY}, "slack_webhook_url": hook}))
    ended = run("check", "--secret", file)
    assert ended.status == 0
    assert ended.out.endswith('it holds the keys of 2 accounts, "a", "b"; alerts go to Slack too.\n')
    assert "hooks.slack.com" not in ended.out


def test_every_slip_of_a_secret_comes_at_once(tmp_path: Path) -> None:
    """Each is a line with what is wrong, the status is 1, and no value is shown."""
    file = tmp_path / "secret.json"
    file.write_text(
        f'{{"accounts": {{"a": "{KEY}", "b": "\\"{KEY}\\"", "a": "{KEY}", "two words": "{KEY}"}}, '
        f'"slack_webhook": "https://hooks.slack.com/nobody-may-see", "{KEY}": 1}}'
    )
    ended = run("check", "--secret", file)
    assert (ended.status, ended.err) == (1, "")
    assert [line.removeprefix(f"{file}: ")[:44] for line in ended.out.splitlines()] == [
        'the account "b": the key holds quotes or bra',
        "1 account cannot be called so: name each by ",
        '"slack_webhook" is not a known name; did you',
        "a name of 27 characters is not a known name;",
    ]
    assert "nobody-may-see" not in ended.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f'["{KEY}"]'.encode(), "the key holds quotes or braces; put either"),
        (f"{{poe_api_key: {KEY}}}".encode(), "The secret holds braces and is no JSON object"),
        (KEY.encode("utf-16"), "is not UTF-8; save it as UTF-8"),
        (b"", "there is no poe_api_key; put either"),
    ],
)
def test_an_unusable_secret_is_a_finding(tmp_path: Path, content: bytes, words: str) -> None:
    """For people and for programs alike."""
    file = tmp_path / "secret.json"
    file.write_bytes(content)
    assert f"{file}: {words}" in run("check", "--secret", file).out
    ended = run("check", "--secret", file, "--json")
    report = msgspec.json.decode(ended.out, type=Checked, strict=True)
    assert (ended.status, report.good, len(report.mistakes)) == (1, False, 1)
    assert report.mistakes[0].words.startswith(words)


def test_a_secret_comes_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret need not lie in a file to be checked."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(KEY.encode())))
    ended = run("check", "--secret", "-")
    assert (ended.status, ended.out) == (
        0,
        "the standard input is in order; it holds the key of one account; without Slack.\n",
    )

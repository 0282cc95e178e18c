import json
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import pytest
from rich.console import Console

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from poe_budget.cli.preview import BUILDER, Mail, Preview, builder_link
from poe_budget.preview.document import HEADINGS, messages
from standins.slack_receiver import blocks_of
from tests.cli.running import one_line, run

MESSAGES = messages()


@pytest.fixture(autouse=True)
def _made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sample messages be made once for all tests: they are the same each time."""
    for module in ("cli.preview", "preview.document"):
        monkeypatch.setattr(f"poe_budget.{module}.messages", lambda: MESSAGES)


def test_every_kind_is_shown() -> None:
    """Each kind has its message in Slack, as a mail and as an SMS; --kind chooses; no link in a pipe."""
    ended = run("preview")
    assert (ended.status, ended.err) == (0, "")
    for heading in HEADINGS.values():
        assert heading in ended.out
    for part in ("─ Slack ─", "─ Mail: ", "─ SMS ─"):
        assert ended.out.count(part) == len(HEADINGS)
    assert BUILDER not in ended.out
    out = run("preview", "--kind", "spike", "--kind", "query", "--link").out
    assert out.count(BUILDER) == 2
    assert [heading for heading in HEADINGS.values() if heading in out] == [
        HEADINGS["spike"],
        HEADINGS["query"],
    ]


def test_the_link_holds_the_message() -> None:
    """Slack's builder is given the blocks of the message, on one line."""
    assert list(MESSAGES) == list(HEADINGS)
    assert run("preview", "--kind", "spike", "--link").out.splitlines()[-1] == builder_link(MESSAGES["spike"])
    for message in MESSAGES.values():
        address = builder_link(message)
        assert address.isascii()
        assert json.loads(unquote(address.removeprefix(BUILDER))) == {"blocks": blocks_of(payload(message))}


@pytest.mark.parametrize(
    ("color", "link", "words", "bare"),
    [("standard", [], 1, 0), (None, [], 0, 0), ("standard", ["--link"], 0, 1)],
)
def test_links_on_a_terminal(
    color: Literal["standard"] | None, link: list[str], words: int, bare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of characters are words to click on; not where nothing can be, nor if asked for bare."""
    terminal = Console(force_terminal=True, color_system=color, width=120)
    monkeypatch.setattr("poe_budget.cli.preview.console", lambda: terminal)
    out = run("preview", "--kind", "spike", "--kind", "query", *link).out
    assert out.count("Open in Slack's Block Kit Builder") == 2 * words
    assert out.count(f"\n{BUILDER}") == 2 * bare
    assert out.count(f";{builder_link(MESSAGES['spike'])}\x1b") == words


def test_json_of_the_messages() -> None:
    """For programs it is a Preview, with what each channel is sent for each kind that is chosen."""
    ended = run("preview", "--json")
    shown = ended.report(Preview).messages
    assert (ended.status, [each.kind for each in shown]) == (0, list(HEADINGS))
    for each, message in zip(shown, MESSAGES.values(), strict=True):
        assert each.slack == payload(message)
        assert each.mail == Mail(subject=subject(message), body=body(message))
        assert each.sms == sms(message)
    one = run("preview", "--json", "--kind", "spike").report(Preview)
    assert [each.kind for each in one.messages] == ["spike"]


def test_a_page_for_a_browser(tmp_path: Path) -> None:
    """--html writes a page with every kind, or with those that are chosen; a page and JSON are wrong use."""
    file = tmp_path / "preview.html"
    both = run("preview", "--json", "--html", file)
    assert both.status == 2
    assert "give --html or --json, not both" in one_line(both)
    assert not file.exists()
    ended = run("preview", "--html", file)
    assert (ended.status, ended.out) == (0, f"{file} shows them; open it in a browser.\n")
    assert all(f'<section id="{kind}">' in file.read_text(encoding="utf-8") for kind in HEADINGS)
    run("preview", "--html", file, "--kind", "spike")
    assert file.read_text(encoding="utf-8").count("<section id=") == 1
    nowhere = run("preview", "--html", tmp_path / "missing" / "preview.html")
    assert nowhere.status == 1
    assert "preview.html cannot be written: No such file or directory" in one_line(nowhere)

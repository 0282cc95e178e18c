import json
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from rich.console import Console

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from poe_budget.cli.preview import BUILDER, Mail, Preview, builder_link
from poe_budget.preview.document import HEADINGS, messages
from tests.cli.running import one_line, run


def drawn_on(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command draw on this terminal."""
    monkeypatch.setattr("poe_budget.cli.preview.console", lambda: terminal)


def test_every_kind_is_shown() -> None:
    """Each kind has its heading, and its message in Slack, as a mail and as an SMS; no link in a pipe."""
    ended = run("preview")
    assert (ended.status, ended.err) == (0, "")
    for heading in HEADINGS.values():
        assert heading in ended.out
    for part in ("─ Slack ─", "─ Mail: ", "─ SMS ─"):
        assert ended.out.count(part) == len(HEADINGS)
    assert BUILDER not in ended.out
    assert run("preview", "--link").out.count(BUILDER) == len(HEADINGS)


def test_one_kind_is_shown_alone() -> None:
    """--kind chooses, and may be given more than once."""
    out = run("preview", "--kind", "spike", "--kind", "query").out
    shown = [heading for heading in HEADINGS.values() if heading in out]
    assert shown == [HEADINGS["spike"], HEADINGS["query"]]


def test_the_link_holds_the_message() -> None:
    """Slack's builder is given the blocks of the message, on one line."""
    told = messages()
    assert list(told) == list(HEADINGS)
    assert run("preview", "--kind", "spike", "--link").out.splitlines()[-1] == builder_link(told["spike"])
    for message in told.values():
        address = builder_link(message)
        assert address.isascii()
        assert json.loads(unquote(address.removeprefix(BUILDER))) == {"blocks": payload(message)["blocks"]}


@pytest.mark.parametrize("kinds", [("spike",), ("spike", "query")])
def test_links_hide_behind_words_on_a_terminal(
    kinds: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal, a link of thousands of characters is words to click on."""
    drawn_on(Console(force_terminal=True, color_system="standard", width=120), monkeypatch)
    out = run("preview", *(word for kind in kinds for word in ("--kind", kind))).out
    assert out.count("Open in Slack's Block Kit Builder") == len(kinds)
    assert f"\n{BUILDER}" not in out
    for kind in kinds:
        assert f";{builder_link(messages()[kind])}\x1b" in out


def test_no_words_where_they_cannot_be_clicked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal without links shows neither an address nor words that lead nowhere."""
    drawn_on(Console(force_terminal=True, color_system=None, width=120), monkeypatch)
    out = run("preview", "--kind", "spike").out
    assert "Block Kit Builder" not in out
    assert BUILDER not in out


def test_the_bare_address_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """--link prints the address on a terminal too."""
    drawn_on(Console(force_terminal=True, color_system="standard", width=120), monkeypatch)
    out = run("preview", "--kind", "spike", "--link").out
    assert out.splitlines()[-1] == builder_link(messages()["spike"])


def test_json_of_the_messages() -> None:
    """For programs it is a Preview, with what each channel is sent for each kind that is chosen."""
    ended = run("preview", "--json")
    told = msgspec.json.decode(ended.out, type=Preview, strict=True).messages
    assert (ended.status, [each.kind for each in told]) == (0, list(HEADINGS))
    for each, message in zip(told, messages().values(), strict=True):
        assert each.slack == payload(message)
        assert each.mail == Mail(subject=subject(message), body=body(message))
        assert each.sms == sms(message)
    one = msgspec.json.decode(run("preview", "--json", "--kind", "spike").out, type=Preview)
    assert [each.kind for each in one.messages] == ["spike"]


def test_a_page_and_json_at_once(tmp_path: Path) -> None:
    """The messages are shown in one way; two are wrong use, and nothing is written."""
    ended = run("preview", "--json", "--html", tmp_path / "preview.html")
    assert ended.status == 2
    assert "give --html or --json, not both" in one_line(ended)
    assert list(tmp_path.iterdir()) == []


def test_a_page_for_a_browser(tmp_path: Path) -> None:
    """--html writes a page with every kind, or with those that are chosen."""
    file = tmp_path / "preview.html"
    ended = run("preview", "--html", file)
    assert (ended.status, ended.out) == (0, f"{file} shows them; open it in a browser.\n")
    assert all(f'<section id="{kind}">' in file.read_text(encoding="utf-8") for kind in HEADINGS)
    run("preview", "--html", file, "--kind", "spike")
    assert file.read_text(encoding="utf-8").count("<section id=") == 1


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is missing is said in one line."""
    ended = run("preview", "--html", tmp_path / "missing" / "preview.html")
    assert ended.status == 1
    assert "preview.html cannot be written: No such file or directory" in one_line(ended)

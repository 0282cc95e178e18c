from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from poe_budget.drawing import mail_panel, slack_panel, slack_text


def drawn(picture: RenderableType) -> str:
    """Return a picture as plain text, 100 characters wide."""
    console = Console(width=100, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(picture)
    return capture.get()


def slack(*blocks: dict[str, Any]) -> str:
    """Return the drawing of a message of these blocks."""
    return drawn(slack_panel({"text": "fallback", "blocks": blocks}))


def mrkdwn(words: str) -> dict[str, str]:
    """Return a text object of Block Kit."""
    return {"type": "mrkdwn", "text": words}


@pytest.mark.parametrize(
    ("marked", "plain", "style"),
    [
        ("a *bold* word", "a bold word", "bold"),
        ("an _italic_ word", "an italic word", "italic"),
        ("a `code` word", "a code word", "cyan"),
        ("a <https://x.example/?a=1&amp;b=2|link> here", "a link here", "underline"),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2", "underline"),
    ],
)
def test_marks_become_styles(marked: str, plain: str, style: str) -> None:
    """Slack's marks are drawn as styles, not as characters."""
    text = slack_text(marked)
    assert text.plain == plain
    assert [span.style for span in text.spans] == [style]


@pytest.mark.parametrize(
    "words", ["2*3*4", "snake_case_name", "[bold]no markup of rich[/bold]", "", "5 * 4 * 3"]
)
def test_what_is_no_mark_stays(words: str) -> None:
    """Stars and underscores that mark nothing, and the marks of others, are drawn as they are."""
    assert slack_text(words).plain == words


def test_escapes_are_undone_once() -> None:
    """An escaped name is drawn as its owner wrote it, also where it looks like an escape."""
    assert slack_text("R&amp;D-&lt;Notes&gt; &amp;lt;").plain == "R&D-<Notes> &lt;"


@given(st.text())
def test_no_text_can_steer_the_terminal(words: str) -> None:
    """Whatever a message says, no control character but the line break is drawn."""
    text = slack_text(words).plain
    assert not any(letter != "\n" and (letter < " " or "\x7f" <= letter <= "\x9f") for letter in text)


def test_message_is_drawn_block_by_block() -> None:
    """Header, sections, fields, context, buttons and dividers are drawn in their order."""
    picture = slack(
        {"type": "header", "text": {"type": "plain_text", "text": "80 % of &lt;A&gt; is used"}},
        {"type": "section", "text": mrkdwn("*Budget*\n████░")},
        {"type": "section", "fields": [mrkdwn("left"), mrkdwn("right"), mrkdwn("below")]},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("Counted now"), {"type": "image", "alt_text": "i"}]},
        {"type": "actions", "elements": [{"type": "button", "text": mrkdwn("Open")}]},
    )
    order = ["Slack", "80 % of <A> is used", "Budget", "████░", "left", "below", "Counted now", "[ Open ]"]
    places = [picture.index(words) for words in order]
    assert places == sorted(places)
    assert any("left" in line and "right" in line for line in picture.splitlines())
    assert "fallback" not in picture


def test_a_table_is_drawn_in_columns() -> None:
    """Each row is a line, its cells below their headings, and no cell can steer the terminal."""
    rows = [
        [{"type": "raw_text", "text": text} for text in row]
        for row in (("Budget", "Used"), ("A\x1b", "82 %"))
    ]
    picture = slack({"type": "table", "rows": rows, "column_settings": [{"is_wrapped": True}, {}]})
    headings, row = (line for line in picture.splitlines() if "Used" in line or "82 %" in line)
    assert headings.index("Budget") == row.index("A")
    assert "\x1b" not in picture


def test_message_without_blocks_is_its_text() -> None:
    """The fallback text is drawn where there is nothing else."""
    assert "all is well" in drawn(slack_panel({"text": "all is *well*"}))


def test_mail_is_drawn_as_it_stands() -> None:
    """A mail is drawn with its subject and its text, in which nothing is a mark."""
    picture = drawn(mail_panel("Poe [warning]", "first *line*\n\n[red]second[/red] &amp; \x1b[2Jlast"))
    assert "Mail: Poe [warning]" in picture
    assert "first *line*" in picture
    assert "[red]second[/red] &amp; [2Jlast" in picture

import pytest
from hypothesis import given, strategies as st
from rich.console import Console, RenderableType

from poe_budget.drawing import mail_panel, slack_panel, slack_text
from tests.cli.running import Transcript

TABLE = ("Budget", "Used"), ("A \x1b[2J<b>", "82 %")


def drawn(picture: RenderableType) -> str:
    """Return a picture as plain text, 100 characters wide."""
    console = Console(width=100, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(picture)
    return capture.get()


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
    ("words", "plain"),
    [
        *(
            (words, words)
            for words in ("2*3*4", "snake_case_name", "[bold]no markup[/bold]", "", "5 * 4 * 3")
        ),
        ("R&amp;D-&lt;Notes&gt; &amp;lt;", "R&D-<Notes> &lt;"),
    ],
)
def test_what_is_no_mark_stays(words: str, plain: str) -> None:
    """Stars and underscores that mark nothing, and the marks of others; escapes are undone once."""
    assert slack_text(words).plain == plain


@given(st.text())
def test_no_text_can_steer_the_terminal(words: str) -> None:
    """Whatever a message says, no control character but the line break is drawn."""
    text = slack_text(words).plain
    assert not any(letter != "\n" and (letter < " " or "\x7f" <= letter <= "\x9f") for letter in text)


def test_drawings(transcript: Transcript) -> None:
    """Blocks in their order, the text where there is none, and a mail, in which nothing is a mark."""
    rows = [[{"type": "raw_text", "text": text} for text in row] for row in TABLE]
    blocks = (
        {"type": "header", "text": {"type": "plain_text", "text": "80 % of &lt;A&gt; is used"}},
        {"type": "section", "text": mrkdwn("*Budget*\n████░")},
        {"type": "section", "fields": [mrkdwn("left"), mrkdwn("right"), mrkdwn("below")]},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("Counted now"), {"type": "image", "alt_text": "i"}]},
        {
            "type": "actions",
            "elements": [
                {"type": "button", "text": mrkdwn("Open")},
                {"type": "static_select", "placeholder": mrkdwn("Snooze “a&amp;b”")},
            ],
        },
        {"type": "table", "rows": rows, "column_settings": [{"is_wrapped": True}, {"align": "right"}]},
    )
    transcript.text += drawn(slack_panel({"text": "fallback", "blocks": blocks}))
    transcript.text += drawn(slack_panel({"text": "all is *well*"}))
    transcript.text += drawn(
        mail_panel("Poe [warning]", "first *line*\n\n[red]second[/red] &amp; \x1b[2Jlast")
    )

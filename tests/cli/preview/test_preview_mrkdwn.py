import pytest
from hypothesis import given, strategies as st

from budget_alert.channels.markup import mrkdwn
from budget_alert.messages.wording import clean
from poe_budget.preview.mrkdwn import html_of, link, unescaped
from tests.support.made_messages import HOSTILE
from tests.support.rendered import Rendered

SEVERAL_LINES = st.text(alphabet="*_~`<>|&@#!a é\n", max_size=60)


def line(html: str) -> str:
    """Return the HTML of one line."""
    return f'<div class="line">{html}</div>'


@pytest.mark.parametrize(
    ("marked", "html"),
    [
        ("a *bold* word", "a <b>bold</b> word"),
        ("an _italic_ word", "an <i>italic</i> word"),
        ("a ~struck~ word", "a <s>struck</s> word"),
        ("*bold with _italic_ in it*", "<b>bold with <i>italic</i> in it</b>"),
        ("`code with *stars*`", "<code>code with *stars*</code>"),
        ("R&amp;D &lt;b&gt; &amp;lt;", "R&amp;D &lt;b&gt; &amp;lt;"),
        ("<!channel>", '<span class="mention">!channel</span>'),
        ("<@U123|someone>", '<span class="mention">someone</span>'),
        ("<javascript:alert(1)|here>", "<span>here</span>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* no bold *", "* no bold *"),
    ],
)
def test_marks_become_elements(marked: str, html: str) -> None:
    """Slack's marks become elements of HTML, and what is no mark stays text."""
    assert html_of(marked) == line(html)


def test_links_lead_where_they_say() -> None:
    """A link is one, its address escaped, with its label or else its address as its words."""
    named = Rendered(str(html_of("<https://x.example/?a=1&amp;b=%22|see>")))
    assert (named.all("href"), named.text) == (["https://x.example/?a=1&b=%22"], "see")
    bare = Rendered(str(html_of("<https://x.example/>")))
    assert (bare.all("href"), bare.text) == (["https://x.example/"], "https://x.example/")


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "", " https://x.example"])
def test_only_the_web_and_mail_are_linked(target: str) -> None:
    """What could run or hide something is no link, only its label."""
    assert link(target, "words", "button") == '<span class="button">words</span>'
    assert link("mailto:a@x.example", "words").startswith('<a href="mailto:a@x.example"')


def test_every_line_is_one() -> None:
    """Lines stay apart, an empty one too, and a quoted one is set off."""
    assert html_of("one\n\n&gt; two") == line("one") + line("") + '<div class="line quote">two</div>'


def test_fenced_text_is_kept() -> None:
    """Between fences everything is text; a fence without its other is text as well."""
    assert html_of("a\n```*b*\n c```\nd") == line("a") + "<pre>*b*\n c</pre>" + line("d")
    assert html_of("a ```b") == line("a ```b")


@given(SEVERAL_LINES)
def test_any_text_makes_whole_html(text: str) -> None:
    """Whatever the marks, elements are closed in their turn and nothing but known elements is made."""
    rendered = Rendered(str(html_of(text)))
    assert set(rendered.tags) <= {"div", "pre", "code", "b", "i", "s", "span"}


@given(HOSTILE)
def test_names_stay_text(name: str) -> None:
    """What the function escapes for Slack is shown by Slack as it is: no mark, no mention, no link."""
    escaped = mrkdwn(clean(name))
    rendered = Rendered(str(html_of(escaped)))
    assert set(rendered.tags) <= {"div"}
    assert rendered.text == unescaped(escaped)

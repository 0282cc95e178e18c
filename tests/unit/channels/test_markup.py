import html
import re

import pytest
from hypothesis import given, strategies as st

from budget_alert.channels.markup import fitting, mrkdwn, plain, units
from tests.support.made_messages import HOSTILE

ESCAPED = re.compile(r"(?:[^&<>]|&amp;|&lt;|&gt;)*")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<https://x|y> & z", "&lt;https://x|y&gt; &amp; z"),
        ("&lt;", "&amp;lt;"),
        ("*b* ~s~ `c`", "\u2217b\u2217 \u223cs\u223c \u02cbc\u02cb"),
        ("my_bot_v2", "my_bot_v2"),
        ("_i_ __init__", "ˍiˍ ˍˍinitˍˍ"),
        ("@here", "\uff20here"),
        ("> quote", "\u203a quote"),
        ("a > b", "a &gt; b"),
    ],
)
def test_markup_is_shown_and_does_nothing(line: str, shown: str) -> None:
    """What Slack would act on is shown in place of being acted on; what is harmless stays as it is."""
    assert mrkdwn(line) == shown


@given(HOSTILE)
def test_nothing_acts_in_mrkdwn(line: str) -> None:
    """No text keeps a mention, a link or a pair of markup."""
    shown = mrkdwn(line)
    assert ESCAPED.fullmatch(shown)
    assert not set("*~`@") & set(shown)
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", shown)


@given(HOSTILE, st.integers(50, 300))
def test_a_cut_never_goes_through_an_escape_sequence(line: str, longest: int) -> None:
    """However short a text must be, it fits, and every escape sequence in it is whole."""
    for cut in (plain(line, longest), fitting(line, longest)):
        assert units(cut) <= longest
        assert ESCAPED.fullmatch(cut)


@pytest.mark.parametrize("line", ["&" * 1000, "x" * 1000, "🔥" * 1000])
def test_a_cut_keeps_what_fits(line: str) -> None:
    """However much longer a line grows by its escapes, little of the room is left empty."""
    assert 80 <= units(fitting(line, 100)) <= 100


@given(HOSTILE, st.integers(50, 300))
def test_plain_text_is_the_beginning_of_what_was_given(line: str, longest: int) -> None:
    """Plain text loses its end and nothing else."""
    shown = html.unescape(plain(line, longest))
    assert shown == line or (shown.endswith("…") and line.startswith(shown[:-1]))

"""Slack's mrkdwn -> HTML, as its client shows it; whatever is no mark stays text.

The marks: https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Iterator
from html import escape

_MARKS = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<target>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>"
    r"|(?<!\w)\*(?![\s*])(?P<b>[^*\n]*[^*\s])\*(?!\w)"
    r"|(?<!\w)_(?![\s_])(?P<i>[^_\n]*[^_\s])_(?!\w)"
    r"|(?<!\w)~(?![\s~])(?P<s>[^~\n]*[^~\s])~(?!\w)"
)
_FENCED = re.compile(r"```(.+?)```", re.DOTALL)
_QUOTED = re.compile(r"(?:>|&gt;) ?")
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def html_of(text: str) -> str:
    """Render a mrkdwn text: a `div` for each line, a `pre` for each fenced piece."""
    pieces = enumerate(_FENCED.split(text))
    return "".join(f"<pre>{_plain(piece)}</pre>" if place % 2 else _lines(piece) for place, piece in pieces)


def link(target: str, label: str, kind: str = "") -> str:
    """Render a link of a CSS class; only its label where the target is no address of the web or of mail."""
    named = f' class="{kind}"' if kind else ""
    if not _LINK.match(target):
        return f"<span{named}>{escape(label)}</span>"
    return f'<a{named} href="{escape(target)}" rel="noopener noreferrer">{escape(label)}</a>'


def unescaped(text: str) -> str:
    """Undo Slack's three escapes, each once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _lines(text: str) -> str:
    return "".join(map(_line, text.strip("\n").split("\n"))) if text else ""


def _line(line: str) -> str:
    quoted = _QUOTED.match(line)
    if quoted:
        return f'<div class="line quote">{_marked(line[quoted.end() :])}</div>'
    return f'<div class="line">{_marked(line)}</div>'


def _marked(text: str) -> str:
    return "".join(_spans(text))


def _spans(text: str) -> Iterator[str]:
    end = 0
    for found in _MARKS.finditer(text):
        yield _plain(text[end : found.start()])
        yield _span(found)
        end = found.end()
    yield _plain(text[end:])


def _span(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{_plain(found['code'])}</code>"
    if found["target"]:
        return _reference(unescaped(found["target"]), found["label"])
    tag = found.lastgroup
    return f"<{tag}>{_marked(found[tag or 0])}</{tag}>"


def _reference(target: str, label: str | None) -> str:
    words = unescaped(label) if label else target
    if target[0] in "@#!":
        # A mention calls people: a preview must not hide one that a name has smuggled in.
        return f'<span class="mention">{escape(words)}</span>'
    return link(target, words)


def _plain(text: str) -> str:
    return escape(unescaped(text))

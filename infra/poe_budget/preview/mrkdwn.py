"""Slack's mrkdwn -> HTML, as its client shows it; whatever is no mark stays text.

The marks: https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Iterator

from markupsafe import Markup

MARKS = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<target>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>"
    r"|(?<!\w)\*(?![\s*])(?P<b>[^*\n]*[^*\s])\*(?!\w)"
    r"|(?<!\w)_(?![\s_])(?P<i>[^_\n]*[^_\s])_(?!\w)"
    r"|(?<!\w)~(?![\s~])(?P<s>[^~\n]*[^~\s])~(?!\w)"
)
_FENCED = re.compile(r"```(.+?)```", re.DOTALL)
_QUOTED = re.compile(r"(?:>|&gt;) ?")
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_ADDRESS = re.compile(r"(https?://[^\s<>\"”]+)")


def html_of(text: str) -> Markup:
    """Render a mrkdwn text: a `div` for each line, a `pre` for each fenced piece."""
    pieces = enumerate(_FENCED.split(text))
    return Markup().join(
        Markup("<pre>{}</pre>").format(unescaped(piece)) if place % 2 else _lines(piece)
        for place, piece in pieces
    )


def link(target: str, label: str, kind: str = "") -> Markup:
    """Render a link of CSS classes; only its label where the target is no address of the web or of mail."""
    named = Markup(' class="{}"').format(kind.strip()) if kind else ""
    if not _LINK.match(target):
        return Markup("<span{}>{}</span>").format(named, label)
    return Markup('<a{} href="{}" rel="noopener noreferrer">{}</a>').format(named, target, label)


def linked(text: str) -> Markup:
    """Render plain text as a mail program does: the addresses in it are links."""
    pieces = enumerate(_ADDRESS.split(text))
    return Markup().join(link(piece, piece) if place % 2 else piece for place, piece in pieces)


def unescaped(text: str) -> str:
    """Undo Slack's three escapes, each once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _lines(text: str) -> Markup:
    return Markup().join(map(_line, text.strip("\n").split("\n"))) if text else Markup()


def _line(line: str) -> Markup:
    quoted = _QUOTED.match(line)
    if quoted:
        return Markup('<div class="line quote">{}</div>').format(_marked(line[quoted.end() :]))
    return Markup('<div class="line">{}</div>').format(_marked(line))


def _marked(text: str) -> Markup:
    return Markup().join(_spans(text))


def _spans(text: str) -> Iterator[str]:
    end = 0
    for found in MARKS.finditer(text):
        yield unescaped(text[end : found.start()])
        yield _span(found)
        end = found.end()
    yield unescaped(text[end:])


def _span(found: re.Match[str]) -> Markup:
    if found["code"]:
        return Markup("<code>{}</code>").format(unescaped(found["code"]))
    if found["target"]:
        return _reference(unescaped(found["target"]), found["label"])
    tag = found.lastgroup or ""
    return Markup("<{0}>{1}</{0}>").format(tag, _marked(found[tag]))


def _reference(target: str, label: str | None) -> Markup:
    words = unescaped(label) if label else target
    if target[0] in "@#!":
        # A mention calls people: a preview must not hide one that a name has smuggled in.
        return Markup('<span class="mention">{}</span>').format(words)
    return link(target, words)

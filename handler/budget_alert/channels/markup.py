"""What channels have in common: signs, lines, and text that Slack and the chats like it show as it is.

In that is no markup, no mention and no link, and a cut never goes through an escape sequence. Lengths are
counted in UTF-16 code units, the largest of the ways in which a limit of characters may be meant.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from budget_alert.alerts import Severity
from budget_alert.messages.parts import Gauge, Row, Section
from budget_alert.messages.wording import bar, whose

SIGNS = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🔵"}

# https://docs.slack.dev/messaging/formatting-message-text: these three, and no others, are escaped.
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack has no escape for the rest of its markup: look-alikes stand in.
_LOOK_ALIKES = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
        "@": "\N{FULLWIDTH COMMERCIAL AT}",
    }
)
_NO_ITALICS = "\N{MODIFIER LETTER LOW MACRON}"
_NO_QUOTATION = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
# Text of rich_text is no markup and has no escapes: to be safe of whoever reads it as markup all the same.
_BRACKETS = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": _NO_QUOTATION,
        "@": "\N{FULLWIDTH COMMERCIAL AT}",
    }
)
_EDGE_OF_ITALICS = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


def severity_line(severity: Severity, account: str) -> str:
    """Give a severity as its coloured sign and its word, and whose usage it is about, of several accounts."""
    owner = whose(account)
    return f"{SIGNS[severity]} {severity.capitalize()}{f' · {owner}' if owner else ''}"


def shown(section: Section, escape: Callable[[str], str] = str) -> Iterator[str]:
    """Give the lines that say what comes, how full, how much, and by whom."""
    if section.outlook:
        yield escape(section.outlook)
    if section.gauge:
        yield gauge_line(section.gauge, escape)
    yield from table(section.rows, escape)
    yield from (escape(f"{field.label}: {field.words}") for field in section.fields)
    yield from map(escape, section.facts)


def items(heading: str, lines: Iterable[str], escape: Callable[[str], str]) -> Iterator[str]:
    """Give lines below a heading that is ours, for Slack and the chats like it."""
    yield f"*{heading}*"
    yield from (f"• {escape(line)}" for line in lines)


def gauge_line(gauge: Gauge, escape: Callable[[str], str]) -> str:
    """Give how full a budget is: who hears it read hears the number before the bar."""
    return f"{escape(gauge.words)} {bar(gauge.percent)}"


def table(rows: Sequence[Row], escape: Callable[[str], str] = str) -> Iterator[str]:
    """Give a line for each budget, columns aligned as far as a font of one width aligns them."""
    wide = max((len(row.name) for row in rows), default=0)
    for row in rows:
        share = row.share.rjust(max(len(each.share) for each in rows))
        yield f"{escape(row.name.ljust(wide))} {share} {bar(row.percent)} {escape(row.comes)}"


def bounded(lines: Iterable[str], room: int, size: Callable[[str], int], cut: str) -> Iterator[str]:
    """Give lines as long as they fit into `room`, each with its line break; then `cut`, if any is left out.

    `size` measures a text in what `room` counts.
    """
    room -= size(cut) + 1
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            yield cut
            return
        yield line


def mrkdwn(line: str) -> str:
    """Give a line such that mrkdwn shows it as it is; at most five times as long."""
    # At the start of a line > makes a quotation, escaped or not.
    line = _NO_QUOTATION + line[1:] if line.startswith(">") else line
    return _EDGE_OF_ITALICS.sub(_NO_ITALICS, line).translate(_LOOK_ALIKES).translate(ENTITIES)


def literal(line: str) -> str:
    """Give a line for Slack's rich_text, which shows it as it is; as long as it was."""
    return line.translate(_BRACKETS)


def plain(line: str, longest: int) -> str:
    """Give a line escaped for Slack's plain_text, cut to `longest` with every escape sequence whole."""
    if units(line.translate(ENTITIES)) <= longest:
        return line.translate(ENTITIES)
    escaped = [character.translate(ENTITIES) for character in line]
    ends = accumulate(map(units, escaped))
    return "".join(each for each, end in zip(escaped, ends, strict=True) if end < longest) + "…"


def fitting(line: str, longest: int, escape: Callable[[str], str] = mrkdwn) -> str:
    """Give a line escaped, cut to `longest` (one or more) with every escape sequence whole."""
    shown = escape(line)
    while units(shown) > longest:
        line = line[: len(line) * longest // units(shown)]
        shown = escape(line[:-1]) + "…"
    return shown


def units(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

"""The README, taken apart: its headings, tables, code and links."""

import re
from collections.abc import Iterator

from tests.support.tools import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(language: str, text: str = README) -> list[str]:
    """Return the code blocks of a language, without the indentation of a list around them."""
    found = (one for one in _FENCED.finditer(text) if one[2] == language)
    return [re.sub(f"^{one[1]}", "", one[3], flags=re.MULTILINE) for one in found]


def prose() -> str:
    """Return the text without its code blocks."""
    return _FENCED.sub("", README)


def section(heading: str) -> str:
    """Return what stands below a heading, up to the next heading of any level."""
    _, _, below = README.partition(f"\n{heading}\n")
    assert below, f"the README has no heading {heading!r}"
    return re.split(r"^#+ ", _hidden_comments(below), maxsplit=1, flags=re.MULTILINE)[0]


def headings() -> list[str]:
    """Return the words of all headings."""
    return [line.lstrip("# ") for line in prose().splitlines() if line.startswith("#")]


def table(text: str, first: str) -> list[list[str]]:
    """Return the cells of the rows of the table whose first column is headed `first`."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    (lines,) = (found.splitlines() for found in tables if re.match(rf"\| {re.escape(first)} +\|", found))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def links() -> Iterator[str]:
    """Give where the links and the pictures lead."""
    yield from re.findall(r"\]\(([^)]+)\)", prose())


def shell() -> Iterator[str]:
    """Give the commands of all shell blocks, each on one line, without comments."""
    for block in blocks("sh"):
        joined = re.sub(r"\\\n\s*", "", block)
        yield from (line.split("    #")[0].strip() for line in joined.splitlines())


def _hidden_comments(text: str) -> str:
    # In shell code a line may begin like a heading.
    return _FENCED.sub(lambda block: block[0].replace("\n#", "\n "), text)

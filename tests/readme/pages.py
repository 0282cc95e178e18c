"""The README and the pages of the docs, taken apart: their headings, tables, code and links."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.tools import ROOT

DOCS = ROOT / "infra" / "docs"
PAGES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md")))}
README = PAGES[ROOT / "README.md"]
HISTORY = {"decisions.md", "changelog.md"}
"""They tell of what was, and name what is gone."""
ALL = "\n\n".join(text for path, text in PAGES.items() if path.name not in HISTORY)
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """Return a page of the docs by its name without ".md"."""
    return PAGES[DOCS / f"{name}.md"]


def blocks(language: str, text: str = ALL) -> list[str]:
    """Return the code blocks of a language, without the indentation of a list around them."""
    found = (one for one in _FENCED.finditer(text) if one[2] == language)
    return [re.sub(f"^{one[1]}", "", one[3], flags=re.MULTILINE) for one in found]


def prose(text: str = ALL) -> str:
    """Return a text without its code blocks."""
    return _FENCED.sub("", text)


def section(heading: str, text: str) -> str:
    """Return what stands below a heading of a page, up to the next heading of any level."""
    _, _, below = text.partition(f"\n{heading}\n")
    assert below, f"the page has no heading {heading!r}"
    return re.split(r"^#+ ", _hidden_comments(below), maxsplit=1, flags=re.MULTILINE)[0]


def anchors(text: str) -> list[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = (line.lstrip("# ") for line in prose(text).splitlines() if line.startswith("#"))
    return list(map(anchor, headings))


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def entries(heading: str, text: str) -> dict[str, str]:
    """Return what stands under each heading of the third level within one of the second."""
    _, whole = text.split(f"\n## {heading}\n", 1)
    _, *parts = re.split(r"^### (.*)$", whole.split("\n## ", 1)[0], flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def table(text: str, first: str) -> list[list[str]]:
    """Return the cells of the rows of the table whose first column is headed `first`."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    (lines,) = (found.splitlines() for found in tables if re.match(rf"\| {re.escape(first)} +\|", found))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def documented(first: str) -> list[list[str]]:
    """Return the rows of the table with that first column, wherever in the README and the docs it stands."""
    return table(ALL, first)


def code(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def links(text: str) -> list[str]:
    """Return where the links and the pictures of a page lead."""
    return re.findall(r"\]\(([^)]+)\)", prose(text))


def leads_to(path: Path, link: str) -> bool:
    """Tell whether a link of a page leads to a heading, file or folder that is there."""
    place, _, anchor = link.partition("#")
    target = (path.parent / place).resolve() if place else path
    return target.exists() and (not anchor or anchor in anchors(target.read_text(encoding="utf-8")))


def shell(text: str = ALL) -> Iterator[str]:
    """Give the commands of all shell blocks, each on one line, without comments."""
    for block in blocks("sh", text):
        joined = re.sub(r"\\\n\s*", "", block)
        yield from (line.split("    #")[0].strip() for line in joined.splitlines())


def _hidden_comments(text: str) -> str:
    # In shell code a line may begin like a heading.
    return _FENCED.sub(lambda block: block[0].replace("\n#", "\n "), text)

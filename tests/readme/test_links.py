import re
from pathlib import Path

import pytest

from tests.readme.pages import ALL, DOCS, HISTORY, PAGES, README, anchors, code, leads_to, links, prose, shell
from tests.support.tools import ROOT

MOST_LINES = 200
HOUSE = {path.name for path in ROOT.iterdir() if path.is_dir() or path.suffix in {".yaml", ".md", ".toml"}}
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(HOUSE)))})(?:/[\w./-]*)?")
GITHUB = {path: path.read_text(encoding="utf-8") for path in (ROOT / ".github").glob("*.md")}
WITHIN = [
    pytest.param(path, link, id=f"{path.name}-{link}")
    for path, text in {**PAGES, **GITHUB}.items()
    for link in dict.fromkeys(links(text))
    if not link.startswith("https://")
]
PRESENT = [path for path in PAGES if path.name not in HISTORY]


@pytest.mark.parametrize(("path", "link"), WITHIN)
def test_each_link_leads_somewhere(path: Path, link: str) -> None:
    """A link within the repository leads to a heading, or to a file or folder, that is there."""
    assert leads_to(path, link)


def test_links_to_elsewhere_are_encrypted() -> None:
    """No address in the pages is plain http."""
    assert "http://" not in ALL


@pytest.mark.parametrize("path", PRESENT, ids=lambda path: path.name)
def test_headings_lead_to_one_place_each(path: Path) -> None:
    """No two headings of a page have the same anchor."""
    found = anchors(PAGES[path])
    assert len(found) == len(set(found))


def test_the_paths_in_code_exist() -> None:
    """A path in backticks or in a command is one of the repository."""
    spans = [*code(prose()), *(word for line in shell() for word in line.split())]
    paths = [found[0] for span in spans if (found := PATH.fullmatch(span.removeprefix("file://")))]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    """It has at most two hundred lines, and a link to each page of the docs."""
    assert len(README.splitlines()) <= MOST_LINES
    led = {(ROOT / link.partition("#")[0]).resolve() for link in links(README)}
    assert set(DOCS.glob("*.md")) <= led

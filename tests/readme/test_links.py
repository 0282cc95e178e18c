import re

import pytest

from tests.readme.pages import README, code, headings, links, prose, shell
from tests.support.tools import ROOT

HOUSE = {path.name for path in ROOT.iterdir() if path.is_dir() or path.suffix in {".yaml", ".md", ".toml"}}
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(HOUSE)))})(?:/[\w./-]*)?")


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("link", [link for link in links() if not link.startswith("https://")])
def test_each_link_leads_somewhere(link: str) -> None:
    """A link within the repository leads to a heading of the README, or to a file or folder that exists."""
    if link.startswith("#"):
        assert link in {anchor(heading) for heading in headings()}
    else:
        assert (ROOT / link).exists()


def test_links_to_elsewhere_are_encrypted() -> None:
    """No address in the README is plain http."""
    assert "http://" not in README


def test_headings_lead_to_one_place_each() -> None:
    """No two headings have the same anchor."""
    anchors = [anchor(heading) for heading in headings()]
    assert len(anchors) == len(set(anchors))


def test_the_paths_in_code_exist() -> None:
    """A path in backticks or in a command is one of the repository."""
    spans = [*code(prose()), *(word for line in shell() for word in line.split())]
    paths = [found[0] for span in spans if (found := PATH.fullmatch(span.removeprefix("file://")))]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_nothing_of_the_house_is_left_out() -> None:
    """What is shown of the house names every folder, the stack and the decisions."""
    shown = README.partition("## Where everything lives")[2]
    folders = [
        f"({path.name})" for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))
    ]
    assert [name for name in [*folders, "(template.yaml)", "(infra/decisions.md)"] if name not in shown] == []

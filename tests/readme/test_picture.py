"""The pictures of the README, compared with what is sent today."""

import pytest

from lab.picture import DIGESTS, PICTURES, SHOWN, dark, digests
from tests.readme.pages import README
from tests.support.tools import ROOT

ANEW = "a page looks otherwise now: run `make -C infra picture`"


def test_the_pictures_are_of_todays_pages() -> None:
    """The pages that they were taken of, rendered again, are the same."""
    today = digests({name: html() for name, html in SHOWN.items()})
    assert (PICTURES / DIGESTS).read_text(encoding="utf-8") == today, ANEW


@pytest.mark.parametrize("name", [*SHOWN, *map(dark, SHOWN)])
def test_a_picture_loads_quickly(name: str) -> None:
    """It stays below 150 KB."""
    assert len((PICTURES / name).read_bytes()) < 150_000


def test_the_readme_shows_them() -> None:
    """The README shows each picture, light or dark as its reader's page is."""
    pages = [f'srcset="{PICTURES.relative_to(ROOT)}/{dark(name)}"' for name in SHOWN]
    assert [one for one in pages if one not in README] == []
    assert [name for name in SHOWN if f'src="{PICTURES.relative_to(ROOT)}/{name}"' not in README] == []

"""The pictures of the README, compared with what is told today."""

import pytest

from lab.picture import PICTURES, SHOWN, mark_of
from poe_budget.preview.png import mark_in
from tests.readme.pages import links
from tests.support.tools import ROOT

ANEW = "the page looks otherwise now: run `make -C infra picture`"


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_of_todays_page(name: str) -> None:
    """The page that it was taken of, rendered again, is the same."""
    assert mark_in((PICTURES / name).read_bytes()) == mark_of(SHOWN[name]()), ANEW


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_loads_quickly(name: str) -> None:
    """It stays below 150 KB."""
    assert len((PICTURES / name).read_bytes()) < 150_000


def test_the_readme_shows_them() -> None:
    """The README shows each picture."""
    assert {str((PICTURES / name).relative_to(ROOT)) for name in SHOWN} <= set(links())

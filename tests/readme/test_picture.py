"""The picture at the top of the README, compared with what is told today."""

from budget_ops.picture import PICTURE, mark_of
from budget_ops.preview import picture
from budget_ops.preview.png import mark_in
from tests.readme.pages import links
from tests.services.tools import ROOT

ANEW = "the messages look otherwise now: run `make -C infra picture`"


def test_the_picture_is_of_todays_message() -> None:
    """The page that it was taken of, rendered again, is the same."""
    assert mark_in(PICTURE.read_bytes()) == mark_of(picture()), ANEW


def test_the_picture_loads_quickly() -> None:
    """The picture stays below 150 KB."""
    assert len(PICTURE.read_bytes()) < 150_000


def test_the_readme_shows_it() -> None:
    """The README's first picture is this one."""
    assert str(PICTURE.relative_to(ROOT)) in links()

import tomllib

import pytest
from hypothesis import given, strategies as st

from poe_budget.errors import OpsError
from poe_budget.versions import OWN, difference, refuse_downgrade
from tests.stack.deployed import Deployed
from tests.support.tools import ROOT

releases = st.tuples(*[st.integers(0, 30)] * 3)


def test_one_version_everywhere() -> None:
    """The package, the function, the program and the stack's output name one release."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == OWN == Deployed().outputs()["Version"]


@given(releases, releases)
def test_an_older_release_never_replaces_a_newer_one(stack: tuple[int, ...], own: tuple[int, ...]) -> None:
    """Versions are compared number by number, and each order that differs is said."""
    theirs, ours = (".".join(map(str, each)) for each in (stack, own))
    assert (difference(theirs, ours) is None) == (stack == own)
    if own >= stack:
        refuse_downgrade(theirs, ours)
    else:
        with pytest.raises(OpsError, match=r"`git pull`"):
            refuse_downgrade(theirs, ours)


def test_a_stack_that_names_no_version_is_older() -> None:
    """So is every one from before the output: it is said, and may be brought up to date."""
    refuse_downgrade(None, "0.2.0")
    assert (difference(None) or "").startswith(
        f"the stack is of a release before 0.2.0, this program of {OWN}"
    )


@pytest.mark.parametrize("version", ["", "v1", "1.2", "1.2.3.4", "1.2.x", "\x1b[2J"])
def test_what_is_no_version_is_no_stack_of_this_project(version: str) -> None:
    """It is neither older nor newer, and shown without what steers a terminal."""
    with pytest.raises(OpsError, match="name a stack of this project") as raised:
        refuse_downgrade(version, OWN)
    assert "\x1b" not in str(raised.value)

"""What the README shows of the demo, compared with the first simulated day of the demo."""

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from poe_budget.cli.demo import replay
from tests.readme.pages import blocks, prose, section
from tests.support.tools import ROOT

# One worker runs the day once for both tests.
pytestmark = pytest.mark.xdist_group("readme-demo")
EXCERPT = blocks("text", section("## Try it"))[0].splitlines()
FRAME = " ─│╭╮╰╯"
LEFT_OUT = "…"


@pytest.fixture(scope="module")
def printed() -> str:
    """Give what the demo shows on its first simulated day."""
    console = Console(width=120, file=StringIO(), force_terminal=False, record=True, highlight=False)
    replay(console, (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8"), 1)
    return console.export_text()


def rest_after(lines: Iterator[str], wanted: list[str]) -> list[str]:
    """Return which of the wanted lines do not come in this order, whatever lies between them."""
    missing = list(wanted)
    for line in lines:
        if missing and line == missing[0]:
            missing.pop(0)
    return missing


def test_the_excerpt_is_what_the_demo_prints(printed: str) -> None:
    """Its lines are lines of the demo, in their order, but for the length of the frames."""
    shown = [line.strip(FRAME) for line in EXCERPT if line != LEFT_OUT]
    assert rest_after((line.strip(FRAME) for line in printed.splitlines()), shown) == []
    assert len(shown) > 10


def test_the_history_is_as_thinned_as_is_said(printed: str) -> None:
    """The numbers of requests are those that the demo names, and it ends as is promised."""
    words = " ".join(printed.split())
    said = "7,431 of 743,140 requests"
    assert said in " ".join(prose().split())
    assert said in words
    assert "as many as in the history" in words

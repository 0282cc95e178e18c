import pytest

from lab.scale.__main__ import main
from lab.scale.paper import LIMITS, days_a_tick, limits, mails_a_second, pages_a_tick, stacks
from tests.support.tools import ROOT

PAGE = (ROOT / "infra" / "scale.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_the_page_has_the_limits_that_are_worked_out() -> None:
    """The table of the page is the one that the command prints."""
    assert limits().markdown() in PAGE


def test_the_command_prints_the_limits(capsys: pytest.CaptureFixture[str]) -> None:
    """It does so without a run, one line a limit."""
    assert main(["--limits"]) == 0
    assert capsys.readouterr().out.strip() == limits().markdown()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: one.what)
def test_a_limit_is_met_by_so_many_accounts_and_no_fewer(limit: object) -> None:
    """One account more than those at which it binds need more than it gives."""
    one = next(each for each in LIMITS if each is limit)
    assert one.needs(one.binds_at) <= one.most * 1.001
    assert one.needs(one.binds_at + 1) > one.most * 0.999


def test_what_the_page_says_follows_from_the_limits() -> None:
    """Stacks, pages of a backlog and mails are as worked out."""
    assert f"{stacks(10_000)} for 10,000 accounts, {stacks(100_000)} for 100,000" in WORDS
    assert f"has time for {pages_a_tick()} pages" in WORDS
    assert f"{days_a_tick(1000)} days a tick for 1,000 accounts" in WORDS
    assert f"{mails_a_second():.0f} a second at the very most" in WORDS

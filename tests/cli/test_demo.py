from datetime import UTC, datetime
from pathlib import Path

import pytest

from poe_budget import demo
from standins.simulated_poe import SimulatedPoe
from tests.cli.running import KEY, run, served, spent

BUDGETS = '[[budget]]\nname = "Everything"\npoints = 1000\nperiod = "30d"\n'


def test_the_demo_is_the_one_that_make_runs(tmp_path: Path) -> None:
    """With a key it ticks once against Poe with the config given, and says where the budgets stand."""
    budgets = tmp_path / "budgets.toml"
    budgets.write_text(BUDGETS, encoding="utf-8")
    with served(SimulatedPoe([spent(1, 900)], keys=[KEY])) as environ:
        ended = run("demo", "--budgets", budgets, **environ)
    assert ended.status == 0
    assert "900 points in 1 entries" in ended.out
    assert f"{datetime.now(UTC):%Y}" in ended.out


@pytest.mark.parametrize(("given", "handed_on"), [([], ["--days", "6"]), (["--days", "3"], ["--days", "3"])])
def test_options_are_handed_on(
    given: list[str], handed_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days are handed on, six by default; a config that is not given is left to the demo."""
    handed: list[str] = []

    def main(arguments: list[str]) -> int:
        handed.extend(arguments)
        return 1

    monkeypatch.setattr(demo, "main", main)
    assert run("demo", *given).status == 1
    assert handed == handed_on


def test_the_help_tells_how_many_days() -> None:
    """The help says what is simulated, and how long by default and at most."""
    out = run("demo", "--help").out
    assert "some simulated days" in out
    assert "[default: 6; 1<=x<=22]" in " ".join(out.split())

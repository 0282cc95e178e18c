import pytest

from lab.costs.__main__ import main
from lab.costs.lambdas import Timed
from lab.costs.observed import INTERVALS, Seen
from lab.costs.sheets import Model, dollars, in_turn_mb, intervals
from lab.costs.use import Work

TICK = Work(reads=10, writes=4, secret_calls=1, logged=1000, aws_calls=5, poe_calls=1)
SEEN = Seen(
    busy=dict.fromkeys(INTERVALS, TICK + Work(writes=4)),
    idle=TICK,
    telling=TICK + Work(published=1),
    day_bytes=80_000,
    metrics=4,
)
TIMED = Timed(start_ms=450, first_ms=250, later_ms=50, peak_mb=60)
MODEL = Model(default=SEEN, example=SEEN, timed=TIMED)


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints every table and says that it did well."""
    assert main([], MODEL) == 0
    told = capsys.readouterr().out
    assert all(words in told for words in ("one account", "by memory", "many accounts", "Prices"))


def test_the_tables_are_written_for_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    """In Markdown, each row is one line, and a small price is written out."""
    assert main(["--markdown"], MODEL) == 0
    told = capsys.readouterr().out
    assert "| 5 minutes (default) |" in told
    assert "$0.0000133334 for 1 GB-seconds on arm64" in told


def test_wrong_arguments_are_wrong_use() -> None:
    """An unknown option ends with status 2."""
    with pytest.raises(SystemExit) as ended:
        main(["--unknown"], MODEL)
    assert ended.value.code == 2


def test_the_idle_account_comes_last() -> None:
    """The intervals stand in order, the idle account below them."""
    names = [row[0] for row in intervals(MODEL).rows]
    assert names == ["1 minute", "5 minutes (default)", "15 minutes", "60 minutes", "5 minutes, idle"]


@pytest.mark.parametrize(
    ("amount", "written"), [(0.004, "$0.00"), (1.005001, "$1.01"), (99.99, "$99.99"), (1234.5, "$1,234")]
)
def test_amounts_are_written_to_what_matters(amount: float, written: str) -> None:
    """To the cent, and from a hundred dollars on to the dollar."""
    assert dollars(amount) == written


def test_several_accounts_need_more_memory() -> None:
    """Ten accounts need 20 MB more, and half as much again to spare."""
    assert in_turn_mb(MODEL) == 1.5 * (60 + 40 + 20)

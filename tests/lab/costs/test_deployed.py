from collections import Counter
from pathlib import Path

import msgspec

from lab.costs.assumed import ACCOUNT_MB, ACCOUNTS_A_BATCH, AT_ONCE
from lab.costs.deployed import CONFIG, MEMORY_MB, MINUTES, STACK
from lab.costs.observed import out_of_reach
from lab.costs.sheets import IN_TURN
from lab.costs.timed import timed
from tests.stack.deployed import Deployed, source, translated
from tests.support.tools import ROOT

TEMPLATE = source()


def test_the_stack_that_is_priced_is_the_templates() -> None:
    """Memory, interval, config, alarms and dashboards are those that the template makes."""
    function = Deployed().properties("Function")
    assert function["MemorySize"] == MEMORY_MB
    assert TEMPLATE["Parameters"]["IntervalMinutes"]["Default"] == MINUTES
    assert function["Environment"]["Variables"]["DEFAULT_BUDGETS"] == CONFIG
    kinds = Counter(
        one["Type"].rpartition("::")[2] for one in Deployed().observability().resources().values()
    )
    assert (kinds["Alarm"], kinds["Dashboard"]) == (STACK.alarms, STACK.dashboards)


def test_what_is_priced_runs_on_arm() -> None:
    """The template's processor is the one whose seconds are priced."""
    assert TEMPLATE["Parameters"]["Architecture"]["Default"] == "arm64"


def test_the_queue_that_is_priced_is_the_templates() -> None:
    """As many accounts are taken into a batch, and as many batches worked at once."""
    assert TEMPLATE["Parameters"]["MaximumConcurrency"]["Default"] == AT_ONCE
    batches = [
        one["Properties"]["BatchSize"]
        for one in translated()["Resources"].values()
        if one["Type"] == "AWS::Lambda::EventSourceMapping"
    ]
    assert batches == [ACCOUNTS_A_BATCH]


def test_the_memory_is_enough() -> None:
    """A tick fits with room to spare, and so do ten accounts in turn."""
    assert timed().needs_mb(IN_TURN * ACCOUNT_MB) <= MEMORY_MB


def test_a_cold_tick_is_taken_from_what_was_measured(tmp_path: Path) -> None:
    """The whole of it, rounded up to 50 ms, less the first tick is its start."""
    file = tmp_path / "measured.json"
    name = "a cold tick with bytecode, CPU time, against a bare handler"
    kept = {"machine": "x", "figures": [{"name": "other", "ours": 1.0}, {"name": name, "ours": 712.5}]}
    file.write_bytes(msgspec.json.encode(kept))
    assert timed(file).start_ms == 750 - 150


def test_the_peak_is_that_of_the_largest_backlog(tmp_path: Path) -> None:
    """Rounded up to 10 MB, with a megabyte for the certificates of each of four connections."""
    file = tmp_path / "measured.json"
    kept = {"figures": [{"part": "memory", "name": "peak", "ours": size} for size in (58.0, 66.5)]}
    file.write_bytes(msgspec.json.encode(kept))
    assert timed(file).peak_mb == 70 + 4


def test_without_a_measurement_a_rough_one_stands_in(tmp_path: Path) -> None:
    """Where there is no file, or it lacks cold ticks, 400 ms are taken."""
    assert timed(tmp_path / "none").start_ms == 400 - 150
    (tmp_path / "empty").write_text("{}")
    assert timed(tmp_path / "empty") == timed(tmp_path / "none")


def test_limits_are_moved_out_of_reach() -> None:
    """What may be used grows beyond all use, what is to be left shrinks; dates, shares and spans stay."""
    kept = 'runway = "3d"\nsnooze_until = 2026-12-01\n'
    limits = 'points = 1_000_000\nalert_at = [50_000, "80%"]\nbelow = 100_000 # points\n'
    moved = 'points = 1_000_000_000_000\nalert_at = [50_000_000_000, "80%"]\nbelow = 1 # points\n'
    assert out_of_reach(limits + kept) == moved + kept


def test_the_example_has_every_limit_moved() -> None:
    """No limit of the example stays as it is."""
    example = (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")
    before, after = (text.splitlines() for text in (example, out_of_reach(example)))
    limits = ("points =", "below =", "at_least =")
    assert all(one != two for one, two in zip(before, after, strict=True) if one.startswith(limits))

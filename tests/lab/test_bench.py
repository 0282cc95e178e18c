from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from lab.bench.__main__ import main, sheets
from lab.bench.cold import Handler, invoked
from lab.bench.deployment import TEMPLATE_CONFIG, calls_of, example_config, quiet, ticked
from lab.bench.measured import Curve, Figure, Import, Measured, exponent, figure, keep, kept, words
from lab.tables import WIDTH

SIZES = (1, 10, 50, 100, 200, 400)
CURVE = Curve(name="bots", sizes=(1, 10, 100), milliseconds=(10.0, 20.0, 110.0), calls=(3, 3, 3))


def scanned(ratio: float, name: str = "a scan") -> Figure:
    """Make a figure of one repetition."""
    return figure(name, "ms", ([ratio], [1.0]), 1.5)


def test_a_figure_is_the_ratio_of_medians_with_the_smallest_and_largest_of_all_pairs() -> None:
    """One odd repetition widens the spread, and leaves the ratio alone."""
    found = figure("a scan", "ms", ([10.0, 12.0, 90.0], [10.0, 10.0, 10.0]), 1.3)
    assert (found.ours, found.other, found.ratio, found.low, found.high) == (12.0, 10.0, 1.2, 1.0, 9.0)


@given(st.floats(0.5, 3), st.floats(1, 100))
def test_a_power_above_a_fixed_cost_is_found_again(power: float, fixed: float) -> None:
    """However large the part that does not grow."""
    costs = [fixed + fixed * (size - SIZES[0]) ** power for size in SIZES]
    assert exponent(SIZES, costs) == pytest.approx(power, abs=0.01)


def test_shapes_have_names() -> None:
    """What hardly grows is flat, and a leap at the end does not pass for a line."""
    assert words(exponent(SIZES, [10, 10, 10, 10, 10, 12.9])) == "flat"
    assert exponent(SIZES, [10, 10, 10, 10, 10, 1000]) > 1.5
    assert words(0.985) == "power 0.98"


def test_what_is_above_its_bound_is_named() -> None:
    """A ratio, calls of a quiet tick, and growth beyond a line."""
    calls = {"x": ("DynamoDB Query",) * 4, "y": ("Poe /balance", *("SNS Publish",) * 6)}
    steep = msgspec.structs.replace(CURVE, milliseconds=(1.0, 100.0, 10_000.0))
    found = Measured(figures=(scanned(1.5), scanned(1.6, "more")), calls=calls, curves=(CURVE, steep))
    assert [said.split(":")[0] for said in found.broken()] == [
        "more",
        "a quiet tick with x",
        "a tick over bots grows faster than a line",
    ]


def test_a_measurement_of_some_parts_keeps_the_others_of_the_one_before(tmp_path: Path) -> None:
    """What is kept is read again; no file is nothing measured."""
    file = tmp_path / "measured.json"
    assert kept(file) == Measured()
    older = Measured(date="2026-11-23", figures=(scanned(1.0), scanned(1.0, "cold")), curves=(CURVE,))
    keep(Measured(date="2026-11-24", figures=(scanned(1.1),)).over(older), file)
    both = kept(file)
    assert (both.date, both.figures) == ("2026-11-24", (scanned(1.1), scanned(1.0, "cold")))
    assert both.curves == older.curves


def test_a_new_measurement_is_set_beside_the_one_before_in_80_columns() -> None:
    """The tables of the README, with the ratio before in place of the spread."""
    known = kept()
    said = "\n".join(map(str, sheets(known, Measured(figures=(scanned(1.25, known.figures[0].name),)))))
    assert max(map(len, said.splitlines())) <= WIDTH
    assert "| Before | " in said
    assert "| 1.25   | " in said
    made = Measured(figures=(scanned(1.1),), imports=(Import("urllib3", 29, 18.5),), curves=(CURVE,))
    cells = [sheet.rows[0] for sheet in sheets(made, made)]
    assert cells == [
        ["a scan", "1.10 ms", "1.00 ms", "1.10", "1.10 to 1.10", "1.50"],
        ["bots", "1 to 100", "10 to 110", "power 0.96", "3 to 3"],
        ["urllib3", "29", "18.5"],
    ]


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that there are."""
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "run"])
    assert "calls" in capsys.readouterr().err


@pytest.mark.parametrize("config", [TEMPLATE_CONFIG, example_config()], ids=["template", "example"])
def test_a_settled_deployment_is_quiet_and_stays_as_it_is(config: str) -> None:
    """Tick after tick asks for the same, and for no more than is promised."""
    with quiet(config) as address:
        done = ticked(address, datetime.now(UTC), 2)
        calls = [str(call) for call in calls_of(address)]
    assert done.answer["complete"]
    assert calls[: len(calls) // 2] == calls[len(calls) // 2 :]
    assert not list(Measured(calls={"it": tuple(calls[: len(calls) // 2])}).broken())


def test_a_function_is_invoked_by_lambdas_own_client(tmp_path: Path) -> None:
    """From the start of its process to its answer; one that fails is named."""
    (tmp_path / "made.py").write_text(
        "def well(event, context):\n    return 1\n\n\ndef ill(event, context):\n    raise KeyError\n"
    )
    environ = {"PYTHONPATH": str(tmp_path)}
    wall, cpu = invoked(Handler("made.well", environ))
    assert cpu > 0
    assert wall > 0
    with pytest.raises(RuntimeError, match=r"made\.ill failed"):
        invoked(Handler("made.ill", environ))

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from lab.bench import tables
from lab.bench.__main__ import KEPT, PARTS, main, sheets
from lab.bench.chart import chart
from lab.bench.figures import Figure, figure
from lab.bench.imports import Import
from lab.bench.machine import Machine, cpu_model, this_machine
from lab.bench.measured import APART, BROKEN, NEW, WELL, Measured, broken, read, verdict, written
from lab.bench.readme import section
from lab.bench.shape import Curve

MACHINE = Machine("A processor", 2, "3.13.0")
CURVE = Curve(name="bots", sizes=(1, 10, 100), milliseconds=(10.0, 20.0, 110.0), calls=(3, 3, 3))


def scanned(*ratios: float, bound: float | None = 1.5, name: str = "a walk") -> Figure:
    """Give a figure of so many repetitions."""
    return figure("walk", name, "ms", (ratios, [1.0] * len(ratios)), bound)


def measured(*figures: Figure) -> Measured:
    """Give a measurement of these figures, with some of everything else."""
    return Measured(
        machine=MACHINE,
        date="2026-11-23",
        figures=figures,
        calls={"the example": ("DynamoDB GetItem", "Poe /usage")},
        imports=(Import("urllib3", 29, 18.5, 71.4),),
        curves=(CURVE,),
    )


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ((1.1, 1.2, 1.3), WELL),
        ((1.29, 1.35, 1.4), WELL),
        ((1.31, 1.35, 1.4), APART),
        ((1.0, 1.0, 1.05), APART),
        ((1.1, 1.6, 1.7), BROKEN),
    ],
)
def test_a_ratio_is_set_beside_its_bound_and_the_spread_before(now: tuple[float, ...], said: str) -> None:
    """Before it was 1.1 to 1.3."""
    assert verdict(scanned(*now), measured(scanned(1.1, 1.2, 1.3))) == said


def test_a_figure_that_is_new_says_so() -> None:
    """Whether there was another measurement before, or none at all."""
    assert verdict(scanned(1.0), None) == NEW
    assert verdict(scanned(1.0), measured(scanned(1.0, name="another"))) == NEW


def test_the_broken_figures_are_those_above_their_bounds() -> None:
    """And none other."""
    assert broken([scanned(1.5), above := scanned(1.6), scanned(9.0, bound=None)]) == [above]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """All of it; and no file is nothing measured."""
    file, kept = tmp_path / "measured.json", measured(scanned(1.0))
    assert read(file) is None
    file.write_text(written(kept), encoding="utf-8")
    assert read(file) == kept


def test_a_measurement_of_some_parts_keeps_the_others_of_the_one_before() -> None:
    """And replaces its own parts whole."""
    cold = figure("cold", "a cold tick", "ms", ([1.0], [1.0]))
    older = measured(cold, scanned(1.0), scanned(2.0, name="gone"))
    newer = Measured(machine=MACHINE, date="2026-11-24", figures=(scanned(1.1),))
    both = newer.over(older)
    assert both.figures == (cold, scanned(1.1))
    assert (both.date, both.curves, both.calls) == ("2026-11-24", older.curves, older.calls)
    assert newer.over(None) == newer


def test_tables_show_every_figure_with_its_ratio_spread_bound_and_verdict() -> None:
    """As they are printed, the machine in the title."""
    kept = measured(scanned(1.1, 1.2, 1.3))
    drawn = tables.figures(kept.figures, kept, str(MACHINE))
    assert drawn.title == "On A processor, 2 cores, Python 3.13.0"
    assert drawn.rows == [["a walk", "1.20 ms", "1 ms", "1.20", "1.10 to 1.30", "1.50", WELL]]
    assert [sheet.title for sheet in sheets(kept, kept)] == [
        "Imports of a cold start",
        "Calls of a quiet tick",
        "Growth of a tick",
        drawn.title,
    ]


def test_the_section_of_the_readme_names_the_machine_and_holds_all_tables() -> None:
    """In Markdown, ready to be put there."""
    said = section(measured(scanned(1.1, 1.2, 1.3)))
    assert "2026-11-23 (A processor, 2 cores, Python 3.13.0)" in said
    assert "| a walk | 1.20 ms | 1 ms | 1.20 | 1.10 to 1.30 | 1.50 |" in said
    assert "| bots | 1 | 100 | 10 to 110 | grows with the power 0.96 | 3 to 3 | flat |" in said
    assert "| the example | 2 | Poe /usage |" in said
    assert "| urllib3 | 29 | 18.5 | 71.4 |" in said


def test_the_chart_is_a_drawing_with_a_mark_for_each_measurement() -> None:
    """A panel for each curve, named by what grows."""
    curves = [msgspec.structs.replace(CURVE, name=f"bots{number}") for number in range(4)]
    drawn = ET.fromstring(chart(curves))  # noqa: S314 - our own drawing
    groups = [one for one in drawn.iter() if "mark-symbol role-mark" in one.get("class", "")]
    assert [len(list(group)) for group in groups] == [3] * 4
    assert [one.text for one in drawn.iter() if one.text and "ms over bots" in one.text] == [
        f"ms over bots{number}: grows with the power 0.96" for number in range(4)
    ]


def test_the_processor_is_named_as_linux_names_it() -> None:
    """By the machine's kind elsewhere."""
    assert cpu_model("vendor_id : X\nmodel name\t: Fast One\nmodel name\t: Fast One\n") == "Fast One"
    assert cpu_model("") == ""
    assert this_machine().cores > 0


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that there are."""
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "walk,run"])
    assert "there is no part 'run': calls, cold, growth" in capsys.readouterr().err


def test_the_kept_measurement_has_every_part() -> None:
    """It is what the README shows."""
    kept = read(KEPT)
    assert kept is not None
    assert {figure.part for figure in kept.figures} | {"imports"} == set(PARTS)
    assert kept.imports

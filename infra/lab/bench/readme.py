"""The README's section on what a tick costs, made of what was measured."""

from lab.bench import tables
from lab.bench.measured import Measured
from lab.evaluation.tables import Sheet

_HEADS = ("Figure", "Ours", "Other", "Ratio", "Spread", "Bound")


def section(measured: Measured) -> str:
    """Write the section in Markdown: a table of the ratios, of the growth, and of the calls."""
    ratios = [tables.ratio(one) for one in measured.figures if one.part not in ("growth", "calls")]
    sheets = (
        Sheet("Each ratio is of two things measured in turns, in one run", _HEADS, ratios),
        tables.growth(measured.curves),
        tables.calls(measured.calls),
        tables.imports(measured.imports),
    )
    on = (
        f"Measured on {measured.date} ({measured.machine}) by `make -C infra bench`, which compares a new run"
    )
    drawn = "![What a tick costs as things grow](infra/pictures/growth.svg)"
    parts = [
        f"{on} with `infra/measured.json`.",
        *(sheet.markdown() for sheet in sheets if sheet.rows),
        drawn,
    ]
    return "\n\n".join(parts) + "\n"

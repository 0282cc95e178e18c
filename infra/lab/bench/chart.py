"""The curves of growth as a drawing for the README: CPU time of a tick over each thing that grows."""

from collections.abc import Iterator, Sequence

from lab.bench.measured import Curve, exponent, words
from poe_budget.backtest.page import svg
from poe_budget.backtest.page.axes import round_step, short

WIDTH, HEIGHT = 960, 560
COLUMNS = 2
LEFT, RIGHT, TOP, BOTTOM = 60, 30, 44, 40
HEADROOM = 1.15
_STYLE = """<style>
text{font:13px sans-serif;fill:#57606a}.title{font-weight:600;fill:#24292f}.level{text-anchor:end}
.size{text-anchor:middle}.grid{stroke:#d0d7de}.curve{fill:none;stroke:#0969da;stroke-width:2}
.mark{fill:#0969da}.ground{fill:#fff}
</style>"""
_DOT = "M-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0"


def chart(curves: Sequence[Curve]) -> str:
    """Draw a panel for each curve, as a whole SVG file."""
    rows = -(-len(curves) // COLUMNS)
    panels = (part for place, curve in enumerate(curves) for part in _panel(curve, place, rows))
    said = "CPU time of a tick, in milliseconds, over " + ", ".join(curve.name for curve in curves)
    ground = svg.rectangle((0, 0), WIDTH, HEIGHT, "ground")
    drawn = svg.drawing(WIDTH, HEIGHT, said, "".join([_STYLE, ground, *panels]))
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def _panel(curve: Curve, place: int, rows: int) -> Iterator[str]:
    width, height = WIDTH / COLUMNS, HEIGHT / rows
    across, down = place % COLUMNS * width, place // COLUMNS * height
    left, ground = across + LEFT, down + height - BOTTOM
    top = max(curve.milliseconds) * HEADROOM

    def at(size: float, cost: float) -> svg.Place:
        share = size / curve.sizes[-1]
        return left + share * (width - LEFT - RIGHT), ground - cost / top * (height - TOP - BOTTOM)

    shape = words(exponent(curve.sizes, curve.milliseconds))
    yield svg.text((left, down + 20), f"ms over {curve.name}: {shape}", "title")
    for level in range(0, int(top) + 1, round_step(max(int(top), 1))):
        yield svg.line(at(0, level), at(curve.sizes[-1], level), "grid")
        yield svg.text((left - 8, at(0, level)[1] + 4), short(level), "level")
    for size in (0, curve.sizes[-1] // 2, curve.sizes[-1]):
        yield svg.text((at(size, 0)[0], ground + 18), f"{size:,}", "size")
    measured = list(zip(curve.sizes, curve.milliseconds, strict=True))
    yield svg.polyline((at(*one) for one in measured), "curve")
    yield from (svg.mark(at(*one), _DOT, "dot", f"{one[0]:,}: {one[1]:.1f} ms") for one in measured)

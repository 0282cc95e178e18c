"""The curves of growth as a drawing for the README: CPU time of a tick over each thing that grows."""

from collections.abc import Sequence

import vl_convert

from lab.bench.measured import Curve, exponent, words
from lab.charts.__main__ import written


def chart(curves: Sequence[Curve]) -> str:
    """Draw a panel for each curve, as a whole SVG file."""
    measured = [
        {
            "curve": f"ms over {curve.name}: {words(exponent(curve.sizes, curve.milliseconds))}",
            "place": place,
            "size": size,
            "milliseconds": milliseconds,
        }
        for place, curve in enumerate(curves)
        for size, milliseconds in zip(curve.sizes, curve.milliseconds, strict=True)
    ]
    drawn: str = vl_convert.vegalite_to_svg(written("growth") | {"datasets": {"measured": measured}})
    return drawn + "\n"

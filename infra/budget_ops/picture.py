"""The picture of an alert in the README: a Slack message of the demo, drawn as SVG.

`python -m budget_ops.picture` makes it anew; a test compares the two.
"""

from collections.abc import Iterable, Iterator
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.panel import Panel
from rich.segment import Segment
from rich.style import Style

from budget_ops.demo_replay import replay
from budget_ops.ticking import quiet

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "infra" / "pictures" / "alert.svg"
SHOWN = "of “Everything” is used"

_WIDEST = 120
_EDGE, _ACROSS, _DOWN = 16, 8.4, 20
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height}"
 viewBox="0 0 {width:g} {height}" role="img" aria-label="{label}">
<style>
text {{ font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #e6edf3; }}
.bold {{ font-weight: bold; }}
.italic {{ font-style: italic; }}
.underline {{ text-decoration: underline; }}
.dim {{ fill: #8d96a0; }}
.cyan {{ fill: #56d4dd; }}
</style>
<rect x="1" y="1" width="{inner:g}" height="{under}" rx="8" fill="#0d1117" stroke="#bc8cff"/>
{text}
</svg>
"""


class Album(Console):
    """A console of a fixed width that keeps what is printed, and the frames among it as they are."""

    def __init__(self) -> None:
        super().__init__(width=_WIDEST, file=StringIO(), force_terminal=False, record=True, highlight=False)
        self.panels: list[Panel] = []

    def print(self, *objects: Any, **how: Any) -> None:  # noqa: ANN401 -- as in rich
        """Print, and keep every frame."""
        self.panels += [one for one in objects if isinstance(one, Panel)]
        super().print(*objects, **how)


def first_day() -> Album:
    """Run the first simulated day of the demo and return what it showed."""
    album = Album()
    replay(album, (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8"), 1)
    return album


def picture(panels: Iterable[Panel]) -> str:
    """Return, as SVG, the first of the Slack messages that tells about the budget "Everything"."""
    every = (_drawn(panel) for panel in panels if panel.title == "Slack")
    return _svg(next(lines for lines in every if SHOWN in _words(lines[0])))


def _drawn(panel: Panel) -> list[list[Segment]]:
    console = Console(width=(panel.width or _WIDEST) - 4, file=StringIO())
    return console.render_lines(panel.renderable, pad=False)


def _svg(lines: list[list[Segment]]) -> str:
    columns = max(cell_len(_words(line)) for line in lines)
    width, height = columns * _ACROSS + 2 * _EDGE, len(lines) * _DOWN + 2 * _EDGE
    text = (one for row, line in enumerate(lines) for one in _row(row, line))
    return _FRAME.format(
        width=width,
        height=height,
        inner=width - 2,
        under=height - 2,
        label=escape(_words(lines[0])),
        text="\n".join(text),
    )


def _row(row: int, line: list[Segment]) -> Iterator[str]:
    column, y = 0, _EDGE + row * _DOWN + 15
    for text, style, _ in line:
        words = text.strip()
        if words:
            x = _EDGE + (column + len(text) - len(text.lstrip())) * _ACROSS
            # Every reader has another font: the lengths keep the columns where they are.
            length = f'textLength="{cell_len(words) * _ACROSS:g}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text x="{x:g}" y="{y}" {length}{_class(style)}>{escape(words)}</text>'
        column += cell_len(text)


def _class(style: Style | None) -> str:
    if style is None:
        return ""
    names = [name for name in ("bold", "italic", "underline", "dim") if getattr(style, name)]
    names += [style.color.name] if style.color else []
    return f' class="{" ".join(names)}"' if names else ""


def _words(line: list[Segment]) -> str:
    return "".join(segment.text for segment in line)


if __name__ == "__main__":
    quiet()
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(first_day().panels), encoding="utf-8")

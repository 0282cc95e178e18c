"""Shapes of a drawing in SVG, as text; whatever words they carry is escaped here."""

from collections.abc import Iterable
from html import escape

Place = tuple[float, float]


def line(start: Place, end: Place, kind: str) -> str:
    """Draw a straight line."""
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def polyline(places: Iterable[Place], kind: str) -> str:
    """Draw lines from place to place."""
    return f'<polyline class="{kind}" points="{_joined(places)}"/>'


def polygon(places: Iterable[Place], kind: str) -> str:
    """Fill what places enclose."""
    return f'<polygon class="{kind}" points="{_joined(places)}"/>'


def rectangle(place: Place, width: float, height: float, kind: str, words: str = "") -> str:
    """Fill a rectangle, given its upper left corner; `words` show when a pointer rests on it."""
    x, y = place
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}>{_title(words)}</rect>'


def text(place: Place, words: str, kind: str) -> str:
    """Write words."""
    x, y = place
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def mark(place: Place, shape: str, kind: str, words: str) -> str:
    """Set a mark, whose shape is a path around (0, 0); `words` show when a pointer rests on it."""
    x, y = place
    return (
        f'<path class="mark {kind}" d="{shape}" transform="translate({x:.1f} {y:.1f})">{_title(words)}</path>'
    )


def drawing(width: int, height: int, words: str, inside: str) -> str:
    """Put a drawing together; `words` say what it shows to those who cannot see it."""
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(words)}">{inside}</svg>'


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""


def _joined(places: Iterable[Place]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

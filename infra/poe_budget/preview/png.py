"""PNG files: made small by a palette, and marked with a text that says what they show.

The format: https://www.w3.org/TR/png-3/.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator

KEYWORD = b"html-sha256"
MOST_COLOURS = 256

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOUR = {2: 3, 6: 4}
"""Bytes of a pixel by type of colour: with and without transparency, eight bits each."""
_LEFT, _ABOVE, _AVERAGE, _PAETH = 1, 2, 3, 4

Colour = bytes


def marked(png: bytes, mark: str) -> bytes:
    """Put a mark of ASCII into a PNG."""
    head, *rest = _chunks(png)
    return _png([head, (b"tEXt", KEYWORD + b"\0" + mark.encode("ascii")), *rest])


def mark_in(png: bytes) -> str | None:
    """Read the mark of a PNG; None where it has none."""
    texts = (data.partition(b"\0") for name, data in _chunks(png) if name == b"tEXt")
    return next((text.decode("ascii") for keyword, _, text in texts if keyword == KEYWORD), None)


def small(png: bytes) -> bytes:
    """Give a picture in true colours again with at most 256, and opaque.

    Colours beyond the most frequent ones become the nearest of these. A PNG that is interlaced or not in
    true colours of eight bits is given back as it is.
    """
    chunks = list(_chunks(png))
    size, kind = chunks[0][1][:8], tuple(chunks[0][1][8:])
    if kind not in {(8, colours, 0, 0, 0) for colours in _TRUE_COLOUR}:
        return png
    data = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    rows = list(_rows(data, int.from_bytes(size[:4], "big"), _TRUE_COLOUR[kind[1]]))
    return _paletted(size, rows)


def _paletted(size: bytes, rows: list[list[Colour]]) -> bytes:
    used = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in used.most_common(MOST_COLOURS)]
    places = {colour: place for place, colour in enumerate(palette)}
    places |= {colour: _nearest(palette, colour) for colour in used if colour not in places}
    data = b"".join(b"\0" + bytes(map(places.__getitem__, row)) for row in rows)
    return _png(
        [
            (b"IHDR", size + bytes((8, 3, 0, 0, 0))),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(data, 9)),
            (b"IEND", b""),
        ]
    )


def _nearest(palette: list[Colour], colour: Colour) -> int:
    def distance(place: int) -> int:
        return sum((one - other) ** 2 for one, other in zip(palette[place], colour, strict=True))

    return min(range(len(palette)), key=distance)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        end = at + 8 + int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at + 8 : end]
        at = end + 4


def _png(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    return _SIGNATURE + b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
        for name, data in chunks
    )


def _rows(data: bytes, width: int, depth: int) -> Iterator[list[Colour]]:
    stride = width * depth
    above = bytes(stride)
    for at in range(0, len(data), stride + 1):
        row = _unfiltered(data[at], bytearray(data[at + 1 : at + 1 + stride]), above, depth)
        yield [bytes(row[pixel : pixel + 3]) for pixel in range(0, stride, depth)]
        above = bytes(row)


def _unfiltered(kind: int, row: bytearray, above: bytes, depth: int) -> bytearray:
    for at in range(len(row) if kind else 0):
        left, corner = (row[at - depth], above[at - depth]) if at >= depth else (0, 0)
        row[at] = (row[at] + _predicted(kind, left, above[at], corner)) % 256
    return row


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == _PAETH:
        estimate = left + above - corner
        return min(left, above, corner, key=lambda near: abs(estimate - near))
    return {_LEFT: left, _ABOVE: above, _AVERAGE: (left + above) // 2}[kind]

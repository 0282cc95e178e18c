import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poe_budget.preview.png import MOST_COLOURS, mark_in, marked, small
from tests.support.pixels import RGBA, png

RED, GREEN, BLUE = b"\xff\x00\x00", b"\x00\xff\x00", b"\x10\x20\x30"


def colours(picture: bytes) -> list[bytes]:
    """Return the pixels of a PNG that `small` made, row after row."""
    chunks, at = {}, 8
    while at < len(picture):
        end = at + 8 + int.from_bytes(picture[at : at + 4], "big")
        assert picture[end : end + 4] == zlib.crc32(picture[at + 4 : end]).to_bytes(4, "big")
        chunks[picture[at + 4 : at + 8]] = picture[at + 8 : end]
        at = end + 4
    width = int.from_bytes(chunks[b"IHDR"][:4], "big")
    assert chunks[b"IHDR"][8:] == bytes((8, 3, 0, 0, 0))
    data, palette = zlib.decompress(chunks[b"IDAT"]), chunks[b"PLTE"]
    rows = [data[start : start + width + 1] for start in range(0, len(data), width + 1)]
    assert all(row[0] == 0 for row in rows)
    return [palette[3 * place : 3 * place + 3] for row in rows for place in row[1:]]


def filtered(kind: int, row: bytes, above: bytes, depth: int) -> bytes:
    """Return a row as the filter of the PNG standard stores it."""
    stored = bytearray([kind])
    for at, value in enumerate(row):
        left = row[at - depth] if at >= depth else 0
        corner = above[at - depth] if at >= depth else 0
        up = above[at]
        guess = left + up - corner
        nearest = sorted((abs(guess - near), order, near) for order, near in enumerate((left, up, corner)))
        predicted = [0, left, up, (left + up) // 2, nearest[0][2]][kind]
        stored.append((value - predicted) % 256)
    return bytes(stored)


@given(st.lists(st.tuples(st.integers(0, 4), st.binary(min_size=12, max_size=12)), min_size=1, max_size=5))
def test_every_filter_is_undone(rows: list[tuple[int, bytes]]) -> None:
    """A picture of few colours keeps every pixel, whichever filters its rows were stored with."""
    above, stored = bytes(12), []
    for kind, row in rows:
        stored.append(filtered(kind, row, above, 3))
        above = row
    pixels = [row[at : at + 3] for _, row in rows for at in range(0, 12, 3)]
    assert colours(small(png(stored, 4))) == pixels


def test_transparency_is_left_out() -> None:
    """Of four bytes of a pixel the first three are kept."""
    assert colours(small(png([b"\0" + RED + b"\xff" + BLUE + b"\x80"], 2, RGBA))) == [RED, BLUE]


def test_rare_colours_become_the_nearest_frequent_one() -> None:
    """Beyond the 256 most frequent colours, a pixel takes the nearest of these."""
    frequent = [bytes((shade, 0, 0)) for shade in range(MOST_COLOURS)]
    rare = b"\x64\x01\x00"
    picture = small(png([b"\0" + b"".join([*frequent * 2, rare])], 2 * MOST_COLOURS + 1))
    assert colours(picture)[-1] == b"\x64\x00\x00"
    assert colours(picture)[:MOST_COLOURS] == frequent


@pytest.mark.parametrize("picture", [png([b"\0" + RED], 1, interlaced=1), png([b"\0\x01"], 1, kind=0)])
def test_other_kinds_are_given_back(picture: bytes) -> None:
    """An interlaced picture, or one in grey, stays as it is."""
    assert small(picture) == picture


def test_a_mark_is_read_again() -> None:
    """A mark put into a picture is found in it, and in no other."""
    picture = png([b"\0" + GREEN], 1)
    assert mark_in(picture) is None
    assert mark_in(marked(picture, "0f1e")) == "0f1e"
    assert mark_in(marked(small(picture), "0f1e")) == "0f1e"


def test_a_mark_stands_before_the_picture() -> None:
    """The first chunk of a PNG has to be its header: the mark is the second."""
    picture = marked(png([b"\0" + GREEN], 1), "0f1e")
    assert [picture.index(name) for name in (b"IHDR", b"tEXt", b"IDAT")] == sorted(
        picture.index(name) for name in (b"IHDR", b"tEXt", b"IDAT")
    )

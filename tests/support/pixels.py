"""PNG files of a few pixels."""

import zlib

RGB, RGBA = 2, 6


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png(rows: list[bytes], width: int, kind: int = RGB, interlaced: int = 0) -> bytes:
    """Return a PNG of rows that begin with their filter, its data in two chunks."""
    size = width.to_bytes(4, "big") + len(rows).to_bytes(4, "big")
    data = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            chunk(b"IHDR", size + bytes((8, kind, 0, 0, interlaced))),
            chunk(b"IDAT", data[:5]),
            chunk(b"IDAT", data[5:]),
            chunk(b"IEND", b""),
        )
    )

"""Tables that a terminal of 80 columns holds, and the README's Markdown alike."""

from collections.abc import Iterable, Sequence

import msgspec

NOTHING = "-"
WIDTH = 80


class Sheet(msgspec.Struct, frozen=True):
    """A table of words: a title, the heads of its columns, and its rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """Write it in Markdown, its columns aligned, the title as a line above."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        aligned = (
            " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
        )
        return "\n".join([f"{self.title}:", "", *(f"| {line} |" for line in aligned)])


def show(parts: Iterable[object]) -> None:
    """Print tables and sentences, a blank line between them."""
    for part in parts:
        print(part, end="\n\n")  # noqa: T201 - what the commands are for

"""Lines that must not take more room than a channel has."""

from collections.abc import Callable, Iterable, Iterator


def bounded(lines: Iterable[str], room: int, size: Callable[[str], int], cut: str) -> Iterator[str]:
    """Give lines as long as they fit into `room`, each with its line break; then `cut`, if any is left out.

    `size` measures a text in what `room` counts.
    """
    room -= size(cut) + 1
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            yield cut
            return
        yield line

"""The time a tick has left, and how much of it the scan may use."""

from collections.abc import Callable

MOST_RESERVED_SECONDS = 20.0


class Deadline:
    """Counts down to the end of the function.

    `remaining` gives the seconds left. A third of the time, at most 20 seconds, is kept for what comes
    after the scan: recording, evaluating and sending.
    """

    def __init__(self, remaining: Callable[[], float]) -> None:
        self._remaining = remaining
        self.reserved = min(MOST_RESERVED_SECONDS, remaining() / 3)

    def within(self, seconds: float) -> "Deadline":
        """Give that of who may take so many of the seconds left."""
        over = max(self.left() - seconds, 0)
        return Deadline(lambda: self.left() - over)

    def left(self) -> float:
        """Give the seconds until the function is stopped."""
        return self._remaining()

    def spare(self) -> float:
        """Give the seconds that the scan may still use; negative when it has used more."""
        return self._remaining() - self.reserved

    def may_read(self) -> bool:
        """Tell whether the scan may begin another page."""
        return self.spare() > 0

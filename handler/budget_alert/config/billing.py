"""Windows that follow Poe's own grants of points."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

import msgspec

from budget_alert.config.periods import Window


class Billing(msgspec.Struct, frozen=True, tag="billing"):
    """From one grant of points to the next; which windows these are, only Poe can tell."""

    words: ClassVar[str] = "billing cycle"


class Cycle(msgspec.Struct, frozen=True):
    """When points are granted: each midnight UTC, or monthly on an anchor, the instant of one such grant.

    `anchor` None means daily. `start` is when the present cycle began, where Poe says so.
    """

    anchor: datetime | None = None
    start: datetime | None = None

    def windows(self, start: datetime, end: datetime) -> Iterator[Window]:
        """Give, oldest first, every window that overlaps [start, end]; the last one holds `end`.

        Edges are moved to the start of the quarter hour they lie in, for usage is summed by those.
        """
        raise NotImplementedError

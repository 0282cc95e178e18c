"""Period + time zone + instant -> window."""

from datetime import datetime

import msgspec


class Window(msgspec.Struct, frozen=True, order=True):
    """A half-open span of time, `start` <= t < `end`; both timezone-aware, in UTC."""

    start: datetime
    end: datetime

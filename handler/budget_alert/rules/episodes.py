"""A trouble as it was known + how it is found now -> what is to be told of it, without flapping.

The first end is told at once. What begins again soon afterwards comes and goes: that is said, and its end
only once all was well for a while without a break. With each time that it comes back the while is doubled, up
to a day, so that even what comes and goes for weeks gives a handful of messages.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

import msgspec

from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.rules.notified import Episode

MOST_SAID = 8
"""So many texts of one trouble are remembered."""


class News(Enum):
    """What is to be told of a trouble."""

    NOTHING = auto()
    BEGUN = auto()
    AGAIN = auto()
    """It comes and goes."""
    OVER = auto()


def calm(known: Episode, shortest: timedelta) -> timedelta:
    """Tell for how long a trouble has to be away, so that its coming back is no coming and going."""
    doubled = shortest * int(2 ** min(max(known.returns - 1, 0), MOST_SAID))
    return min(doubled, max(DAY, shortest))


def troubled(
    known: Episode | None, advice: str, now: datetime, shortest: timedelta, *, anew: bool
) -> tuple[Episode, News]:
    """Take in that a trouble is there; where `anew`, other words of it are told, too."""
    if known is None or (known.over and now - known.told_last >= max(DAY, shortest)):
        return Episode(now, advice, told_at=now, said=(identity(advice),)), News.BEGUN
    if known.over:
        flickers = now - known.told_last < calm(known, shortest)
        return _told(known, advice, now, flickers=flickers), News.AGAIN if flickers else News.BEGUN
    known = msgspec.structs.replace(known, well_since=None)
    if not anew or known.text == advice:
        return known, News.NOTHING
    if identity(advice) not in known.said:
        return _told(known, advice, now, flickers=known.flickers, returns=0), News.BEGUN
    if now - known.told_last < calm(known, shortest):
        return known, News.NOTHING
    return _told(known, advice, now, flickers=known.flickers), News.BEGUN


def well(known: Episode | None, now: datetime, shortest: timedelta) -> tuple[Episode | None, News]:
    """Take in that all is well; what was over for long is forgotten."""
    if known is None:
        return None, News.NOTHING
    if known.over:
        return None if now - known.told_last >= max(DAY, shortest) else known, News.NOTHING
    since = known.well_since or now
    over = not known.flickers or now - since >= calm(known, shortest)
    if over:
        return msgspec.structs.replace(known, well_since=since, told_at=now, over=True), News.OVER
    return msgspec.structs.replace(known, well_since=since), News.NOTHING


def _told(known: Episode, advice: str, now: datetime, *, flickers: bool, returns: int = 1) -> Episode:
    said = dict.fromkeys((*known.said, identity(advice)))
    return Episode(
        since=now,
        text=advice,
        told_at=now,
        flickers=flickers,
        returns=known.returns + returns,
        said=tuple(said)[-MOST_SAID:],
    )

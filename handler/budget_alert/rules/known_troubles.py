"""The troubles that were sent, and when the begin and the end of each are sent.

The first end is sent at once. What begins again soon afterwards comes and goes: that is said, and its end
only once all was well for a while without a break. With each time that it comes back the while is doubled, up
to a day, so that even what comes and goes for weeks gives a handful of messages.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import HealthAlert, Severity
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.messages.wording import counted
from budget_alert.rules.troubles import PATIENCE_TICKS, Found, Trouble

HOUR = timedelta(hours=1)
MOST_SAID = 8
"""So many texts of one trouble are remembered."""


class KnownTrouble(msgspec.Struct, frozen=True, rename={"sent_at": "told_at"}):
    """A trouble that was sent: since when it is there, and in which words.

    `sent_at` is when something of it was sent last, its end too; `over` says that the end was sent, which is
    remembered for a day. Where it `flickers`, the end is sent only once all was well from `well_since` on
    without a break. `returns` counts how often it came back, `said` names the texts that were sent.
    """

    since: datetime
    text: str
    sent_at: datetime | None = None
    well_since: datetime | None = None
    over: bool = False
    flickers: bool = False
    returns: int = 0
    said: tuple[str, ...] = ()

    @property
    def sent_last(self) -> datetime:
        """When something of it was sent last."""
        return self.sent_at or self.since

    def calm(self, shortest: timedelta) -> timedelta:
        """Tell for how long it has to be away, so that its coming back is no coming and going."""
        doubled = shortest * int(2 ** min(max(self.returns - 1, 0), MOST_SAID))
        return min(doubled, max(DAY, shortest))

    def again(self, advice: str, now: datetime, *, flickers: bool, returns: int = 1) -> "KnownTrouble":
        """Take note that it is sent once more."""
        said = dict.fromkeys((*self.said, identity(advice)))
        return KnownTrouble(
            since=now,
            text=advice,
            sent_at=now,
            flickers=flickers,
            returns=self.returns + returns,
            said=tuple(said)[-MOST_SAID:],
        )


def compared(
    known: Mapping[str, KnownTrouble],
    found: Iterable[Found],
    zone: str,
    now: datetime,
    interval: timedelta = timedelta(0),
) -> tuple[tuple[HealthAlert, ...], dict[str, KnownTrouble]]:
    """Give the alerts of what has begun and what has ended, and the troubles to remember, by their names.

    A trouble of which nothing was found goes on as it was. What comes back within an hour, or within three
    intervals where these are longer, comes and goes.
    """
    shortest = max(HOUR, PATIENCE_TICKS * interval)
    kept = dict(known)
    alerts: list[HealthAlert] = []
    for one in found:
        now_known, text = _taken_in(kept.pop(one.trouble.rule, None), one, now, shortest)
        if now_known:
            kept[one.trouble.rule] = now_known
        if text:
            alerts.append(_alert(one, text, zone, now))
    return tuple(alerts), kept


def _taken_in(
    known: KnownTrouble | None, found: Found, now: datetime, shortest: timedelta
) -> tuple[KnownTrouble | None, str]:
    """Give what is known of a trouble from now on, and what is to be sent of it, "" for nothing."""
    if not found.advice:
        return _well(known, found.trouble, now, shortest) if known else (None, "")
    if known is None or (known.over and now - known.sent_last >= max(DAY, shortest)):
        said = (identity(found.advice),)
        return KnownTrouble(now, found.advice, sent_at=now, said=said), found.trouble.begins
    if known.over:
        flickers = now - known.sent_last < known.calm(shortest)
        back = known.again(found.advice, now, flickers=flickers)
        begins = found.trouble.begins
        return back, _again(begins, back.calm(shortest)) if flickers else begins
    return _going_on(msgspec.structs.replace(known, well_since=None), found, now, shortest)


def _going_on(
    known: KnownTrouble, found: Found, now: datetime, shortest: timedelta
) -> tuple[KnownTrouble, str]:
    """Send other advice, where that is news: what was never said at once, else after a while."""
    if not found.trouble.anew or known.text == found.advice:
        return known, ""
    if identity(found.advice) not in known.said:
        return known.again(found.advice, now, flickers=known.flickers, returns=0), found.trouble.begins
    if now - known.sent_last < known.calm(shortest):
        return known, ""
    return known.again(found.advice, now, flickers=known.flickers), found.trouble.begins


def _well(
    known: KnownTrouble, trouble: Trouble, now: datetime, shortest: timedelta
) -> tuple[KnownTrouble | None, str]:
    """Take in that all is well; what was over for long is forgotten."""
    if known.over:
        return None if now - known.sent_last >= max(DAY, shortest) else known, ""
    since = known.well_since or now
    if known.flickers and now - since < known.calm(shortest):
        return msgspec.structs.replace(known, well_since=since), ""
    return msgspec.structs.replace(known, well_since=since, sent_at=now, over=True), trouble.ends


def _again(begins: str, calm: timedelta) -> str:
    minute = timedelta(minutes=1)
    while_well = counted(calm // minute, "minute") if calm % HOUR else counted(calm // HOUR, "hour")
    return f"Again: {begins}\nThis comes and goes. Its end is sent once all was well for {while_well}"


def _alert(found: Found, text: str, zone: str, now: datetime) -> HealthAlert:
    """Say that a trouble is there, or is over: then there is no advice."""
    trouble = found.trouble
    severity = Severity.CRITICAL if found.advice else Severity.INFO
    return HealthAlert(
        id=identity("health", trouble.rule, severity, now),
        rule=trouble.rule,
        severity=severity,
        zone=zone,
        counted_at=now,
        text=text,
        advice=found.advice,
        command=trouble.command if found.advice else "",
        leads=trouble.leads if found.advice else (),
        section=trouble.section if found.advice else "",
    )

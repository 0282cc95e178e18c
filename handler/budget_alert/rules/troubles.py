"""What keeps the function from counting or sending: the words for each, and when its begin and end are sent.

The first end is sent at once. What begins again soon afterwards comes and goes: that is said, and its end
only once all was well for a while without a break. With each time that it comes back the while is doubled, up
to a day, so that even what comes and goes for weeks gives a handful of messages.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum, auto

import msgspec

from budget_alert.alerts import HealthAlert, Lead, Severity
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.messages.wording import counted

HOUR = timedelta(hours=1)
PATIENCE_TICKS = 3
"""So many ticks in a row are waited for what may pass by itself."""
MOST_SAID = 8
"""So many texts of one trouble are remembered."""


class Whose(Enum):
    """Where the secret names several accounts: of whom a trouble is sent."""

    EACH = auto()
    """Of the account that has it."""
    ALL = auto()
    """Once, of all together, for it concerns every account alike."""
    BOTH = auto()
    """All together may have it, and each account of its own key and messages."""


ANEW = True
"""Other advice than before is sent as well."""

CHECK_FIRST = "See whether it is right before you put it there: `poe-budget check --secret secret.json`"
LOOK_AGAIN = "Let it be looked at again at once: `poe-budget tick {stack}`"
PUT_CONFIG = "Put it in force once it is corrected: `poe-budget push budgets.toml {stack}`"
READ_LOG = "Read what the last ticks say: `poe-budget logs {stack}`"
SEE_STATUS = "See how the accounts stand: `poe-budget status {stack}`"
SEND_TEST = "See whether a test arrives: `poe-budget test-alert {stack}`"


class Trouble(Enum):
    """Every trouble: how it begins and ends, whose it is, the command for it, where to go, whether `ANEW`."""

    SECRET = (
        "The secret cannot be used, so nothing is counted",
        "The secret can be used again",
        Whose.BOTH,
        CHECK_FIRST,
        (Lead.SECRET, Lead.KEYS),
    )
    KEY = (
        "Poe refuses the API key, so nothing is counted",
        "Poe accepts the API key again; what was spent meanwhile is being counted",
        Whose.EACH,
        LOOK_AGAIN,
        (Lead.KEYS, Lead.SECRET),
    )
    CONFIG = (
        "The config cannot be used; the last good one stays in force",
        "The config is in order again and in force",
        Whose.ALL,
        PUT_CONFIG,
        (Lead.CONFIG,),
        ANEW,
    )
    POE = (
        "Poe could not be reached three times in a row; what is spent meanwhile is counted later",
        "Poe can be reached again; what was spent meanwhile is being counted",
        Whose.ALL,
        READ_LOG,
        (Lead.LOG,),
    )
    ANSWERS = (
        "Poe's answers have changed; what can be read of them is counted",
        "Poe's answers can be read again",
        Whose.EACH,
        READ_LOG,
        (Lead.LOG,),
    )
    LIST = (
        "Poe's usage history is cut short or out of order; nothing that was counted is taken back",
        "Poe's usage history is in order again",
        Whose.EACH,
        READ_LOG,
        (Lead.LOG,),
    )
    BALANCE = (
        "Poe does not say what is left, so rules that go by it rest; all others go on",
        "Poe says again what is left",
        Whose.EACH,
        READ_LOG,
        (Lead.CONFIG, Lead.LOG),
    )
    LOST = (
        "Part of the usage is unknown for good",
        "From now on all usage is counted again",
        Whose.EACH,
        SEE_STATUS,
        (Lead.SUBSCRIPTIONS,),
    )
    WEBHOOK = (
        "Slack's address cannot be used, so nothing is sent there",
        "Slack's address can be used again",
        Whose.ALL,
        CHECK_FIRST,
        (Lead.SECRET, Lead.WEBHOOKS),
    )
    SPELLING = (
        "Something in the secret is not understood; what can be read of it is used",
        "All that stands in the secret is understood",
        Whose.ALL,
        CHECK_FIRST,
        (Lead.SECRET,),
        ANEW,
    )
    SLACK = (
        "Slack does not take the alerts; what it refuses is sent through SNS, if anybody listens there",
        "Slack takes alerts again",
        Whose.BOTH,
        SEND_TEST,
        (Lead.WEBHOOKS, Lead.SECRET),
    )
    CHANNEL = (
        "A channel that rules have in Slack does not take alerts; they are sent to the main one and SNS",
        "The channels that rules have in Slack take their alerts again",
        Whose.BOTH,
        SEND_TEST,
        (Lead.WEBHOOKS, Lead.SECRET),
    )
    NOTIFY = (
        "A channel that rules name is not in the secret; their alerts are sent to the main one",
        "Every channel that rules name is in the secret",
        Whose.ALL,
        CHECK_FIRST,
        (Lead.SECRET, Lead.CONFIG),
        ANEW,
    )
    SNS = (
        "SNS does not take the alerts; what it refuses is sent to Slack, if there is one",
        "SNS takes alerts again",
        Whose.BOTH,
        SEND_TEST,
        (Lead.SUBSCRIPTIONS,),
    )
    TOPIC = (
        "Nobody listens on the topic, so alerts and alarms reach nobody there",
        "Somebody listens on the topic again",
        Whose.ALL,
        SEND_TEST,
        (Lead.SUBSCRIPTIONS,),
    )
    ACCOUNTS = (
        "Not every account is monitored as it seems",
        "Every account is monitored as the secret and the config name it",
        Whose.ALL,
        SEE_STATUS,
        (Lead.SECRET, Lead.CONFIG),
        ANEW,
    )
    TWINS = (
        "Accounts that the secret names are one and the same",
        "Every account is another one",
        Whose.ALL,
        CHECK_FIRST,
        (Lead.SECRET,),
        ANEW,
    )
    BEHIND = (
        "Some accounts are not read any more",
        "Every account is read again",
        Whose.ALL,
        READ_LOG,
        (Lead.LOG,),
        ANEW,
    )
    QUEUE = (
        "Ticks come too late, and more than one interval's are passed over",
        "Ticks come in time again",
        Whose.ALL,
        READ_LOG,
        (Lead.LOG,),
    )

    def __init__(  # noqa: PLR0913, PLR0917 - a row of the table
        self,
        begins: str,
        ends: str,
        whose: Whose,
        command: str,
        leads: tuple[Lead, ...],
        anew: bool = not ANEW,  # noqa: FBT001 - as above
    ) -> None:
        self.begins = begins
        self.ends = ends
        self.whose = whose
        self.command = command
        self.leads = leads
        self.anew = anew

    @property
    def rule(self) -> str:
        """The trouble's name in alerts, and in what is remembered."""
        return self.name.lower()

    @property
    def heading(self) -> str:
        """The heading of the trouble in the runbook."""
        return re.split("[,;]", self.begins)[0]

    @property
    def section(self) -> str:
        """The anchor that GitHub gives to that heading."""
        return re.sub(r"[^\w -]", "", self.heading.lower()).replace(" ", "-")


class Found(msgspec.Struct, frozen=True):
    """A trouble as a tick found it: what to do about it, or "" where all is well."""

    trouble: Trouble
    advice: str = ""


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


class News(Enum):
    """What is to be sent of a trouble."""

    NOTHING = auto()
    BEGUN = auto()
    AGAIN = auto()
    """It comes and goes."""
    OVER = auto()


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
        now_known, news = _taken_in(kept.pop(one.trouble.rule, None), one, now, shortest)
        if now_known:
            kept[one.trouble.rule] = now_known
        if news is not News.NOTHING:
            text = _text(one.trouble, news, now_known.calm(shortest) if now_known else shortest)
            alerts.append(_alert(one, text, news, zone, now))
    return tuple(alerts), kept


def _taken_in(
    known: KnownTrouble | None, found: Found, now: datetime, shortest: timedelta
) -> tuple[KnownTrouble | None, News]:
    if not found.advice:
        return _well(known, now, shortest) if known else (None, News.NOTHING)
    if known is None or (known.over and now - known.sent_last >= max(DAY, shortest)):
        said = (identity(found.advice),)
        return KnownTrouble(now, found.advice, sent_at=now, said=said), News.BEGUN
    if known.over:
        flickers = now - known.sent_last < known.calm(shortest)
        return known.again(found.advice, now, flickers=flickers), News.AGAIN if flickers else News.BEGUN
    return _going_on(msgspec.structs.replace(known, well_since=None), found, now, shortest)


def _going_on(
    known: KnownTrouble, found: Found, now: datetime, shortest: timedelta
) -> tuple[KnownTrouble, News]:
    """Send other advice, where that is news: what was never said at once, else after a while."""
    if not found.trouble.anew or known.text == found.advice:
        return known, News.NOTHING
    if identity(found.advice) not in known.said:
        return known.again(found.advice, now, flickers=known.flickers, returns=0), News.BEGUN
    if now - known.sent_last < known.calm(shortest):
        return known, News.NOTHING
    return known.again(found.advice, now, flickers=known.flickers), News.BEGUN


def _well(known: KnownTrouble, now: datetime, shortest: timedelta) -> tuple[KnownTrouble | None, News]:
    """Take in that all is well; what was over for long is forgotten."""
    if known.over:
        return None if now - known.sent_last >= max(DAY, shortest) else known, News.NOTHING
    since = known.well_since or now
    if known.flickers and now - since < known.calm(shortest):
        return msgspec.structs.replace(known, well_since=since), News.NOTHING
    return msgspec.structs.replace(known, well_since=since, sent_at=now, over=True), News.OVER


def _text(trouble: Trouble, news: News, calm: timedelta) -> str:
    if news is News.OVER:
        return trouble.ends
    if news is News.BEGUN:
        return trouble.begins
    minute = timedelta(minutes=1)
    while_well = counted(calm // minute, "minute") if calm % HOUR else counted(calm // HOUR, "hour")
    return f"Again: {trouble.begins}\nThis comes and goes. Its end is sent once all was well for {while_well}"


def _alert(found: Found, text: str, news: News, zone: str, now: datetime) -> HealthAlert:
    severity = Severity.INFO if news is News.OVER else Severity.CRITICAL
    return HealthAlert(
        id=identity("health", found.trouble.rule, severity, now),
        rule=found.trouble.rule,
        severity=severity,
        zone=zone,
        counted_at=now,
        text=text,
        advice=found.advice,
        command=found.trouble.command if found.advice else "",
        leads=found.trouble.leads if found.advice else (),
        section=found.trouble.section if found.advice else "",
    )

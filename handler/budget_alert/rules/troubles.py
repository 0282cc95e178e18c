"""What keeps the function from counting or sending: the words for each, whose it is, and what helps."""

import re
from enum import Enum, auto

import msgspec

from budget_alert.alerts import Lead

PATIENCE_TICKS = 3
"""So many ticks in a row are waited for what may pass by itself."""


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
    """Every trouble: how it begins and ends, whose it is, its command and where to go, whether `ANEW`."""

    SECRET = (
        "The secret cannot be used, so nothing is counted",
        "The secret can be used again",
        Whose.BOTH,
        (CHECK_FIRST, Lead.SECRET, Lead.KEYS),
    )
    KEY = (
        "Poe refuses the API key, so nothing is counted",
        "Poe accepts the API key again; what was spent meanwhile is being counted",
        Whose.EACH,
        (LOOK_AGAIN, Lead.KEYS, Lead.SECRET),
    )
    CONFIG = (
        "The config cannot be used; the last good one stays in force",
        "The config is in order again and in force",
        Whose.ALL,
        (PUT_CONFIG, Lead.CONFIG),
        ANEW,
    )
    POE = (
        "Poe could not be reached three times in a row; what is spent meanwhile is counted later",
        "Poe can be reached again; what was spent meanwhile is being counted",
        Whose.ALL,
        (READ_LOG, Lead.LOG),
    )
    ANSWERS = (
        "Poe's answers have changed; what can be read of them is counted",
        "Poe's answers can be read again",
        Whose.EACH,
        (READ_LOG, Lead.LOG),
    )
    LIST = (
        "Poe's usage history is cut short or out of order; nothing that was counted is taken back",
        "Poe's usage history is in order again",
        Whose.EACH,
        (READ_LOG, Lead.LOG),
    )
    BALANCE = (
        "Poe does not say what is left, so rules that go by it rest; all others go on",
        "Poe says again what is left",
        Whose.EACH,
        (READ_LOG, Lead.CONFIG, Lead.LOG),
    )
    LOST = (
        "Part of the usage is unknown for good",
        "From now on all usage is counted again",
        Whose.EACH,
        (SEE_STATUS, Lead.SUBSCRIPTIONS),
    )
    WEBHOOK = (
        "Slack's address cannot be used, so nothing is sent there",
        "Slack's address can be used again",
        Whose.ALL,
        (CHECK_FIRST, Lead.SECRET, Lead.WEBHOOKS),
    )
    SPELLING = (
        "Something in the secret is not understood; what can be read of it is used",
        "All that stands in the secret is understood",
        Whose.ALL,
        (CHECK_FIRST, Lead.SECRET),
        ANEW,
    )
    SLACK = (
        "Slack does not take the alerts; what it refuses is sent through SNS, if anybody listens there",
        "Slack takes alerts again",
        Whose.BOTH,
        (SEND_TEST, Lead.WEBHOOKS, Lead.SECRET),
    )
    CHANNEL = (
        "A channel that rules have in Slack does not take alerts; they are sent to the main one and SNS",
        "The channels that rules have in Slack take their alerts again",
        Whose.BOTH,
        (SEND_TEST, Lead.WEBHOOKS, Lead.SECRET),
    )
    NOTIFY = (
        "A channel that rules name is not in the secret; their alerts are sent to the main one",
        "Every channel that rules name is in the secret",
        Whose.ALL,
        (CHECK_FIRST, Lead.SECRET, Lead.CONFIG),
        ANEW,
    )
    SNS = (
        "SNS does not take the alerts; what it refuses is sent to Slack, if there is one",
        "SNS takes alerts again",
        Whose.BOTH,
        (SEND_TEST, Lead.SUBSCRIPTIONS),
    )
    TOPIC = (
        "Nobody listens on the topic, so alerts and alarms reach nobody there",
        "Somebody listens on the topic again",
        Whose.ALL,
        (SEND_TEST, Lead.SUBSCRIPTIONS),
    )
    ACCOUNTS = (
        "Not every account is monitored as it seems",
        "Every account is monitored as the secret and the config name it",
        Whose.ALL,
        (SEE_STATUS, Lead.SECRET, Lead.CONFIG),
        ANEW,
    )
    TWINS = (
        "Accounts that the secret names are one and the same",
        "Every account is another one",
        Whose.ALL,
        (CHECK_FIRST, Lead.SECRET),
        ANEW,
    )
    BEHIND = (
        "Some accounts are not read any more",
        "Every account is read again",
        Whose.ALL,
        (READ_LOG, Lead.LOG),
        ANEW,
    )
    QUEUE = (
        "Ticks come too late, and more than one interval's are passed over",
        "Ticks come in time again",
        Whose.ALL,
        (READ_LOG, Lead.LOG),
    )

    def __init__(
        self,
        begins: str,
        ends: str,
        whose: Whose,
        remedy: tuple[str, *tuple[Lead, ...]],
        anew: bool = not ANEW,  # noqa: FBT001 - as above
    ) -> None:
        self.begins = begins
        self.ends = ends
        self.whose = whose
        self.command, *leads = remedy
        self.leads = tuple(leads)
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

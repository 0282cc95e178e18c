"""What a tick reads before it decides anything."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from budget_alert.alerts import Severity
from budget_alert.config.in_force import InForce, in_force
from budget_alert.config.schema import Config
from budget_alert.errors import ScanError, SecretError
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.ledger.ledger import Ledger
from budget_alert.rules.balances import wants_balance
from budget_alert.rules.costly import costly_from
from budget_alert.rules.health import PATIENCE_TICKS
from budget_alert.rules.notified import Memory
from budget_alert.rules.succession import inherited
from budget_alert.secret import Credentials, Keyring, Webhook, fingerprint
from budget_alert.tools import Source, Tools
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import CombinedReading, States, is_several, read_combined
from budget_alert.usage.count import stored_span
from budget_alert.usage.grouping import asked
from budget_alert.usage.roster import MOST_LOOKED_AT, Named, Roster, enrolled, paired
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import FRESH, State


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has read before it decides; `no_secret` says why there are no credentials.

    `watched` holds the rules that the tick judges by, `config` those of every account. `balance` is what Poe
    says is left, or why it does not say; None where it was not asked. `roster` is who was monitored before,
    `members` who is now; `before` keeps what was told by who spoke for all up to now, where that changes, and
    `notes` are then what is taken over, `as_read` those that were read. `left` are the states of accounts
    that have left and may still have alerts.
    `test` is the severity of the test that was asked for, None where none was.
    """

    now: datetime
    state: State
    memory: Memory
    as_read: Memory
    before: Ledger | None
    watched: InForce
    config: Config | None
    credentials: Credentials | Keyring | None
    no_secret: SecretError | None
    webhook: Webhook
    scan: Scan | CombinedReading
    balance: PoeBalance | ScanError | None
    stored: Slots
    roster: Roster | None
    members: Roster | None
    left: Mapping[str, State]
    test: Severity | None

    @property
    def nothing_asked(self) -> bool:
        """Whether the config is the one that was judged by before, and nobody asked for a test."""
        known = self.before is None and self.watched.text == self.memory.config
        return known and self.test is None

    @property
    def others_digest(self) -> bool:
        """Whether there is a digest of all together, be it sent by this tick's account or not."""
        return bool(self.config and self.config.digest and self.config.digest.together)


def gathered(tools: Tools, test: Severity | None = None) -> Gathered:
    """Read the ledger before the first page is asked for: its version is what all writes depend on."""
    now = tools.clock()
    known, as_read, roster = tools.ledger.begun()
    state = known or State(started_at=now)
    credentials, no_secret = _credentials(tools.secret)
    alone = _alone(tools, roster, credentials)
    before, memory = _taken_over(tools, known, as_read, roster, credentials, alone)
    newest = in_force(tools.config, memory.config)
    if newest.config is None and memory.config is None:
        # Who has just joined goes by the config that the others go by.
        newest = in_force(tools.config, tools.ledger.last_config())
    rules = tools.scope.rules(newest.config) if newest.config else None
    watched = msgspec.structs.replace(newest, config=rules)
    scan = _read(tools, state, now, watched.config, credentials)
    left = _left(tools, roster)
    return Gathered(
        now=now,
        state=state,
        memory=memory,
        as_read=as_read,
        before=before,
        watched=watched,
        config=newest.config,
        credentials=credentials,
        no_secret=no_secret,
        webhook=tools.secret.webhook(),
        scan=scan,
        balance=_balance(tools, watched, scan),
        stored=tools.ledger.slots(
            scan.stored_span if isinstance(scan, CombinedReading) else stored_span(scan)
        ),
        roster=roster,
        members=_members(tools, roster, credentials, scan, left, alone),
        left={name: one for name, one in left.items() if one and one.outbox_since},
        test=test,
    )


def _read(
    tools: Tools,
    state: State,
    now: datetime,
    config: Config | None,
    credentials: Credentials | Keyring | None,
) -> Scan | CombinedReading:
    """Scan over Poe's history, or where the usage is that of all accounts, sum theirs."""
    if isinstance(credentials, Keyring):
        late = max(PATIENCE_TICKS * tools.interval, FRESH)
        partitions = tools.partitions(credentials.accounts)
        return read_combined(
            partitions,
            state,
            now,
            tools.deadline.may_read,
            late=late,
            settle=tools.settle,
            filters=asked(config),
        )
    scan = Scan(state, now, tools.settle, costly_from(config))
    return scan.read(tools.poe, tools.deadline.may_read) if credentials else scan


def _left(tools: Tools, roster: Roster | None) -> States:
    """Read how far those are told who have left, where somebody speaks for them."""
    waiting = roster.unsent[:MOST_LOOKED_AT] if roster and tools.scope.speaks_for_all else ()
    return tools.partitions(waiting).states() if waiting else {}


def _alone(tools: Tools, roster: Roster | None, credentials: Credentials | Keyring | None) -> State | None:
    """Read how far the only account was counted, where nothing says yet that there are several."""
    if roster is not None or not isinstance(credentials, Keyring):
        return None
    return tools.partitions([ALONE]).states()[ALONE]


def _taken_over(  # noqa: PLR0913, PLR0917 - all that tells who spoke
    tools: Tools,
    known: State | None,
    own: Memory,
    roster: Roster | None,
    credentials: Credentials | Keyring | None,
    alone: State | None,
) -> tuple[Ledger | None, Memory]:
    """Take over the troubles of who spoke for all up to now, where one has become several, or several one."""
    several = tools.scope.together
    if credentials is None or not tools.scope.speaks_for_all:
        return None, own
    had_several = roster.several if roster else several and (alone is None or is_several(known, alone))
    if several == had_several:
        return None, own
    before = tools.ledger.of(ALONE if several else TOGETHER)
    goes_on = isinstance(credentials, Keyring) and ALONE in credentials.keys
    spoke = not several and roster is not None and ALONE in roster.present
    return before, inherited(own, before.memory(), spoke=spoke, goes_on=goes_on)


def _members(  # noqa: PLR0913, PLR0917 - all that the roster goes by
    tools: Tools,
    roster: Roster | None,
    credentials: Credentials | Keyring | None,
    scan: Scan | CombinedReading,
    left: States,
    alone: State | None,
) -> Roster | None:
    """Bring the roster up to date, where the tick speaks for all and the secret can be read."""
    if credentials is None or not tools.scope.speaks_for_all:
        return roster
    if isinstance(credentials, Keyring):
        keys = {name: fingerprint(key) for name, key in credentials.keys.items()}
        states = scan.accounts if isinstance(scan, CombinedReading) else {}
    else:
        account = tools.scope.account
        keys, states = {account: fingerprint(credentials.poe_api_key)}, {account: scan.state}
    named = Named(keys=keys, several=tools.scope.together, states={**left, **states}, alone=alone)
    members = enrolled(roster, named, scan.state.combined.at if scan.state.combined else None, scan.now)
    return (
        paired(roster, members, scan.twins, scan.now)
        if members and isinstance(scan, CombinedReading)
        else members
    )


def _credentials(secret: Source) -> tuple[Credentials | Keyring | None, SecretError | None]:
    try:
        return secret.read(), None
    except SecretError as error:
        return None, error


def _balance(tools: Tools, watched: InForce, scan: Scan | CombinedReading) -> PoeBalance | ScanError | None:
    """Ask what is left, if a rule wants to know and Poe has answered the scan: nothing else waits for it.

    Of what is kept for recording and telling half must be left; the question takes half of that at most.
    """
    if (
        not wants_balance(watched.config)
        or not scan.pages
        or scan.error
        or tools.deadline.left() < tools.deadline.reserved / 2
    ):
        return None
    try:
        return tools.poe.balance()
    except ScanError as error:
        return error

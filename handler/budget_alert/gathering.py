"""Reads all that a tick goes by, before it decides anything."""

from datetime import datetime
from functools import partial

import msgspec

from budget_alert.alerts import ChannelTest
from budget_alert.config.reading import in_force
from budget_alert.config.schema import Config
from budget_alert.errors import ScanError
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.rules.balance import wants_balance
from budget_alert.rules.gathered import Gathered
from budget_alert.rules.notified import Memory
from budget_alert.rules.query import costly_from
from budget_alert.rules.succession import inherited
from budget_alert.rules.troubles import PATIENCE_TICKS
from budget_alert.secret import Keyring, fingerprint
from budget_alert.tools import Tools
from budget_alert.usage.combined import CombinedReading, States, is_several, read_combined
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.grouping import asked
from budget_alert.usage.roster import MOST_LOOKED_AT, Named, Roster, enrolled, paired
from budget_alert.usage.scan import Scan
from budget_alert.usage.state import FRESH, State


def gathered(tools: Tools, test: ChannelTest | None = None) -> Gathered:
    """Read the ledger before the first page is asked for: its version is what all writes depend on."""
    now, scope = tools.clock(), tools.scope
    known, as_read, roster, snoozes = tools.ledger.begun()
    state = known or State(started_at=now)
    secret = tools.secret()
    no_secret = secret.failure(scope.account)
    keyring = None if no_secret else secret
    # How far the only account was counted, where nothing says yet that there are several.
    alone = tools.ledger.states([ALONE])[ALONE] if keyring and scope.together and roster is None else None
    changed = keyring is not None and _is_another(tools, roster, known, alone)
    before = (ALONE if scope.together else TOGETHER) if changed else None
    memory = _inherited(tools, before, as_read, roster, keyring) if before else as_read
    newest = in_force(tools.config, memory.config)
    if newest.config is None and memory.config is None:
        # Who has just joined goes by the config that the others go by.
        newest = in_force(tools.config, tools.ledger.last_config())
    rules = msgspec.structs.replace(newest, config=scope.rules(newest.config) if newest.config else None)
    scan = _read(tools, state, keyring, rules.config, now)
    # No tick of theirs sends what waits for those who have left.
    waiting = roster.unsent[:MOST_LOOKED_AT] if roster and scope.reports_for_all else ()
    left = tools.ledger.states(waiting)
    return Gathered(
        scope=scope,
        now=now,
        interval=tools.settings.interval,
        late=tools.late,
        state=state,
        memory=memory,
        as_read=as_read,
        snoozes=snoozes,
        before=before,
        in_force=rules,
        config=newest.config,
        secret=secret,
        no_secret=no_secret,
        scan=scan,
        balance=_balance(tools, rules.config, scan),
        stored=tools.ledger.slots(scan.stored_span),
        roster=roster,
        members=_members(tools, roster, keyring, scan, left, alone),
        left={name: one for name, one in left.items() if one and one.outbox_since},
        test=test,
    )


def _is_another(tools: Tools, roster: Roster | None, known: State | None, alone: State | None) -> bool:
    """Tell whether the tick reports for all and another account did up to now."""
    several = tools.scope.together
    had_several = roster.several if roster else several and (alone is None or is_several(known, alone))
    return tools.scope.reports_for_all and several != had_several


def _inherited(
    tools: Tools, before: str, own: Memory, roster: Roster | None, keyring: Keyring | None
) -> Memory:
    """Take over the troubles of who reported for all up to now, where one became several, or several one."""
    goes_on = tools.scope.together and keyring is not None and ALONE in keyring.keys
    reported = not tools.scope.together and roster is not None and ALONE in roster.present
    return inherited(own, tools.ledger.of(before).memory(), reported=reported, goes_on=goes_on)


def _read(
    tools: Tools, state: State, keyring: Keyring | None, config: Config | None, now: datetime
) -> Scan | CombinedReading:
    """Scan Poe's history, or where the usage is that of all accounts, sum theirs."""
    if keyring and tools.scope.together:
        begun = CombinedReading(
            state=state,
            now=now,
            accounts=tools.ledger.states(keyring.accounts),
            late=max(PATIENCE_TICKS * tools.settings.interval, FRESH),
            filters=asked(config),
        )
        slots_of = partial(tools.ledger.slots_of, keyring.accounts)
        return read_combined(begun, slots_of, tools.deadline.may_read, tools.settings.settle)
    scan = Scan(state, now, tools.settings.settle, costly_from(config))
    return scan.read(tools.poe, tools.deadline.may_read) if keyring else scan


def _members(  # noqa: PLR0913, PLR0917 - all that the roster goes by
    tools: Tools,
    roster: Roster | None,
    keyring: Keyring | None,
    scan: Scan | CombinedReading,
    left: States,
    alone: State | None,
) -> Roster | None:
    """Bring the roster up to date, where the tick reports for all and the secret can be read."""
    if keyring is None or not tools.scope.reports_for_all:
        return roster
    states = scan.accounts if isinstance(scan, CombinedReading) else {tools.scope.account: scan.state}
    named = Named(
        keys={name: fingerprint(key) for name, key in keyring.keys.items()},
        several=tools.scope.together,
        states={**left, **states},
        alone=alone,
    )
    members = enrolled(roster, named, scan.state.combined.at if scan.state.combined else None, scan.now)
    return paired(members, scan.twins, scan.now) if members and isinstance(scan, CombinedReading) else members


def _balance(
    tools: Tools, config: Config | None, scan: Scan | CombinedReading
) -> PoeBalance | ScanError | None:
    """Ask what is left, if a rule wants to know and Poe has answered the scan: nothing else waits for it.

    Of what is kept for recording and sending half must be left; the question takes half of that at most.
    """
    hurries = tools.deadline.left() < tools.deadline.reserved / 2
    if not wants_balance(config) or not scan.pages or scan.error or hurries:
        return None
    try:
        return tools.poe.balance()
    except ScanError as error:
        return error

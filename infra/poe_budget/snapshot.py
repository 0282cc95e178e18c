"""What the function's rules would go by at one instant: of a deployed stack, or of a history."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from budget_alert.config.reading import InForce, in_force
from budget_alert.config.schema import Config
from budget_alert.deadline import Deadline
from budget_alert.errors import ScanError, SecretError
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.ledger.reads import Kept, read_for
from budget_alert.messages.wording import clean
from budget_alert.poe.client import Poe
from budget_alert.rules.evaluate import present_keys
from budget_alert.rules.evaluation import Evaluation, evaluation_of
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.scope import Scope
from budget_alert.rules.windows import last_day
from budget_alert.secret import Secret
from budget_alert.snoozes import NO_SNOOZES, Snoozes
from budget_alert.usage.combined import is_several
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.slots import RecordedUsage, Slots, Span, by_day, day_from
from budget_alert.usage.state import Cursor, State
from poe_budget import function
from poe_budget.errors import OpsError, cause_of
from poe_budget.function import Deployed, Version
from poe_budget.output import notes
from poe_budget.past.history import History, now, scope_of
from poe_budget.past.poe import always, connected, key_of

SECONDS = 30.0
"""How long Poe may take to say what is left."""
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Remembered(msgspec.Struct, frozen=True):
    """How far the account is counted, what else is remembered, and which of its rules are snoozed."""

    state: State
    memory: Memory
    snoozes: Snoozes = NO_SNOOZES


class SavedUsage:
    """A history in place of a ledger, by its quarter hours: nothing was ever sent of it."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._days = {start: day_from(each, start) for start, each in by_day(slots)}

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""
        return {slot: totals for slot, totals in self._slots.items() if span[0] <= slot < span[1]}

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:  # noqa: ARG002 - all is at hand
        """Give everything."""
        return RecordedUsage(self._days, self._slots, [EVER])

    def notified(self, keys: Sequence[str]) -> Mapping[str, Notified]:  # noqa: ARG002 - nothing was
        """Give nothing."""
        return {}


def remembered_of(history: History) -> Remembered:
    """Stand in for a function that has read a history up to its end, and could read nothing before it."""
    state = State(
        started_at=history.start,
        cursor=Cursor(history.entries[-1].created, history.entries[-1].query_id) if history.entries else None,
        read_from=history.start,
        holes=history.holes,
        completed_at=history.end,
    )
    return Remembered(state, Memory())


class _More:
    """What is kept, read further than an evaluation needs: also the last day, and all sent of the present."""

    def __init__(self, kept: Kept, asked: Evaluation) -> None:
        self._kept = kept
        self._asked = asked

    def slots(self, span: Span) -> Slots:
        return self._kept.slots(span)

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        day = last_day(self._asked.now)
        return self._kept.usage([*spans, (day.start, day.end)], also)

    def notified(self, keys: Sequence[str]) -> Mapping[str, Notified]:
        return self._kept.notified(list(dict.fromkeys([*keys, *present_keys(self._asked)])))


def evaluation_at(
    config: Config, kept: Kept, known: Remembered, now: datetime, balance: PoeBalance | None = None
) -> Evaluation:
    """Put together what the function would evaluate at `now`, if something had just been spent.

    `balance` is what Poe says is left, None where it was not asked. Of every budget it is known what was sent
    of its present window, and of everything what the last 24 hours took.
    """
    asked = evaluation_of(config, known.memory, known.state.unevaluated(now), now, balance, known.snoozes)
    return read_for(asked, _More(kept, asked))


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed function as it stands, as far as it is about `scope`.

    `newest` is the newest text of the config and `in_force` what the function makes of it; `source` says in
    words where that is from.
    """

    deployed: Deployed
    scope: Scope
    known: Remembered
    newest: Version
    in_force: InForce
    source: str

    def usable(self) -> Config:
        """Give the config in force; raises OpsError where none can be used."""
        if self.in_force.config is None:
            push = f"`poe-budget push FILE --stack {self.deployed.name}`"
            raise OpsError(f"there is {self.source}: {push} puts another in force")
        return self.in_force.config

    def evaluation(self, config: Config, *, ask_poe: bool | None) -> Evaluation:
        """Give what the function would evaluate now under a config, by the rules about the account.

        Poe is asked what is left with POE_API_KEY if that is set, or with the stack's own key if `ask_poe`;
        of a sum nothing is left. With None nobody is asked. Raises OpsError.
        """
        balance, account = self.balance(ask_poe=ask_poe), self.scope.account
        with self.deployed.reading():
            return evaluation_at(
                self.scope.rules(config), self.deployed.ledger(account), self.known, now(), balance
            )

    def balance(self, *, ask_poe: bool | None) -> PoeBalance | None:
        """Ask Poe what is left, as `evaluation` does; None where nobody is asked, or it does not say."""
        url = self.deployed.settings.poe_api_url
        if ask_poe is None or self.scope.together:
            return None
        if os.environ.get("POE_API_KEY"):
            return asked(key_of(os.environ), url)
        return asked(_key_of(self.deployed, self.scope.account), url) if ask_poe else None


def seen(stack: str, account: str | None = None) -> Present:
    """Look up the function of a stack, and read what it goes by; raises OpsError.

    `account` is one of several, or the name of their sum; without it, it is their sum where there are
    several, or else the one that has no name.
    """
    deployed = function.deployed(stack)
    with deployed.reading():
        scope = scope_of(account or together_in(deployed))
        ledger = deployed.ledger(scope.account)
        state, memory, _, snoozes = ledger.begun()
        known = Remembered(state or State(started_at=now()), memory, snoozes)
    newest = deployed.newest()
    found, source = in_force(lambda: newest.text, known.memory.config), deployed.words(newest.number)
    if found.mistakes:
        known_good = "the last good config" if found.config else "no usable config"
        source = f"{known_good}, for {source} has mistakes"
    return Present(deployed=deployed, scope=scope, known=known, newest=newest, in_force=found, source=source)


def together_in(deployed: Deployed) -> str | None:
    """Name the sum of several accounts where a function has counted one; raises LedgerError."""
    states = (deployed.ledger(each).state() for each in (TOGETHER, ALONE))
    return TOGETHER if is_several(*states) else None


def asked(key: Secret, url: str) -> PoeBalance | None:
    """Ask Poe what is left on the account that a key opens; that it does not say is only noted."""
    with connected(url, os.environ) as connection:
        try:
            poe = Poe(connection, url, always(key), Deadline(lambda: SECONDS), time.sleep)
            return poe.balance()
        except ScanError as error:
            notes([f"what is left is not known: {clean(cause_of(error))}"])
            return None


def _key_of(deployed: Deployed, account: str) -> Secret:
    try:
        return deployed.keyring().key_of(account)
    except SecretError:
        pass
    # Outside of the handler: nothing may be chained to it that could quote the secret.
    raise OpsError(f"the secret of {deployed.name} holds no usable key: put one into it, or set POE_API_KEY")

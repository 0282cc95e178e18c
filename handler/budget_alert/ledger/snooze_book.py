"""The snoozes of an account, in a partition of their own: people write them, and no tick does."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from budget_alert.errors import ClickRefusedError, LedgerError, LostRaceError
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.ledger.items import KEPT, Item, body_of, item
from budget_alert.ledger.table import Table
from budget_alert.snoozes import LONGEST, NO_SNOOZES, Snooze, Snoozes

SNOOZES = "snoozes"
TRIES = 5


def place_of(account: str) -> tuple[str, str]:
    """Give the keys of an account's snoozes; no account's name holds the sign between."""
    return f"{SNOOZES}#{account}", SNOOZES


def snoozes_in(stored: Item | None) -> Snoozes:
    """Read the snoozes from their item; what cannot be read, is compressed or too long silences nothing."""
    if stored is None or "body" not in stored:
        return NO_SNOOZES
    try:
        found = body_of(stored, Snoozes)
    except LedgerError:
        return NO_SNOOZES
    return Snoozes(tuple(one for one in found.each if one.until - one.start <= LONGEST))


class SnoozeBook:
    """The snoozes of one account, for who changes them; every method raises LedgerError."""

    def __init__(self, table: Table) -> None:
        partition, self._key = place_of(table.account)
        self._table = table.of(partition)

    def read(self) -> Snoozes:
        """Give the snoozes."""
        return snoozes_in(self._table.get(self._key))

    def put(self, snooze: Snooze) -> Snoozes:
        """Add a snooze in the place of the one that its rule has, and give them all."""
        return self._change(lambda known: known.adding(snooze))

    def undo(self, rule: str, now: datetime, *, planned: bool = False) -> Snoozes:
        """Take a rule's snooze away, with `planned` also what it had planned before, and give the others."""
        return self._change(lambda known: known.without(rule, now, planned=planned))

    def withdraw(self, rule: str, start: datetime) -> Snoozes:
        """Take back the snooze of a rule that began at an instant, and give the others."""
        return self._change(lambda known: known.withdrawing(rule, start))

    def claim(self, signature: str, at: datetime) -> None:
        """Take a signed click; raises ClickRefusedError for one that was taken before."""
        key = f"click#{identity(signature)}"
        try:
            self._table.write(item(self._table.account, key, None, at - KEPT + DAY, version=1), 0, (), ())
        except LostRaceError as error:
            raise ClickRefusedError("replayed") from error

    def _change(self, change: Callable[[Snoozes], Snoozes]) -> Snoozes:
        for _ in range(TRIES - 1):
            with suppress(LostRaceError):
                return self._changed(change)
        return self._changed(change)

    def _changed(self, change: Callable[[Snoozes], Snoozes]) -> Snoozes:
        """Write what a change makes of them; raises LostRaceError where somebody else wrote meanwhile."""
        stored = self._table.get(self._key)
        known = snoozes_in(stored)
        changed = change(known)
        if changed != known:
            version = int((stored or {}).get("version", {"N": "0"})["N"])
            last = max((one.until for one in changed.each), default=None)
            made = item(self._table.account, self._key, changed, last, version=version + 1)
            self._table.write(made, version, (), ())
        return changed

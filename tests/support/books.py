"""Several accounts and their sum in memory, for laws that take many tries."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from budget_alert.usage.combined import States, count_combined, read_combined
from budget_alert.usage.count import Counted
from budget_alert.usage.roster import Named, Roster, enrolled
from budget_alert.usage.slots import Slots, Span
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from tests.support.histories import allow
from tests.support.ledgers import NOW

NAMES = ("ada", "bob", "cleo")


class Book:
    """What was counted of accounts and of all together; `here` are the accounts that the secret names."""

    def __init__(self, *names: str) -> None:
        self.here = set(names)
        self.accounts: dict[str, State] = {}
        self.counted: dict[str, dict[datetime, Totals]] = {name: {} for name in NAMES}
        self.state = State(started_at=NOW)
        self.stored: dict[datetime, Totals] = {}
        self.roster: Roster | None = None

    def write(self, name: str, changes: Slots, at: datetime) -> None:
        """Write slots of an account by a tick that began at an instant."""
        known = self.accounts.get(name, State(started_at=at))
        self.counted[name] |= changes
        self.accounts[name] = replace(known, completed_at=at).changed(changes, at, min(changes, default=None))

    def states(self) -> States:
        """Tell how far each account is counted."""
        return {name: self.accounts.get(name) for name in self.here}

    def slots(self, span: Span) -> Iterable[tuple[str, datetime, Totals]]:
        """Give every account's quarter hours."""
        for name in self.here:
            for slot, found in self.counted[name].items():
                if span[0] <= slot < span[1]:
                    yield name, slot, found

    def sum(self, now: datetime, pieces: int = 1_000) -> Counted:
        """Run the tick of all together, with time for so many pieces."""
        sums = read_combined(self.states(), self.slots, self.state, now, allow(pieces))
        start, end = sums.stored_span
        named = Named(keys=dict.fromkeys(sorted(self.here), ""), several=True, states=self.states())
        summed_at = self.state.combined.at if self.state.combined else None
        self.roster = enrolled(self.roster, named, summed_at, now)
        stored = {slot: one for slot, one in self.stored.items() if start <= slot < end}
        counted = count_combined(sums, stored, self.roster or Roster(several=True))
        self.stored |= counted.changes
        self.state = counted.state
        return counted

    def is_summed(self) -> bool:
        """Tell whether the sums are those of the accounts, in plain words."""
        there = {(slot, name): points for slot, one in self.stored.items() for name, points in one.by_key()}
        here = {(slot, name): one.points for name in self.here for slot, one in self.counted[name].items()}
        return {at: points for at, points in there.items() if points} == {
            at: points for at, points in here.items() if points
        }

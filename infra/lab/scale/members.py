"""Accounts of very different size and rhythm, each with a usage history cut from the real traces."""

from datetime import datetime, timedelta
from random import Random

import msgspec

from standins.history import HOURS, Lateness, month
from standins.poe_store import Row

TEAMS = ("production", "research", "support")
BUSIEST_ONE_IN = 2
"""The largest account asks half as much as the real service that was traced: some 500 times an hour."""
TAIL = 1.2
"""The account of rank n asks so much as the largest divided by n to this power."""
IDLE = 0.5
"""This share of the accounts, those of the last ranks, ask nothing at all."""
LATENESS = Lateness(rows=0.02, costs=0.03)
KEY_LENGTH = 43


class Member(msgspec.Struct, frozen=True):
    """An account: its name, its key, and its history, oldest row first."""

    name: str
    key: str
    rows: tuple[Row, ...]

    def called(self, name: str) -> "Member":
        """Give the same account under another name."""
        return msgspec.structs.replace(self, name=name)


def members(count: int, seed: int, start: datetime, end: datetime) -> tuple[Member, ...]:
    """Make so many accounts with usage from `start` to `end`; the same arguments give the same ones."""
    return tuple(_member(rank, count, seed, start, end) for rank in range(1, count + 1))


def _member(rank: int, count: int, seed: int, start: datetime, end: datetime) -> Member:
    name = f"{TEAMS[rank % len(TEAMS)]}-{rank:04}"
    chance = Random(f"{seed} {rank}")  # noqa: S311 - made-up usage guards nothing
    rows = () if rank > max(count * (1 - IDLE), 1) else _rows(rank, chance, start, end)
    return Member(name, f"{name}-{chance.getrandbits(256):064x}"[:KEY_LENGTH], rows)


def _rows(rank: int, chance: Random, start: datetime, end: datetime) -> tuple[Row, ...]:
    hours = (end - start) // timedelta(hours=1) + 1
    # Everyone lives in another week of the traced month, and so by another rhythm.
    first = chance.randrange(HOURS - hours)
    history = month(
        start - first * timedelta(hours=1),
        one_in=round(BUSIEST_ONE_IN * rank**TAIL),
        hours=range(first, first + hours),
        lateness=LATENESS,
        seed=chance.getrandbits(32),
    )
    return history.rows

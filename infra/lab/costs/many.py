"""A month of many accounts: in turn by one invocation, or fanned out through a queue."""

from math import ceil

import msgspec

from lab.costs.assumed import (
    ACCOUNTS_A_BATCH,
    AT_ONCE,
    EMPTY_RECEIVES_A_MINUTE,
    KEY_BYTES,
    KEYS_A_READ,
    LAMBDA_LINES,
    LETTERS_A_CALL,
)
from lab.costs.lambdas import Invocation, Timed
from lab.costs.single import MINUTES_A_MONTH, Stack, charged, stored
from lab.costs.use import Use, Work

SECRET_BYTES = 65_536
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
ACCOUNTS_A_SECRET = SECRET_BYTES // KEY_BYTES
RECEIVED_AND_DELETED = 2


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of a tick of many accounts ask for; what has a default is assumed, the rest measured.

    `tick` is one account's, without the secret and the config, which an `invocation` reads once; `dispatch`
    hands the accounts to the queue, without its letters. The sum of all accounts reads the cursor of every
    account, `changed` items of each that has spent, and asks for `together` by itself; `cursor_ms` and
    `changed_ms` are CPU for each of the former.
    """

    tick: Work
    day_bytes: float
    timed: Timed
    stack: Stack
    changed: float = 0
    invocation: Work = Work(secret_calls=1, aws_calls=2, logged=LAMBDA_LINES)
    dispatch: Work = Work(secret_calls=1, aws_calls=1, logged=LAMBDA_LINES)
    together: Work = Work(reads=30, writes=40, aws_calls=6, logged=1500)
    cursor_ms: float = 0.1
    changed_ms: float = 0.5


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """A month of so many accounts, ticked every so many minutes in invocations of so much memory."""

    accounts: int
    minutes: int
    memory_mb: int
    figures: Figures
    queue: bool = True

    @property
    def stacks(self) -> int:
        """How many stacks it takes: a secret holds so many keys and no more."""
        return ceil(self.accounts / ACCOUNTS_A_SECRET)

    @property
    def batches(self) -> int:
        """How many batches a stack's queue holds each interval."""
        return ceil(self._each / ACCOUNTS_A_BATCH)

    @property
    def seconds(self) -> float:
        """How long it takes from the first account's turn to the end of the last."""
        rounds = ceil(self.batches / AT_ONCE) if self.queue else 1
        ticks = self._batch(cold=True) if self.queue else self._in_turn()
        return rounds * ticks.billed_ms(self.memory_mb) / 1000

    def use(self) -> Use:
        """Give what the month uses."""
        intervals = MINUTES_A_MONTH / self.minutes
        once = self._fanned() if self.queue else self._alone()
        waiting = MINUTES_A_MONTH * EMPTY_RECEIVES_A_MINUTE if self.queue else 0
        kept = self.figures.stack.use(self.minutes) + Use(queued=waiting)
        return (once * intervals + kept) * self.stacks + stored(self.figures.day_bytes) * (self.accounts + 1)

    @property
    def _each(self) -> float:
        return self.accounts / self.stacks

    def _alone(self) -> Use:
        return self._invoked(self._in_turn(), scheduled=1)

    def _fanned(self) -> Use:
        cold = min(self.batches, AT_ONCE)
        letters = ceil((self._each + 1) / LETTERS_A_CALL)
        sent = Work(queued=letters, aws_calls=letters)
        taken = Work(queued=(self.batches + 1) * RECEIVED_AND_DELETED)
        dispatch = Invocation(timed=self.figures.timed, work=self.figures.dispatch + sent)
        return (
            self._invoked(dispatch, scheduled=1)
            + self._invoked(self._batch(cold=True)) * cold
            + self._invoked(self._batch(cold=False)) * (self.batches - cold)
            + self._invoked(self._together())
            + charged(taken)
        )

    def _batch(self, *, cold: bool) -> Invocation:
        ticks = self._each / self.batches
        work = self.figures.tick * ticks + self.figures.invocation
        return Invocation(timed=self.figures.timed, work=work, ticks=ticks, cold=cold)

    def _together(self) -> Invocation:
        return Invocation(
            timed=self.figures.timed,
            work=self._summed() + self.figures.invocation,
            more_ms=self._summing_ms(),
        )

    def _summing_ms(self) -> float:
        return self._each * (self.figures.cursor_ms + self.figures.changed * self.figures.changed_ms)

    def _summed(self) -> Work:
        items = self._each * (1 + self.figures.changed)
        return self.figures.together + Work(reads=items, aws_calls=ceil(items / KEYS_A_READ))

    def _in_turn(self) -> Invocation:
        return Invocation(
            timed=self.figures.timed,
            work=self.figures.tick * self._each + self._summed() + self.figures.invocation,
            ticks=self._each + 1,
            more_ms=self._summing_ms(),
        )

    def _invoked(self, one: Invocation, scheduled: float = 0) -> Use:
        seconds = Use(invocations=1, scheduled=scheduled, gb_seconds=one.gb_seconds(self.memory_mb))
        return charged(one.work) + seconds

"""Rounds of the schedule, and the queue that Lambda works through between them, in simulated time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from heapq import heapreplace
from random import Random
from typing import Any

import msgspec

from budget_alert.errors import BudgetAlertError
from budget_alert.http import OK
from budget_alert.identity import TOGETHER
from lab.costs.model import AT_ONCE, Invocation, work_of
from lab.costs.prices import Amounts
from lab.scale.accounts import INTERVAL, members
from lab.scale.deployment import Deployment, StandardQueue, account_of, body_for
from lab.scale.mishaps import USUAL, Chances, Mishaps
from lab.scale.recorder import DISPATCH, INVOCATION, Recorder
from standins.loopback import Asked, Reply
from standins.memory_aws import Killed, Letter
from standins.slack_receiver import rate_limited
from standins.ticking import SimulatedClock

START = datetime(2026, 11, 3, 22, 45, tzinfo=UTC)
"""The rounds pass midnight and full hours, so that windows end and begin."""
BEFORE = timedelta(hours=36)
BUSY_SECONDS = 30
CALM_ROUNDS = 2
"""At the end nothing goes wrong any more, so that all that waits can be sent."""


def billed_ms(work: Amounts, ticks: float, more_ms: float = 0) -> int:
    """Say for how many milliseconds an invocation is billed that finds a warm function.

    It has so many ticks, and takes `more_ms` of a whole vCPU besides; its memory is the template's.
    """
    return Invocation(work=work, ticks=ticks, cold=False, more_ms=more_ms).billed_ms()


class Simulation:
    """One run over so many rounds; `recorder` holds what happened in it, `mishaps` what went wrong.

    `spread` are the seconds that each round took, from the schedule to the end of the last batch in which an
    account had its turn for the first time.
    """

    def __init__(
        self, accounts: int = 1000, rounds: int = 24, seed: int = 1, chances: Chances = USUAL
    ) -> None:
        self.rounds = rounds
        chance = Random(seed)  # noqa: S311 - made-up mishaps guard nothing
        end = START + (rounds + CALM_ROUNDS) * INTERVAL
        self.members = members(accounts, seed, START - BEFORE, end)
        self.queue = StandardQueue(chance)
        self.deployment = Deployment(self.members, SimulatedClock(START))
        self.recorder = Recorder(self.deployment)
        self.mishaps = Mishaps(self.deployment, self.recorder, chances, chance, rounds)
        self.deployment.aws.published, self.deployment.aws.sent = self._published, self._sent
        self.spread: list[float] = []
        self._free = [START] * AT_ONCE

    def run(self) -> "Simulation":
        """Run all rounds, then once more the sum of all accounts, when all of them are done."""
        with self.deployment.running(self._slack), self.recorder.listening():
            for number in range(self.rounds + CALM_ROUNDS):
                self.mishaps.calm = number >= self.rounds
                self.recorder.steady = number > 0
                self._round(number)
            self._work_off(None)
            self.deployment.clock.now = max(self._free)
            self._sent(body_for(TOGETHER), timedelta(0))
            self._work_off(None)
        return self

    def _round(self, number: int) -> None:
        at = START + number * INTERVAL
        self.deployment.clock.now = at
        self.mishaps.begin(number)
        with self.recorder.invocation(DISPATCH), self.mishaps.around():
            try:
                self.deployment.dispatch()
            except (BudgetAlertError, Killed) as error:
                self.recorder.failed[type(error).__name__] += 1
        self.spread.append(0.0)
        self._work_off(at + INTERVAL)

    def _work_off(self, until: datetime | None) -> None:
        """Work on what can be received, in batches, until an instant or until nothing waits."""
        while (ready := self.queue.next_at()) is not None:
            at = max(self._free[0], ready)
            if until is not None and at >= until:
                break
            self._batch(at)

    def _batch(self, at: datetime) -> None:
        self.deployment.clock.now = at
        letters = self.queue.receive(at)
        accounts = list(filter(self.mishaps.may_count, map(account_of, letters)))
        if not letters:
            return
        with self.recorder.invocation(INVOCATION, accounts), self.mishaps.around():
            try:
                again = self.deployment.work(letters)
                self.queue.delete([letter for letter in letters if self._is_done(letter, again)])
            except Killed:
                self.recorder.failed["Killed"] += 1
        over = at + timedelta(milliseconds=billed_ms(work_of(self.recorder.last), len(letters)))
        heapreplace(self._free, over)
        for letter in letters:
            if letter.received == 1 and account_of(letter) != TOGETHER:
                self.spread[-1] = max(self.spread[-1], (over - letter.sent_at).total_seconds())

    def _is_done(self, letter: Letter, again: set[str]) -> bool:
        if letter.name in again:
            self.recorder.failed["message"] += 1
            return False
        return not self.mishaps.draws("repeats")

    def _sent(self, body: str, delay: timedelta) -> bool:
        if self.mishaps.draws("unsent"):
            return False
        self.queue.send(body, self.deployment.clock.now, delay)
        return True

    def _published(self, record: Mapping[str, Any]) -> None:
        self.recorder.published(record)
        self.mishaps.sent()

    def _slack(self, asked: Asked) -> Reply:
        if self.mishaps.draws("busy"):
            return rate_limited(BUSY_SECONDS)
        reply = self.deployment.slack.answer(asked)
        if reply.status == OK:
            self.recorder.posted(msgspec.json.decode(asked.body))
            self.mishaps.sent()
        return reply

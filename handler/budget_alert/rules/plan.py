"""What a tick has to judge, and what it must read for that."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from budget_alert.config.billing import Cycle, heard
from budget_alert.config.periods import Window
from budget_alert.config.schema import Config
from budget_alert.instants import DAY, day_of, slot_end, slot_of
from budget_alert.outlook.past import PAST_DAYS
from budget_alert.rules.notified import Known, Memory
from budget_alert.rules.questions import Question, SpikeQuestion, questions, spike_questions
from budget_alert.rules.schedule import before, due
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.slots import Span
from budget_alert.usage.state import State

AHEAD = DAY
"""Poe's clock may run ahead of ours by so much."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of one tick.

    `since` is the oldest unjudged instant, or when a rest has ended; None on a quiet tick. `digest` is the
    window whose digest is due, with the window before it. `named` are the slots in which a costly query may
    be untold. `balance` is what Poe says is left, None where it was not asked or did not say; `cycles` when
    points are granted, as last heard and before.
    """

    now: datetime
    asked: tuple[Question, ...]
    spikes: tuple[SpikeQuestion, ...] = ()
    digest: tuple[Window, Window] | None = None
    named: Span | None = None
    since: datetime | None = None
    balance: PoeBalance | None = None
    cycles: tuple[Cycle, ...] = ()

    @property
    def past(self) -> Span | None:
        """The whole days of the past to read, today included; None where nothing asks for them."""
        if self.since is None and self.digest is None:
            return None
        return day_of(self.now) - PAST_DAYS * DAY, day_of(self.now) + DAY

    def spans(self) -> Iterator[Span]:
        """Give every span to be summed."""
        evaluated = [question.windows for question in self.asked] + [spike.windows for spike in self.spikes]
        windows = [window for each in evaluated for window in each]
        yield from ((window.start, window.end) for window in (*windows, *(self.digest or ())))
        yield from (
            (question.present.start, start) for question in self.asked if (start := self.changed_in(question))
        )
        if self.balance:
            yield last_day(self.now)

    def changed_in(self, question: Question) -> datetime | None:
        """Give the quarter hour of the first change in a budget's present window, where it is forecast."""
        if self.since is None or not question.budget.forecast_at:
            return None
        start = slot_of(self.since)
        return start if question.present.start < start < self.now else None


def present_keys(plan: Plan) -> list[str]:
    """Name what may have been told of the present windows."""
    return [
        question.told_key(question.present, kind)
        for question in plan.asked
        for kind in ("budget", "forecast")
    ]


def planned(
    config: Config,
    memory: Memory,
    state: State,
    now: datetime,
    balance: PoeBalance | None = None,
) -> Plan:
    """Plan a tick; `balance` is what Poe says is left, None where it was not asked or did not say."""
    rule = config.digest
    named = balance.cycle if balance else None
    cycles = heard(memory.cycles, named, now) if named else memory.cycles
    digest = due(rule, memory.digested_until, state, now)
    since = _since(memory, state, now)
    return Plan(
        now=now,
        asked=tuple(questions(config, memory.rules, since, now, cycles)),
        spikes=tuple(spike_questions(config, memory.rules, since, now)),
        digest=(digest, before(rule, digest)) if rule and digest else None,
        named=_named(config, memory, state.unevaluated_from, now),
        since=since,
        balance=balance,
        cycles=cycles,
    )


def last_day(now: datetime) -> Span:
    """Give the 24 hours up to the end of the present quarter hour."""
    return slot_end(now) - timedelta(hours=24), slot_end(now)


def _since(memory: Memory, state: State, now: datetime) -> datetime | None:
    """Look back to where something is unjudged; what a rest held back may still hold at its end."""
    rested = memory.rests_until if memory.rests_until and memory.rests_until <= now else None
    return min((at for at in (state.unevaluated_from, rested) if at), default=None)


def _named(config: Config, memory: Memory, unevaluated_from: datetime | None, now: datetime) -> Span | None:
    if unevaluated_from is None or not config.queries:
        return None
    known = min(memory.rules.get(rule.fingerprint, Known(now)).since for rule in config.queries)
    return slot_of(max(unevaluated_from, known)), slot_end(now + AHEAD)

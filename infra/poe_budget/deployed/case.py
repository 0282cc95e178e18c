"""What the function's rules have to say of usage at one instant, whatever keeps that usage."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from budget_alert.config.schema import Config
from budget_alert.ledger.reads import Kept, read_for
from budget_alert.rules.evaluate import present_keys
from budget_alert.rules.evaluation import Evaluation, evaluation_of
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.windows import last_day
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.slots import RecordedUsage, Slots, Span
from budget_alert.usage.state import State


class Remembered(msgspec.Struct, frozen=True):
    """How far the account is counted, and what else is remembered."""

    state: State
    memory: Memory


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


def case_now(
    config: Config, kept: Kept, known: Remembered, now: datetime, balance: PoeBalance | None = None
) -> Evaluation:
    """Put together what the function would evaluate at `now`, if something had just been spent.

    `balance` is what Poe says is left, None where it was not asked. Of every budget it is known what was sent
    of its present window, and of everything what the last 24 hours took.
    """
    asked = evaluation_of(config, known.memory, known.state.unevaluated(now), now, balance)
    return read_for(asked, _More(kept, asked))

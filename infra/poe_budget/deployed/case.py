"""What the function's policy has to say of usage at one instant, whatever keeps that usage."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from budget_alert.config.schema import Config
from budget_alert.rules.case import Case
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.plan import Plan, last_day, planned
from budget_alert.rules.questions import Question
from budget_alert.rules.reading import Kept, case_of
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.slots import RecordedUsage, Slots, Span
from budget_alert.usage.state import State


class Remembered(msgspec.Struct, frozen=True):
    """How far the account is counted, and what else is remembered."""

    state: State
    memory: Memory


class _More:
    """What is kept, read further than a judgement needs: also the last day, and all told of the present."""

    def __init__(self, kept: Kept, plan: Plan) -> None:
        self._kept = kept
        self._plan = plan

    def slots(self, span: Span) -> Slots:
        return self._kept.slots(span)

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        return self._kept.usage([*spans, last_day(self._plan.now)], also)

    def told(self, keys: Sequence[str]) -> Mapping[str, Notified]:
        present = [key for question in self._plan.asked for key in present_keys(question)]
        return self._kept.told(list(dict.fromkeys([*keys, *present])))


def case_now(
    config: Config, kept: Kept, known: Remembered, now: datetime, balance: PoeBalance | None = None
) -> Case:
    """Put together what the function would judge by at `now`, if something had just been spent.

    `balance` is what Poe says is left, None where it was not asked. Of every budget it is known what was told
    in its present window, and of everything what the last 24 hours took.
    """
    state = known.state.unevaluated(now)
    plan = planned(config, known.memory, state, now, balance)
    return case_of(config, plan, _More(kept, plan), known.memory, state)


def present_keys(question: Question) -> tuple[str, str]:
    """Name what was told of a budget in its present window: by its thresholds, and as forecasts."""
    return question.told_key(question.present), question.told_key(question.present, "forecast")

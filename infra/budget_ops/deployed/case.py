"""What the function's policy has to say of usage at one instant, whatever keeps that usage."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from budget_alert.accounting.balance import PoeBalance
from budget_alert.accounting.state import State
from budget_alert.accounting.usage import Slots, Span, Usage
from budget_alert.config.rules import Config
from budget_alert.policy.case import Case
from budget_alert.policy.forecasts import forecast_key
from budget_alert.policy.judge import told_keys
from budget_alert.policy.plan import last_day, planned
from budget_alert.policy.told import Notes, Told
from budget_alert.policy.views import View


class Kept(Protocol):
    """Usage, and what was told of it: the function's ledger, or what stands in for it."""

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> Usage:
        """Give what is needed to sum these spans; `also` names whole days to give besides."""

    def told(self, keys: Sequence[str]) -> Mapping[str, Told]:
        """Give what was told under each key that has something."""


class Remembered(msgspec.Struct, frozen=True):
    """How far the account is counted, and what else is remembered."""

    state: State
    notes: Notes


def case_of(
    config: Config, kept: Kept, known: Remembered, now: datetime, balance: PoeBalance | None = None
) -> Case:
    """Put together what the function would judge by at `now`, if something had just been spent.

    `balance` is what Poe says is left, None where it was not asked. Of every budget it is known what was told
    in its present window.
    """
    state, notes = known.state.unjudged(now), known.notes
    plan = planned(config, notes, state, now, balance)
    usage = kept.usage([*plan.spans(), last_day(now)], plan.past)
    named = kept.slots(plan.named) if plan.named else {}
    views = [View(question, usage, state.gaps) for question in plan.asked]
    present = [key for view in views for key in present_keys(view)]
    return Case(
        config=config,
        plan=plan,
        views=views,
        usage=usage,
        named=named,
        told=kept.told(list(dict.fromkeys([*told_keys(config, plan, views, notes, named), *present]))),
        notes=notes,
        state=state,
        balance=balance,
    )


def present_keys(view: View) -> tuple[str, str]:
    """Name what was told of a budget in its present window: by its thresholds, and as forecasts."""
    question = view.question
    return question.told_key(question.present), forecast_key(view)

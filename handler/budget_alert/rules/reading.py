"""A plan, and what keeps usage and memory -> the case to judge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from budget_alert.config.schema import Config
from budget_alert.rules.case import Case
from budget_alert.rules.judge import told_keys
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.plan import Plan
from budget_alert.rules.views import View
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import RecordedUsage, Slots, Span
from budget_alert.usage.state import State


class Kept(Protocol):
    """Usage, and what was told of it: the ledger, or what stands in for it."""

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give what is needed to sum these spans; `also` names whole days to give besides."""

    def told(self, keys: Sequence[str]) -> Mapping[str, Notified]:
        """Give what was told under each key that has something."""


def case_of(  # noqa: PLR0913 - all that a judgement goes by
    config: Config, plan: Plan, kept: Kept, memory: Memory, state: State, *, roster: Roster | None = None
) -> Case:
    """Read what a plan asks for; raises what `kept` raises.

    `roster` is who is summed, None where the usage is that of one account.
    """
    usage = kept.usage(plan.spans(), plan.past)
    if roster:
        usage = usage.leaving_out(roster.absent(plan.now))
    named = kept.slots(plan.named) if plan.named else {}
    views = [View(question, usage) for question in plan.asked]
    return Case(
        config=config,
        plan=plan,
        views=views,
        usage=usage,
        named=named,
        told=kept.told(told_keys(config, plan, views, memory, named)),
        memory=memory,
        state=state,
    )

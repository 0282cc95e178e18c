"""Whether a tick has found nothing that could be to be told."""

from datetime import datetime, timedelta

from budget_alert.config.schema import Config
from budget_alert.instants import EPOCH
from budget_alert.rules.notified import WELCOMED, Memory
from budget_alert.rules.plan import Plan
from budget_alert.rules.reconciliation import reckoned
from budget_alert.usage.state import State


def is_quiet(config: Config, plan: Plan, memory: Memory, before: State) -> bool:
    """Tell that all was judged before and nothing has happened since, so that usage need not be read.

    `before` is the state as the tick found it. The first tick of each hour is never quiet, so that the log
    says where budgets stand, and what only time brings about, as the end of a snooze, waits no longer.
    """
    return (
        plan.since is None
        and plan.digest is None
        and _is_balance_known(plan, memory, before)
        and memory.welcomed == WELCOMED
        and set(memory.rules) == set(config.watched)
        and not any(memory.rules[budget.fingerprint].fresh for budget in config.budgets)
        and (memory.repeats_at is None or plan.now < memory.repeats_at)
        and before.completed_at is not None
        and _hour(before.completed_at) == _hour(plan.now)
    )


def _is_balance_known(plan: Plan, memory: Memory, before: State) -> bool:
    """Tell that the balance is the one that was judged by before, and tells nothing new of the history.

    Where nothing is spent, a runway only becomes longer.
    """
    if plan.balance is None:
        return True
    reconciliation = reckoned(memory.reconciliation, plan.balance, before.counted, plan.now)
    return reconciliation == memory.reconciliation and plan.cycles == memory.cycles


def _hour(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(hours=1)

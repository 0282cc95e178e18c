"""A whole judgement: what was planned is read and judged, and where every budget stands is told."""

import msgspec

from budget_alert.alerts import Severity
from budget_alert.config.schema import Config
from budget_alert.rules.decision import Decided
from budget_alert.rules.judge import judge
from budget_alert.rules.notified import Memory
from budget_alert.rules.plan import Plan
from budget_alert.rules.reading import Kept, case_of
from budget_alert.rules.standings import present_standings
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State


def judged(  # noqa: PLR0913 - all that a judgement goes by
    config: Config,
    plan: Plan,
    kept: Kept,
    memory: Memory,
    state: State,
    *,
    roster: Roster | None,
    unreadable: int,
    test: Severity | None,
    hushed: bool,
) -> Decided:
    """Judge what is planned by what is kept; raises what `kept` raises.

    `roster` is who is summed, None where nobody is.
    """
    case = case_of(config, plan, kept, memory, state, roster=roster)
    case = msgspec.structs.replace(case, unreadable=unreadable, test=test, hushed=hushed)
    return Decided(decision=judge(case), standings=present_standings(case))

"""A whole judgement: what was planned is read and judged, and where every budget stands is told."""

import msgspec

from budget_alert.accounting.roster import Roster
from budget_alert.accounting.state import State
from budget_alert.config.rules import Config
from budget_alert.messages.alerts import Severity
from budget_alert.policy.claims import Decided
from budget_alert.policy.judge import judge
from budget_alert.policy.plan import Plan
from budget_alert.policy.reading import Kept, case_of
from budget_alert.policy.standings import present_standings
from budget_alert.policy.told import Notes


def judged(  # noqa: PLR0913 - all that a judgement goes by
    config: Config,
    plan: Plan,
    kept: Kept,
    notes: Notes,
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
    case = case_of(config, plan, kept, notes, state, roster=roster)
    case = msgspec.structs.replace(case, unreadable=unreadable, test=test, hushed=hushed)
    return Decided(claim=judge(case), standings=present_standings(case))

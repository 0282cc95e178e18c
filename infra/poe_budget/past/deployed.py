"""The usage in a deployed stack's table: up to 400 days, by quarter hours."""

from datetime import datetime

from budget_alert.identity import ALONE, TOGETHER
from budget_alert.instants import DAY, MICROSECOND, slot_end
from budget_alert.ledger.items import KEPT
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.ledger.table import Table
from budget_alert.messages.wording import name
from budget_alert.usage.slots import Span
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from poe_budget.errors import OpsError
from poe_budget.output import Reporter
from poe_budget.past.history import History, day, minute
from poe_budget.stack import Stack, reading

_AT_ONCE = 20 * DAY


def from_stack(stack: Stack, now: datetime, reporter: Reporter, account: str | None = None) -> History:
    """Read what the stack's function has counted of an account, or of the one that has no name.

    Usage that the function has found to be lost for good is missing here too. Raises OpsError.
    """
    table = Table(stack.client("dynamodb"), stack.output("TableName"), account or ALONE)
    ledger = Ledger(table)
    slots: dict[datetime, Totals] = {}
    with reading(stack.name):
        state, snoozes = ledger.state(), SnoozeBook(table).read()
        span = counted_span(state, now) if state else None
        if state is None or span is None:
            raise OpsError(uncounted(stack.name, account))
        (start, end), until = span, span[0]
        while until < end:
            part = until, min(until + _AT_ONCE, slot_end(end))
            slots |= ledger.slots(part)
            until = part[1]
            reporter.reached((until - start) / (end - start), f"usage read up to {day(until)}")
    note = (
        f"nothing before {minute(start)} counts: the function is still reading it, and its next ticks go on"
    )
    return History(
        source=f"the table of {stack.name}{whose(account)}",
        start=start,
        end=end,
        slots=slots,
        holes=state.missing(span, end),
        notes=(note,) if state.gaps else (),
        snoozes=snoozes,
    )


def counted_span(state: State, now: datetime) -> Span | None:
    """Tell the newest span of which the function has counted everything; None where there is none yet."""
    known = [state.completed_at, state.cursor.at + MICROSECOND if state.cursor else None]
    end = max((instant for instant in known if instant), default=None)
    start = slot_end(max(state.known_from, now - KEPT))
    if state.gaps:
        start = max(start, state.gaps[0].end)
    return (start, end) if end and start < end else None


def whose(account: str | None) -> str:
    """Give the end of what is read, such as a table, by the account that was asked for."""
    if account is None:
        return ""
    return ", all accounts" if account == TOGETHER else f", account {name(account)}"


def uncounted(stack: str, account: str | None) -> str:
    """Say that nothing is counted of an account, and what to do."""
    if account is not None:
        advice = "name one that the stack's secret names, or wait for its next tick"
        return f"the function of {stack} has counted nothing{whose(account)}; {advice}"
    advice = "wait for its next tick, or name one of its accounts with --account if it has several"
    return f"the function of {stack} has counted nothing yet; {advice}"

"""The usage in a deployed stack's table: up to 400 days, by quarter hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from budget_alert.errors import LedgerError
from budget_alert.identity import ALONE
from budget_alert.instants import DAY, MICROSECOND, slot_end
from budget_alert.ledger.items import KEPT
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.table import Table
from poe_budget.errors import OpsError
from poe_budget.past.accounts import uncounted, whose
from poe_budget.past.dates import day, minute
from poe_budget.past.history import History, Reporter
from poe_budget.stack import AWS_CALLS, Stack, aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import boto3

    from budget_alert.usage.slots import Slots, Span
    from budget_alert.usage.state import State
    from budget_alert.usage.totals import Totals

_AT_ONCE = 20 * DAY


def from_stack(
    stack: Stack, session: boto3.Session, now: datetime, reporter: Reporter, account: str | None = None
) -> History:
    """Read what the stack's function has counted of an account, or of the one that has no name.

    Raises OpsError.

    Usage that the function has told to be lost for good is missing here too.
    """
    with aws("open the table"):
        client = session.client("dynamodb", config=AWS_CALLS)
    ledger = Ledger(Table(client, stack.output("TableName"), account or ALONE))
    try:
        state = ledger.state()
        span = counted_span(state, now) if state else None
        if state is None or span is None:
            raise OpsError(uncounted(stack.name, account))
        slots = _slots(ledger, span, reporter)
    except LedgerError as error:
        raise OpsError(_unreadable(stack, error)) from error
    return History(
        source=f"the table of {stack.name}{whose(account)}",
        start=span[0],
        end=span[1],
        slots=slots,
        holes=state.missing(span, span[1]),
        notes=_notes(state, span),
    )


def counted_span(state: State, now: datetime) -> Span | None:
    """Tell the newest span of which the function has counted everything; None where there is none yet."""
    known = [state.completed_at, state.cursor.at + MICROSECOND if state.cursor else None]
    end = max((instant for instant in known if instant), default=None)
    start = slot_end(max(state.known_from, now - KEPT))
    if state.gaps:
        start = max(start, state.gaps[0].end)
    return (start, end) if end and start < end else None


def _slots(ledger: Ledger, span: Span, reporter: Reporter) -> Slots:
    slots: dict[datetime, Totals] = {}
    for part in _parts(span):
        slots |= ledger.slots(part)
        reporter.reached((part[1] - span[0]) / (span[1] - span[0]), f"usage read up to {day(part[1])}")
    return slots


def _parts(span: Span) -> Iterator[Span]:
    start, end = span[0], slot_end(span[1])
    while start < end:
        until = min(start + _AT_ONCE, end)
        yield start, until
        start = until


def _notes(state: State, span: Span) -> tuple[str, ...]:
    if not state.gaps:
        return ()
    start = minute(span[0])
    return (f"nothing before {start} counts: the function is still reading it, and its next ticks go on",)


def _unreadable(stack: Stack, error: LedgerError) -> str:
    what = str(error).partition(". ")[0].partition(": ")[0]
    advice = "check that you may read it, and that this program is as new as the function"
    return f"the table of {stack.name} cannot be read: {what}; {advice}"

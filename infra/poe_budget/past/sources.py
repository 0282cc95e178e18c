"""Where a history comes from, as a command was asked for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from poe_budget.errors import WrongUseError
from poe_budget.past.dates import OFF, off
from poe_budget.past.history import History, Reporter
from poe_budget.past.poe import from_poe, poe_of
from poe_budget.past.saved import load


class Source(msgspec.Struct, frozen=True):
    """A file saved earlier, or else the table of a stack, or else Poe itself.

    `account` is one of several that the stack watches, or the name of their sum.
    """

    file: Path | None = None
    stack: str | None = None
    account: str | None = None


def history(
    source: Source, environ: Mapping[str, str], clock: Callable[[], datetime], reporter: Reporter
) -> History:
    """Read the history of an account; `reporter` hears how far the reading came.

    Raises WrongUseError where the source cannot be one, OpsError or a ScanError where the reading fails.
    """
    if source.file and source.stack:
        raise WrongUseError("a history comes from one source: give --file or --stack, not both")
    if source.file:
        return _from_file(source.file, clock())
    if source.stack:
        return _from_stack(source.stack, source.account, clock(), reporter)
    if not environ.get("POE_API_KEY"):
        raise WrongUseError(
            "there is no history to read: set POE_API_KEY to a key from https://poe.com/api_key, or name a "
            "saved history with --file or a deployed stack with --stack"
        )
    with poe_of(environ, reporter.wait) as poe:
        return from_poe(poe, clock, reporter)


def _from_file(file: Path, now: datetime) -> History:
    found = load(file)
    if found.end <= now + OFF:
        return found
    note = f"it was saved by a clock {off(found.end - now)} this one, so it may lack its last days"
    return msgspec.structs.replace(found, notes=(*found.notes, note))


def _from_stack(name: str, account: str | None, now: datetime, reporter: Reporter) -> History:
    # boto3 takes longer to import than all else together, and most commands do without it.
    from poe_budget import stack as deployed  # noqa: PLC0415 - see above
    from poe_budget.past.stack import from_stack  # noqa: PLC0415 - see above

    session = deployed.session()
    return from_stack(deployed.found(name, session), session, now, reporter, account)

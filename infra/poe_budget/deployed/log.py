"""The function's log in CloudWatch, read from now backwards until enough ticks are found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from budget_alert.instants import DAY, EPOCH
from poe_budget import stack as stacks
from poe_budget.deployed.logged import Event, LoggedTick, read
from poe_budget.stack import aws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poe_budget.deployed.logged import Worry

LOOKS_BACK = (DAY / 8, DAY, 7 * DAY, 31 * DAY, 400 * DAY)
"""How far to look, one after the other."""
AHEAD = DAY
"""So much AWS's clock may be ahead of ours."""
_MILLISECOND = timedelta(milliseconds=1)


def last_of(stack: str, now: datetime, ticks: int, account: str | None = None) -> list[LoggedTick | Worry]:
    """Give what `newest` finds in the log of a stack; raises OpsError."""
    session = stacks.session()
    group = stacks.found(stack, session).output("LogGroupName")
    with aws("open the log"):
        client = session.client("logs", config=stacks.AWS_CALLS)
    return newest(client, group, now, ticks, account)


def newest(
    client: Any,  # noqa: ANN401 - boto3's own
    group: str,
    now: datetime,
    ticks: int,
    account: str | None = None,
) -> list[LoggedTick | Worry]:
    """Give the last so many ticks of a log group, oldest first, and what went wrong since the first of them.

    Where there are fewer, it is everything that the log still holds. With `account` they are its own ticks
    only. Raises OpsError.
    """
    found: list[LoggedTick | Worry] = []
    until = now + AHEAD
    for back in LOOKS_BACK:
        lines = read(_events(client, group, now - back, until))
        found = [*(line for line in lines if _is_about(line, account)), *found]
        until = now - back
        places = [place for place, each in enumerate(found) if isinstance(each, LoggedTick)]
        if len(places) >= ticks:
            return found[places[-ticks] :]
    return found


def _is_about(line: LoggedTick | Worry, account: str | None) -> bool:
    return account is None or not isinstance(line, LoggedTick) or line.account == account


def _events(client: Any, group: str, since: datetime, until: datetime) -> Iterator[Event]:  # noqa: ANN401 - as above
    """Give the lines of [since, until), oldest first."""
    span = {"startTime": _millis(since), "endTime": _millis(until) - 1}
    with aws("read the log"):
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, **span)
        lines = [line for page in pages for line in page["events"]]
    for line in sorted(lines, key=lambda line: int(line["timestamp"])):
        yield Event(EPOCH + line["timestamp"] * _MILLISECOND, line["message"])


def _millis(instant: datetime) -> int:
    return (instant - EPOCH) // _MILLISECOND

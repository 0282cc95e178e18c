"""What the function answers to an invocation."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from budget_alert.messages.wording import counted, points
from poe_budget.errors import OpsError


class Alerts(msgspec.Struct, frozen=True):
    """How many alerts every channel owed has now accepted, and how many still wait for one."""

    sent: int
    pending: int


class Tick(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one tick did: the answer of the function's contract.

    `complete` says that nothing is left to read, `points` is what the tick added to the totals. `channels`
    is there after a test: why each channel that was told something refused it, or "" where it took it; and
    `error` what such a tick failed on besides. Of
    several accounts it is their sum, with each of them among `accounts`; or, where their ticks were put into
    the queue, nothing yet but how many those are: `queued`.
    """

    account: str
    complete: bool
    pages: int
    entries: int
    points: int
    alerts: Alerts
    channels: Mapping[str, str] | None = None
    error: str = ""
    accounts: tuple["Tick", ...] = ()
    queued: int | None = None


class Invoked(msgspec.Struct, frozen=True, kw_only=True):
    """How an invocation ended: with a tick's report, or with the type and the words of an error.

    `log` holds the last lines that the function wrote, as far as AWS gives them.
    """

    tick: Tick | None = None
    error: str = ""
    log: tuple[str, ...] = ()


class _Failure(msgspec.Struct):
    error_message: str = msgspec.field(name="errorMessage", default="it said nothing")
    error_type: str = msgspec.field(name="errorType", default="an error")


def invoked(answer: Mapping[str, Any], payload: bytes) -> Invoked:
    """Read Lambda's answer to an invocation; raises OpsError where it is none of this function."""
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace").splitlines()
    try:
        if "FunctionError" in answer:
            failure = msgspec.json.decode(payload, type=_Failure)
            return Invoked(error=f"{failure.error_type}: {failure.error_message}", log=tuple(log))
        return Invoked(tick=msgspec.json.decode(payload, type=Tick), log=tuple(log))
    except msgspec.DecodeError as error:
        raise OpsError(
            "the function answered what this program cannot read: name a stack of this project, and look for "
            "a newer version of this program"
        ) from error


def words_of(tick: Tick) -> tuple[str, ...]:
    """Say what a tick did, a sentence each."""
    if tick.queued is not None:
        return (
            f"{counted(tick.queued, 'tick')} wait in the queue, one of them that of all accounts together.",
        )
    entries = "1 entry" if tick.entries == 1 else f"{tick.entries:,} entries"
    whose = f" of {counted(len(tick.accounts), 'account')}" if tick.accounts else ""
    pages = f"{counted(tick.pages, 'page')}{whose}"
    read = f"The tick read {entries} in {pages} and added {points(tick.points)}."
    goes_on = "Not everything is read yet: the next ticks go on."
    return read, "Everything is read." if tick.complete else goes_on, _alerts(tick.alerts)


def _alerts(alerts: Alerts) -> str:
    sent = f"{counted(alerts.sent, 'alert')} sent" if alerts.sent else "No alert was sent"
    if not alerts.pending:
        return f"{sent}, and none waits."
    verb = "waits" if alerts.pending == 1 else "wait"
    return f"{sent}, and {alerts.pending:,} {verb} for a channel: the next ticks try again."

"""One invocation: the ticks of the only account, of all in turn, or of those that a queue names."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from budget_alert.alerts import ChannelTest
from budget_alert.errors import AccountsFailedError, ScanError, SecretError, failure_of, reason_of
from budget_alert.fanout import delay_of
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.report import Report, of_several
from budget_alert.rules.scope import Scope
from budget_alert.tick import tick
from budget_alert.tools import Tools
from budget_alert.usage.combined import is_several

KEPT_FOR_THE_SUM = 1 / 4
"""Of the time there is, so much is left to the tick of all accounts together."""
ALL = Scope(account=TOGETHER, several=True)
SOURCE = "aws:sqs"
LONGEST_SHOWN = 100
Record = dict[str, Any]


def run(tools: Tools, test: ChannelTest | None) -> dict[str, Any]:
    """Run the tick of every account that the secret names; `test` also sends a test of that severity.

    Raises what a tick raises where there is one account, else AccountsFailedError or FanoutError.
    """
    keyring = tools.secret()
    if keyring.failure(TOGETHER):
        # Who said it the last time says it now, and that it is over: all together, or the only account.
        scope = ALL if _had_several(tools) else Scope()
    elif not keyring.several:
        scope = Scope()
    elif (fanout := tools.fanout) is None:
        return in_turn(tools, keyring.accounts, test)
    elif not test:
        return {**of_several([], None), "queued": fanout(keyring.accounts)}
    else:
        scope = ALL
    return tick(tools.of(scope), test=test).as_dict()


def _had_several(tools: Tools) -> bool:
    """Tell whether there were several accounts when the secret was last read; raises LedgerError."""
    if roster := tools.ledger.roster():
        return roster.several
    return is_several(*(tools.ledger.of(account).state() for account in (TOGETHER, ALONE)))


def in_turn(tools: Tools, accounts: Sequence[str], test: ChannelTest | None) -> dict[str, Any]:
    """Run the ticks of a few accounts one after the other, then the one of all together.

    Each may take its share of the time that is left then, so that a slow one leaves the others theirs. Raises
    AccountsFailedError where some failed, after all have had their tick; a test that was sent names it in the
    report instead.
    """
    kept = tools.deadline.left() * KEPT_FOR_THE_SUM
    reports: dict[str, Report] = {}
    failed: dict[str, str] = {}
    for left in range(len(accounts), -1, -1):
        scope = Scope(account=accounts[-left], several=True) if left else ALL
        seconds = (tools.deadline.left() - kept) / left if left else None
        try:
            reports[scope.account] = tick(tools.of(scope, seconds), test=None if left else test)
        except Exception as error:  # noqa: BLE001 - what one account meets must not stop the others
            failed[scope.account] = reason_of(error)
            about = {"account": scope.account, "reason": failed[scope.account]}
            # No traceback: it ends with the error's own words.
            tools.log.error("A tick failed", extra=about)  # noqa: TRY400 - as said above
    together = reports.pop(TOGETHER, None)
    report = of_several([*reports.values()], together)
    if not failed:
        return report
    if not report.get("channels"):
        raise AccountsFailedError(failed)
    # A test is about the channels, and they have answered.
    return {**report, "error": failure_of(AccountsFailedError(failed))}


def is_batch(event: object) -> bool:
    """Tell whether an event brings messages of a queue."""
    records = event.get("Records") if isinstance(event, dict) else None
    return (
        isinstance(records, list)
        and bool(records)
        and all(isinstance(record, dict) and record.get("eventSource") == SOURCE for record in records)
    )


def served(tools: Tools, records: Sequence[Record]) -> dict[str, Any]:
    """Run the tick of each account that messages name; name the messages that are to be delivered again.

    Those are the ones whose tick could neither do its work nor say why. What a tick has sent, a refused key,
    say, the next one tries again.
    """
    began = tools.clock()
    failed = []
    for place, record in enumerate(records):
        seconds = tools.deadline.left() / (len(records) - place)
        if not _is_served(tools, record, began, seconds):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _is_served(tools: Tools, record: Record, began: datetime, seconds: float) -> bool:
    """Run one tick, unless it is no longer needed; False where its message is to come back."""
    try:
        account = msgspec.json.decode(record["body"], type=dict[str, Any])["account"]
        waited = _waited(record)
        late = max(waited - delay_of(account, tools.settings.interval), timedelta(0))
        if not _is_known(tools, account) or _is_overtaken(tools, record, account, late, began - waited):
            tools.log.info("A tick was passed over", extra={"account": account})
            return True
        scope = Scope(account=account, several=True, hushed=account != TOGETHER)
        tick(tools.of(scope, seconds, late))
    except (SecretError, ScanError) as error:
        tools.log.warning("A tick failed and has said so", extra={"account": account, "reason": str(error)})
    except Exception as error:  # noqa: BLE001 - what one account meets must not stop the others
        # No traceback: it ends with the error's own words.
        about = {"due": record["body"][:LONGEST_SHOWN], "reason": reason_of(error)}
        tools.log.error("A tick failed", extra=about)  # noqa: TRY400 - as said above
        return False
    return True


def _waited(record: Record) -> timedelta:
    """Tell how long a message has waited, by the queue's own clock: ours may be minutes away from it."""
    sent, received = (
        int(record["attributes"].get(name) or 0)
        for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp")
    )
    return timedelta(milliseconds=max(received - sent, 0))


def _is_overtaken(tools: Tools, record: Record, account: str, late: timedelta, sent: datetime) -> bool:
    """Tell whether a late message asks for what was done since it was sent; one that failed does not.

    So where every message is late, each account still has its ticks, and the messages between them are shed.
    """
    again = int(record["attributes"].get("ApproximateReceiveCount") or 1) > 1
    if again or late <= tools.settings.interval:
        return False
    state = tools.ledger.of(account).state()
    return state is not None and state.ticked_at is not None and state.ticked_at >= sent


def _is_known(tools: Tools, account: str) -> bool:
    """Tell whether the secret names an account; while it cannot be read, only all together say so."""
    keyring = tools.secret()
    if keyring.failure(TOGETHER):
        return account == TOGETHER
    return account in keyring.accounts or (account == TOGETHER and keyring.several)

"""Ticks from the queue: a batch of accounts, each served for itself."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from budget_alert.errors import ScanError, SecretError, reason_of
from budget_alert.fanout import Due, delay_of
from budget_alert.identity import TOGETHER
from budget_alert.rules.scope import Scope
from budget_alert.tick import tick
from budget_alert.workbench import Workbench

SOURCE = "aws:sqs"
LONGEST_SHOWN = 100


def is_batch(event: object) -> bool:
    """Tell whether an event brings messages of a queue."""
    records = event.get("Records") if isinstance(event, dict) else None
    return (
        isinstance(records, list)
        and bool(records)
        and all(isinstance(record, dict) and record.get("eventSource") == SOURCE for record in records)
    )


def served(bench: Workbench, event: dict[str, Any]) -> dict[str, Any]:
    """Run the tick of each account, and name the messages that are to be delivered again.

    Those are the ones whose tick could neither do its work nor tell why. What a tick has told, a refused key,
    say, the next one tries again.
    """
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    waiting, began = len(event["Records"]), bench.clock()

    def serve(record: SQSRecord) -> None:
        nonlocal waiting
        seconds = bench.remaining() / waiting
        waiting -= 1
        _serve(bench, record, began, seconds)

    with processor(event["Records"], serve):
        processor.process()
    return dict(processor.response())


def _serve(bench: Workbench, record: SQSRecord, began: datetime, seconds: float) -> None:
    """Run one tick; raises what is to send the message back to the queue."""
    try:
        account = msgspec.json.decode(record.body, type=Due).account
        waited = _waited(record)
        late = max(waited - delay_of(account, bench.settings.interval), timedelta(0))
        if not _is_known(bench, account) or _is_overtaken(bench, record, account, late, began - waited):
            bench.log.info("A tick was passed over", extra={"account": account})
            return
        scope = Scope(account=account, several=True, hushed=account != TOGETHER)
        tick(msgspec.structs.replace(bench.tools(scope, seconds), late=late))
    except (SecretError, ScanError) as error:
        bench.log.warning("A tick failed and has told it", extra={"account": account, "reason": str(error)})
    except Exception as error:
        # No traceback: it ends with the error's own words.
        about = {"due": record.body[:LONGEST_SHOWN], "reason": reason_of(error)}
        bench.log.error("A tick failed", extra=about)  # noqa: TRY400 - as said above
        raise


def _waited(record: SQSRecord) -> timedelta:
    """Tell how long a message has waited, by the queue's own clock: ours may be minutes away from it."""
    sent, received = (
        int(record.attributes.get(name) or 0)
        for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp")
    )
    return timedelta(milliseconds=max(received - sent, 0))


def _is_overtaken(bench: Workbench, record: SQSRecord, account: str, late: timedelta, sent: datetime) -> bool:
    """Tell whether a late message asks for what was done since it was sent; one that failed does not.

    So where every message is late, each account still has its ticks, and the messages between them are shed.
    """
    again = int(record.attributes.get("ApproximateReceiveCount") or 1) > 1
    if again or late <= bench.settings.interval:
        return False
    ticked_at = bench.ticked_at(account)
    return ticked_at is not None and ticked_at >= sent


def _is_known(bench: Workbench, account: str) -> bool:
    """Tell whether the secret names an account; while it cannot be read, only all together say so."""
    keyring = bench.keyring()
    if keyring is None:
        return account == TOGETHER
    return account in keyring.accounts or (account == TOGETHER and keyring.several)

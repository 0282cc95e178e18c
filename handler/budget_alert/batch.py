"""Ticks from the queue: a batch of accounts, each served for itself."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from budget_alert.errors import SecretError, WalkError, reason_of
from budget_alert.fanout import Due
from budget_alert.identity import TOGETHER
from budget_alert.policy.scope import Scope
from budget_alert.watch import tick
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
    waiting = len(event["Records"])

    def serve(record: SQSRecord) -> None:
        nonlocal waiting
        seconds = bench.remaining() / waiting
        waiting -= 1
        _serve(bench, record, seconds)

    with processor(event["Records"], serve):
        processor.process()
    return dict(processor.response())


def _serve(bench: Workbench, record: SQSRecord, seconds: float) -> None:
    """Run one tick; raises what is to send the message back to the queue."""
    try:
        account = msgspec.json.decode(record.body, type=Due).account
        if _is_overtaken(bench, record) or not _is_known(bench, account):
            bench.log.info("A tick was passed over", extra={"account": account})
            return
        tick(bench.tools(Scope(account=account, several=True, hushed=account != TOGETHER), seconds))
    except (SecretError, WalkError) as error:
        bench.log.warning("A tick failed and has told it", extra={"account": account, "reason": str(error)})
    except Exception as error:
        # No traceback: it ends with the error's own words.
        about = {"due": record.body[:LONGEST_SHOWN], "reason": reason_of(error)}
        bench.log.error("A tick failed", extra=about)  # noqa: TRY400 - as said above
        raise


def _is_overtaken(bench: Workbench, record: SQSRecord) -> bool:
    """Tell whether a message has waited until the next one of its account came; one that failed has not."""
    sent = datetime.fromtimestamp(int(record.attributes.sent_timestamp or 0) / 1000, UTC)
    again = int(record.attributes.approximate_receive_count or 1) > 1
    return not again and bench.clock() - sent > bench.settings.interval


def _is_known(bench: Workbench, account: str) -> bool:
    """Tell whether the secret names an account; while it cannot be read, only all together say so."""
    keyring = bench.keyring()
    if keyring is None:
        return account == TOGETHER
    return account in keyring.accounts or (account == TOGETHER and keyring.several)

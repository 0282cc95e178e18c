"""The Lambda function behind the address to which Slack sends clicks on alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from budget_alert import wiring
from budget_alert.actions.answers import asked_for, failed, kept, undone
from budget_alert.actions.click import Click, check_origin, click_in
from budget_alert.actions.request import Request, request_in
from budget_alert.channels.blocks import SNOOZE, UNDO
from budget_alert.errors import ClickRefusedError, LedgerError
from budget_alert.http import HttpError
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.snoozes import snoozable

if TYPE_CHECKING:
    from budget_alert.alerts import Alert
    from budget_alert.app import Context
    from budget_alert.secret import Keyring
    from budget_alert.tools import Tools

KEPT, KEPT_AT_LEAST = timedelta(minutes=5), timedelta(minutes=1)
"""How old the secret may be; and how old it is at least before a wrong signature lets it be read again."""
ANSWER_SECONDS = 2.0
LARGEST_ANSWER = 1024
JSON = {"Content-Type": "application/json; charset=utf-8"}
UNKNOWN = "This alert is not known any more. The command `poe-budget snooze` snoozes a rule by its name."
GONE = "That snooze is not in force any more: it is over, was taken back, or another one has its place."
OVER = "Its period is over, and nothing more is sent about it."
AGAIN = "That could not be kept just now: please choose again in a minute."


_trusted: list[tuple[datetime, Keyring]] = []
"""The secret as last read, less Poe's keys: an address that anybody may ask must not read it each time."""


def lambda_handler(event: Any, context: Context) -> dict[str, Any]:  # noqa: ANN401 - whatever the event
    """Snooze a rule for who clicks in Slack, or take that back, and answer there.

    What Slack has not signed just now is refused with 403, and changes nothing; other paths and methods with
    404. Every request is a line of the log, which says why it was refused.
    """
    with wiring.tools(lambda: context.get_remaining_time_in_millis() / 1000) as tools:
        tools.log.append_keys(**{wiring.REQUEST_ID: getattr(context, "aws_request_id", None)})
        return {"statusCode": status_of(tools, event), "body": ""}


def status_of(tools: Tools, event: object) -> int:
    """Take a request to the function's address, and give the status that it is answered with."""
    now = tools.clock()
    try:
        request = request_in(event, now)
        if request is None:
            tools.log.info("click refused", extra={"reason": "no such path"})
            return 404
        keyring = _vouched(tools, request, now)
        click = click_in(request.body, now)
        check_origin(click, keyring)
        reply, outcome = _done(tools, request, click)
    except ClickRefusedError as error:
        tools.log.info("click refused", extra={"reason": str(error)})
        return 403
    tools.log.info("click", extra={**outcome, "answered": _answered(tools, click, reply)})
    return 200


def _vouched(tools: Tools, request: Request, now: datetime) -> Keyring:
    """Give what clicks are held against, where a request is signed by it; raises ClickRefusedError."""
    for most in (KEPT, KEPT_AT_LEAST):
        if not _trusted or now - _trusted[0][0] >= most:
            _trusted[:] = [(now, replace(tools.secret(fresh=True), keys={}))]
        keyring = _trusted[0][1]
        if keyring.slack_signing and request.is_by(keyring.slack_signing):
            return keyring
    raise ClickRefusedError("another signature" if keyring.slack_signing else "no signing secret")


def _done(tools: Tools, request: Request, click: Click) -> tuple[dict[str, Any], dict[str, Any]]:
    """Do what a click asks for, and give the answer to it and what the log says."""
    table = tools.table(click.account, tools.deadline)
    try:
        alert = Outbox(table).alert(click.written_at, click.alert_id)
        if alert is None:
            return failed(UNKNOWN), {"outcome": "unknown alert"}
        return _changed(SnoozeBook(table), request, click, alert)
    except LedgerError as error:
        return failed(AGAIN), {"outcome": "failed", "reason": str(error)}


def _changed(
    book: SnoozeBook, request: Request, click: Click, alert: Alert
) -> tuple[dict[str, Any], dict[str, Any]]:
    said = {"rule": alert.rule, "by": click.by_id}
    if click.action == UNDO:
        target = snoozable(alert)
        rule = target.rule if target else alert.rule
        present = book.read().of(rule, click.at)
        if not present or (present.rule, present.start.isoformat()) != (rule, click.choice):
            return failed(GONE), said | {"outcome": "gone"}
        book.claim(request.signature, click.at)
        before = book.withdraw(rule, present.start).of(rule, click.at)
        return undone(click, alert, before), said | {"outcome": "undone"}
    if click.action != SNOOZE:
        raise ClickRefusedError("no choice of the menu")
    snooze = asked_for(click, alert)
    if snooze is None:
        return failed(OVER), said | {"outcome": "over"}
    book.claim(request.signature, click.at)
    book.put(snooze)
    return kept(click, snooze, alert.zone), said | {"outcome": "snoozed", "until": snooze.until.isoformat()}


def _answered(tools: Tools, click: Click, reply: dict[str, Any]) -> bool:
    """Answer where Slack waits for it; what was kept stays kept where that fails."""
    try:
        answered = tools.http.request(
            "POST",
            click.response_url,
            headers=JSON,
            body=msgspec.json.encode(reply),
            seconds=lambda: ANSWER_SECONDS,
            largest=LARGEST_ANSWER,
        )
    except HttpError:
        return False
    return answered.status == 200  # noqa: PLR2004 - as Slack says that it took it

"""The Lambda function behind the address to which Slack sends clicks on alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from budget_alert import wiring
from budget_alert.actions.answers import about, asked_for, failed, kept, undoing, undone
from budget_alert.actions.click import Click, check_origin, click_in
from budget_alert.actions.request import request_in
from budget_alert.actions.signature import Signed, signed
from budget_alert.channels.blocks import SNOOZE, UNDO
from budget_alert.errors import ClickRefusedError, LedgerError, LostRaceError
from budget_alert.http import HttpError
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.secret import Secret
from budget_alert.snoozes import snoozable

if TYPE_CHECKING:
    from budget_alert.alerts import Alert
    from budget_alert.app import Context
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


class Trusted(msgspec.Struct, frozen=True):
    """What of the secret clicks are held against; keys of Poe are not kept."""

    signing: Secret | None
    webhooks: tuple[Secret, ...]


_trusted: list[tuple[datetime, Trusted]] = []
"""As last read, and when: an address that anybody may ask must not read it each time."""


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
    try:
        request = request_in(event)
        if not request.is_for_clicks:
            tools.log.info("click refused", extra={"reason": "no such path"})
            return 404
        now = tools.clock()
        _take(tools, signed(request.named(), request.content(), now), now)
    except ClickRefusedError as error:
        tools.log.info("click refused", extra={"reason": str(error)})
        return 403
    return 200


def _take(tools: Tools, request: Signed, now: datetime) -> None:
    trusted = _vouched(tools, request, now)
    click = click_in(request.body, now)
    check_origin(click, trusted.webhooks)
    reply, outcome = _done(tools, request, click)
    tools.log.info("click", extra={**outcome, "answered": _answered(tools, click, reply)})


def _vouched(tools: Tools, request: Signed, now: datetime) -> Trusted:
    """Give what clicks are held against, where a request is signed by it; raises ClickRefusedError."""
    for most in (KEPT, KEPT_AT_LEAST):
        if not _trusted or now - _trusted[0][0] >= most:
            _trusted[:] = [(now, _read(tools))]
        trusted = _trusted[0][1]
        if trusted.signing and request.is_by(trusted.signing):
            return trusted
    raise ClickRefusedError("another signature" if trusted.signing else "no signing secret")


def _read(tools: Tools) -> Trusted:
    keyring = tools.secret(fresh=True)
    main = (keyring.slack_url,) if keyring.slack_url else ()
    return Trusted(keyring.slack_signing, (*main, *keyring.webhooks.values()))


def _done(tools: Tools, request: Signed, click: Click) -> tuple[dict[str, Any], dict[str, Any]]:
    """Do what a click asks for, and give the answer to it and what the log says."""
    asked = about(click)
    table = tools.table(asked.account, tools.deadline)
    try:
        alert = Outbox(table).alert(asked.written_at, asked.id)
        if alert is None:
            return failed(UNKNOWN), {"outcome": "unknown alert"}
        return _changed(SnoozeBook(table), request, click, alert)
    except LedgerError as error:
        return failed(AGAIN), {"outcome": "failed", "reason": str(error)}


def _changed(
    book: SnoozeBook, request: Signed, click: Click, alert: Alert
) -> tuple[dict[str, Any], dict[str, Any]]:
    said = {"rule": alert.rule, "by": click.by_id}
    if click.action == UNDO:
        target, start = snoozable(alert), undoing(click)
        rule = target.rule if target else alert.rule
        present = book.read().of(rule, click.at)
        if not present or (present.rule, present.start) != (rule, start):
            return failed(GONE), said | {"outcome": "gone"}
        _once(book, request, click)
        before = book.withdraw(rule, start).of(rule, click.at)
        return undone(click, alert, before), said | {"outcome": "undone"}
    if click.action != SNOOZE:
        raise ClickRefusedError("no choice of the menu")
    snooze = asked_for(click, alert)
    if snooze is None:
        return failed(OVER), said | {"outcome": "over"}
    _once(book, request, click)
    book.put(snooze)
    return kept(click, snooze, alert.zone), said | {"outcome": "snoozed", "until": snooze.until.isoformat()}


def _once(book: SnoozeBook, request: Signed, click: Click) -> None:
    try:
        book.claim(request.signature, click.at)
    except LostRaceError as error:
        raise ClickRefusedError("replayed") from error


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

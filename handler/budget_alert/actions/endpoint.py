"""The Lambda function behind the address to which Slack sends clicks on alerts."""

from base64 import b64decode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from budget_alert import wiring
from budget_alert.actions.answers import about, asked_for, failed, kept, undoing, undone
from budget_alert.actions.click import Click, check_origin, click_in
from budget_alert.actions.signature import LARGEST_BODY, Signed, signed
from budget_alert.alerts import Alert
from budget_alert.app import Context
from budget_alert.channels.menu import SNOOZE, UNDO
from budget_alert.errors import ClickRefusedError, LedgerError, LostRaceError
from budget_alert.http import HttpError
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.secret import Keyring
from budget_alert.snoozes import snoozable
from budget_alert.tools import Tools

KEPT, KEPT_AT_LEAST = timedelta(minutes=5), timedelta(minutes=1)
"""How old the secret may be; and how old it is at least before a wrong signature lets it be read again."""
ANSWER_SECONDS = 2.0
LARGEST_ANSWER = 1024
JSON = {"Content-Type": "application/json; charset=utf-8"}
UNKNOWN = "This alert is not known any more. The command `poe-budget snooze` snoozes a rule by its name."
OVER = "Its period is over, and nothing more is sent about it."
AGAIN = "That could not be kept just now: please choose again in a minute."

app = LambdaFunctionUrlResolver()
_secret: list[tuple[datetime, Keyring]] = []
"""As last read, and when: an address that anybody may ask must not read it each time."""


def lambda_handler(event: Any, context: Context) -> dict[str, Any]:  # noqa: ANN401 - whatever the event
    """Snooze a rule for who clicks in Slack, or take that back, and answer there.

    What Slack has not signed just now is refused with 403, and changes nothing; other paths and methods with
    404. Every request is a line of the log, which says why it was refused.
    """
    with wiring.tools(lambda: context.get_remaining_time_in_millis() / 1000) as tools:
        tools.log.append_keys(**{wiring.REQUEST_ID: getattr(context, "aws_request_id", None)})
        return answer(tools, event)


def answer(tools: Tools, event: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the event
    """Answer a request to the function's address."""
    app.append_context(tools=tools)  # type: ignore[no-untyped-call]  # of Powertools
    return app.resolve(event, cast("Any", None))


@app.post("/")
def clicked() -> Response[str]:
    """Take a click."""
    tools: Tools = app.context["tools"]
    now, event = tools.clock(), app.current_event
    request = signed(event.headers, _body(event.body, encoded=bool(event.is_base64_encoded)), now)
    keyring = _vouched(tools, request, now)
    click = click_in(request.body, now)
    check_origin(click, keyring.slack_url)
    reply, outcome = _done(tools, request, click)
    tools.log.info("click", extra={**outcome, "answered": _answered(tools, click, reply)})
    return Response(200)


@app.exception_handler(ClickRefusedError)  # type: ignore[untyped-decorator]  # of Powertools
def refused(error: ClickRefusedError) -> Response[str]:
    """Refuse a request, and say in the log alone why."""
    app.context["tools"].log.info("click refused", extra={"reason": str(error)})
    return Response(403)


@app.not_found
def elsewhere(_: NotFoundError) -> Response[str]:
    """Refuse other paths and methods."""
    app.context["tools"].log.info("click refused", extra={"reason": "no such path"})
    return Response(404)


def _body(text: str | None, *, encoded: bool) -> bytes:
    """Give the body as it was sent: what is no text comes in base64."""
    body = (text or "").encode(errors="replace")
    # Four characters of base64 hold three bytes.
    if not encoded or len(body) > LARGEST_BODY * 2:
        return body
    try:
        return b64decode(body, validate=True)
    except NotBase64 as error:
        raise ClickRefusedError("not signed") from error


def _vouched(tools: Tools, request: Signed, now: datetime) -> Keyring:
    """Give the secret whose signing key the request is signed with; raises ClickRefusedError."""
    for most in (KEPT, KEPT_AT_LEAST):
        if not _secret or now - _secret[0][0] >= most:
            _secret[:] = [(now, tools.secret(fresh=True))]
        keyring = _secret[0][1]
        if keyring.slack_signing and request.is_by(keyring.slack_signing):
            return keyring
    raise ClickRefusedError("another signature" if keyring.slack_signing else "no signing secret")


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
        _once(book, request, click)
        target = snoozable(alert)
        book.withdraw(target.rule if target else alert.rule, undoing(click))
        return undone(click, alert.rule), said | {"outcome": "undone"}
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

"""Slack, through an incoming webhook."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from budget_alert.channels.blocks import payload
from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from budget_alert.http import Answer, Http, HttpError
from budget_alert.messages.parts import Message
from budget_alert.messages.wording import clean, cut

ANSWER_SECONDS = 30.0
"""Slack may take a message and say so late: who gives up sooner sends it twice."""
LEAST_SECONDS = 0.5
LONGEST_ANSWER_BYTES = 1024
LONGEST_SHOWN = 100
OK, BAD_REQUEST, TIMEOUT, TOO_MANY, SERVER_ERROR = 200, 400, 408, 429, 500
HEADERS = {"Content-Type": "application/json; charset=utf-8"}
NEXT_TICK = "the next tick sends the message again"
BUSY = f"Slack is busy (429): {NEXT_TICK}"
NEW_WEBHOOK = (
    "make a new incoming webhook in Slack and put its address as slack_webhook_url into the secret "
    "(`aws secretsmanager put-secret-value`)"
)
OTHER_CHANNEL = f"bring the channel back, or {NEW_WEBHOOK}"
ADMIN = "ask an administrator of the Slack workspace to allow it"
BUG = "this is a defect of this program: report it with the version you run"
# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Handling errors".
REMEDIES = {
    "action_prohibited": f"the workspace forbids this webhook to post: {ADMIN}",
    "channel_is_archived": f"its channel is archived: {OTHER_CHANNEL}",
    "channel_not_found": f"its channel does not exist any more: {OTHER_CHANNEL}",
    "invalid_payload": f"it could not read the message: {BUG}",
    "invalid_blocks": f"it could not read the message: {BUG}",
    "invalid_token": f"the address is wrong or was revoked: {NEW_WEBHOOK}",
    "no_active_hooks": f"the webhook is switched off: switch it on in the Slack app, or {NEW_WEBHOOK}",
    "no_service": f"the webhook was removed or switched off: {NEW_WEBHOOK}",
    "no_service_id": f"the address is not whole: {NEW_WEBHOOK}",
    "no_team": f"the workspace is not known: {NEW_WEBHOOK}",
    "no_text": f"it found no text in the message: {BUG}",
    "posting_to_general_channel_denied": f"only some may post to #general: {ADMIN}, or {NEW_WEBHOOK}",
    "team_disabled": f"the workspace is switched off: choose another one, and {NEW_WEBHOOK}",
    "too_many_attachments": f"the message has too many attachments: {BUG}",
    "user_not_found": f"the user it writes to does not exist any more: {NEW_WEBHOOK}",
}
_OF_BLOCKS = re.compile(r"block|attachment|table", re.IGNORECASE)
"""Such as invalid_blocks and invalid_attachments, which may mean a table."""
_PATH = re.compile(r"\S*/\S*")
HIDDEN = "***"
SHORTEST_SECRET = 5


class SlackChannel:
    """Sends a message through a webhook of Slack.

    `webhook_url` is a secret: no error, log line or repr of this class shows it. `sleep` waits for seconds,
    and `clock` counts them. One channel serves all accounts of an invocation: when Slack asks for a
    pause, all of them keep it; when it takes no table, none is sent another.
    """

    name = "slack"

    def __init__(
        self,
        http: Http,
        webhook_url: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._webhook_url = webhook_url
        self._sleep = sleep
        self._clock = clock
        self._open_at = clock()
        self._takes_tables = True

    def send(self, message: Message, seconds_left: float) -> None:
        """Send a message within `seconds_left`, after every pause that Slack asks for and that fits in there.

        Raises ChannelError when Slack is busy or unavailable, ChannelRefusedError when it refuses the message
        or the webhook for good, and ChannelUnsureError when it does not answer, or not with its "ok".
        """
        until = self._clock() + seconds_left
        sent = payload(message, tables=self._takes_tables)
        answer = self._posted(sent, until)
        if answer.status == BAD_REQUEST and _OF_BLOCKS.search(_words(answer)):
            without = payload(message, tables=False)
            if without != sent:
                # What was refused did not arrive, so that this cannot be a repeat.
                self._takes_tables = False
                answer = self._posted(without, until)
        _check(answer.status, self._harmless(_words(answer)))

    def _posted(self, sent: Mapping[str, Any], until: float) -> Answer:
        if not self._waited(until):
            raise ChannelError(BUSY)
        try:
            return self._http.request(
                "POST",
                self._webhook_url,
                headers=HEADERS,
                body=msgspec.json.encode(sent),
                seconds=lambda: _seconds(until - self._clock()),
                largest=LONGEST_ANSWER_BYTES,
                again=lambda outcome, _: self._is_asked_to_wait(outcome) and self._waited(until),
            )
        except HttpError as error:
            raise _unanswered(error) from None

    def _is_asked_to_wait(self, outcome: Answer | HttpError) -> bool:
        if isinstance(outcome, HttpError) or outcome.status != TOO_MANY or outcome.retry_after is None:
            return False
        self._open_at = self._clock() + max(outcome.retry_after, 1.0)
        return True

    def _waited(self, until: float) -> bool:
        """Wait for the gate to open; False where that leaves no time to send."""
        pause = self._open_at - self._clock()
        if pause > 0:
            if pause + LEAST_SECONDS > until - self._clock():
                return False
            self._sleep(pause)
            self._open_at = self._clock()
        return True

    def _harmless(self, words: str) -> str:
        # A proxy's page may name the path that was asked for, whole or in parts.
        harmless = _PATH.sub(HIDDEN, clean(words))
        for part in self._webhook_url.split("/")[3:]:
            harmless = harmless.replace(part, HIDDEN) if len(part) >= SHORTEST_SECRET else harmless
        return harmless


def _words(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def _seconds(left: float) -> float:
    if left < LEAST_SECONDS:
        raise ChannelError(f"There was no time left to send to Slack: {NEXT_TICK}")
    return min(left, ANSWER_SECONDS)


def _unanswered(error: HttpError) -> ChannelError:
    if error.is_sent:
        return ChannelUnsureError(
            f"Slack has not answered ({error.name}), so the message may have arrived: it is sent again, "
            "marked as maybe a repeat; see whether Slack is slow (https://slack-status.com)"
        )
    return ChannelError(f"Slack could not be reached ({error.name}): {NEXT_TICK}")


def _check(status: int, body: str) -> None:
    shown = f"“{cut(body, LONGEST_SHOWN)}”" if body else "nothing"
    if status == OK:
        if body.lower() == "ok":
            return
        raise ChannelUnsureError(
            f"The webhook's address answered not with Slack's “ok” but with {shown}: check that "
            "slack_webhook_url in the secret is an incoming webhook, and that no proxy answers in its place",
            is_strange=True,
        )
    if status == TOO_MANY:
        raise ChannelError(BUSY)
    if status == TIMEOUT or status >= SERVER_ERROR:
        raise ChannelError(f"Slack failed with status {status}: {NEXT_TICK}")
    if status < BAD_REQUEST:
        raise ChannelRefusedError(
            f"The webhook's address does not lead to Slack's webhook (status {status}): {NEW_WEBHOOK}"
        )
    known = f"{REMEDIES[body]} ({status} {body})" if body in REMEDIES else ""
    unknown = f"it answered {status} {shown}; {NEW_WEBHOOK}"
    raise ChannelRefusedError(f"Slack refused the message: {known or unknown}")

"""Slack, through an incoming webhook."""

import logging
import re
import time
from collections.abc import Callable

import msgspec
import urllib3

from budget_alert import __version__
from budget_alert.channels.blocks import payload
from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from budget_alert.messages.compose import Message
from budget_alert.messages.wording import clean, cut

CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
"""Slack may take a message and say so late: who gives up sooner sends it twice."""
LEAST_SECONDS = 0.5
LONGEST_ANSWER_BYTES = 1024
LONGEST_SHOWN = 100
OK = 200
CLIENT_ERROR, SERVER_ERROR = 400, 500
TIMEOUT = 408
TOO_MANY = 429
HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"poe-budget-alert/{__version__}"}
NEXT_TICK = "the next tick sends the message again"
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
MAYBE_TAKEN = (urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.ProtocolError)
"""What may go wrong once the message is on its way."""
_PATH = re.compile(r"\S*/\S*")
HIDDEN = "***"
SHORTEST_SECRET = 5


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: str
    retry_after: str


class SlackChannel:
    """Tells a message through a webhook of Slack.

    `webhook_url` is a secret: no error, log line or repr of this class shows it. `sleep` waits for seconds,
    and `clock` counts them. One channel serves all accounts of an invocation: when Slack asks for a
    pause, all of them keep it.
    """

    name = "slack"

    def __init__(
        self,
        http: urllib3.PoolManager,
        webhook_url: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._webhook_url = webhook_url
        self._sleep = sleep
        self._clock = clock
        self._open_at = clock()
        # At DEBUG urllib3 logs the path of each request, and the webhook's path is its secret.
        logging.getLogger("urllib3").setLevel(logging.INFO)

    def send(self, message: Message, seconds_left: float) -> None:
        """Send a message within `seconds_left`, after every pause that Slack asks for and that fits in there.

        Raises ChannelError when Slack is busy or unavailable, ChannelRefusedError when it refuses the message
        or the webhook for good, and ChannelUnsureError when it does not answer, or not with its "ok".
        """
        until = self._clock() + seconds_left
        body = msgspec.json.encode(payload(message))
        answer = self._post(body, until)
        while (pause := _pause(answer)) is not None:
            self._open_at = self._clock() + pause
            answer = self._post(body, until)
        _judge(answer)

    def _post(self, body: bytes, until: float) -> _Answer:
        pause = self._open_at - self._clock()
        if pause > 0:
            if pause + LEAST_SECONDS > until - self._clock():
                raise ChannelError(f"Slack is busy (429): {NEXT_TICK}")
            self._sleep(pause)
            self._open_at = self._clock()
        seconds = until - self._clock()
        if seconds < LEAST_SECONDS:
            raise ChannelError(f"There was no time left to tell Slack: {NEXT_TICK}")
        try:
            return self._exchange(body, seconds)
        except MAYBE_TAKEN as error:
            failure: ChannelError = ChannelUnsureError(
                f"Slack has not answered ({type(error).__name__}), so the message may have arrived: "
                "it is sent again, marked as maybe a repeat; see whether Slack is slow (https://slack-status.com)"
            )
        except urllib3.exceptions.HTTPError as error:
            failure = ChannelError(f"Slack could not be reached ({type(error).__name__}): {NEXT_TICK}")
        # Raised out here, because urllib3's own words hold the address: nothing may be chained to it.
        raise failure

    def _exchange(self, body: bytes, seconds: float) -> _Answer:
        response = self._http.request(
            "POST",
            self._webhook_url,
            body=body,
            headers=HEADERS,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS, total=seconds),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            words = response.read1(LONGEST_ANSWER_BYTES).decode("utf-8", "replace")
            return _Answer(response.status, self._harmless(words), response.headers.get("Retry-After", ""))
        finally:
            # What lies beyond the bound stays unread, so the connection cannot be used again.
            response.close()
            response.release_conn()

    def _harmless(self, words: str) -> str:
        # A proxy's page may name the path that was asked for, whole or in parts.
        harmless = _PATH.sub(HIDDEN, clean(words))
        for part in self._webhook_url.split("/")[3:]:
            harmless = harmless.replace(part, HIDDEN) if len(part) >= SHORTEST_SECRET else harmless
        return harmless


def _pause(answer: _Answer) -> float | None:
    """Read how long Slack asks to wait, in seconds, at least one; None where it does not."""
    if answer.status != TOO_MANY or not answer.retry_after.isdecimal():
        return None
    return max(float(answer.retry_after), 1.0)


def _judge(answer: _Answer) -> None:
    status = answer.status
    if status == OK:
        _judge_words(answer.body)
    elif status == TOO_MANY:
        raise ChannelError(f"Slack is busy (429): {NEXT_TICK}")
    elif status == TIMEOUT or status >= SERVER_ERROR:
        raise ChannelError(f"Slack failed with status {status}: {NEXT_TICK}")
    elif status >= CLIENT_ERROR:
        raise ChannelRefusedError(f"Slack refused the message: {_remedy(answer)}")
    else:
        raise ChannelRefusedError(
            f"The webhook's address does not lead to Slack's webhook (status {status}): {NEW_WEBHOOK}"
        )


def _judge_words(body: str) -> None:
    if body.lower() != "ok":
        raise ChannelUnsureError(
            f"The webhook's address answered not with Slack's “ok” but with {_shown(body)}: check that "
            "slack_webhook_url in the secret is an incoming webhook, and that no proxy answers in its place",
            is_strange=True,
        )


def _remedy(answer: _Answer) -> str:
    remedy = REMEDIES.get(answer.body)
    if remedy:
        return f"{remedy} ({answer.status} {answer.body})"
    return f"it answered {answer.status} {_shown(answer.body)}; {NEW_WEBHOOK}"


def _shown(body: str) -> str:
    return f"“{cut(body, LONGEST_SHOWN)}”" if body else "nothing"

"""A click on an alert, as Slack sends it to the second function, and all that this function reaches."""

import hmac
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from budget_alert.channels.blocks import SNOOZE
from budget_alert.ledger.items import alert_key, item
from lab.bench.deployment import KEY, called
from poe_budget.preview.account import samples
from standins.dynamodb import WRITES, DynamoDB
from standins.loopback import Answer, Asked, Reply, json_reply
from standins.slack_receiver import CLICKED, PATH, TEAM

ALERT = samples()["budget"][0]
SIGNING = "a-signing-secret-of-nobody"


def answering() -> Answer:
    """Give what answers as AWS and as Slack; writes are accepted and change nothing."""
    stored = item("default", alert_key(ALERT.counted_at, ALERT.id), ALERT, ALERT.counted_at)
    table = DynamoDB(
        [stored | {"owed": {"SS": ["slack"]}}],
        lambda operation, _, work: {} if operation in WRITES else work(),
    )

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith(CLICKED):
            return Reply(body=b"ok")
        call = called(asked)
        if call.service == "DynamoDB":
            return json_reply(table.call(call.operation, call.parameters))
        secret = {
            "poe_api_key": KEY,
            "slack_webhook_url": f"http://{asked.headers['host']}{PATH}",
            "slack_signing_secret": SIGNING,
        }
        return json_reply({"Name": "secret", "SecretString": json.dumps(secret)})

    return answer


def event(address: str) -> bytes:
    """Give the event of a click that snoozes the alert and is signed now; Slack's answer is at an address."""
    now = datetime.now(UTC)
    action = {
        "action_id": SNOOZE,
        "block_id": f"default|{ALERT.counted_at.isoformat()}|{ALERT.id}",
        "action_ts": str(now.timestamp()),
        "selected_option": {"value": "6h"},
    }
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ada"},
        "team": {"id": TEAM},
        "response_url": f"{address}{CLICKED}1/abc",
        "actions": [action],
    }
    body, stamp = urlencode({"payload": json.dumps(payload)}), str(int(now.timestamp()))
    signature = hmac.digest(SIGNING.encode(), f"v0:{stamp}:{body}".encode(), "sha256").hex()
    asked = {
        "headers": {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"},
        "requestContext": {"http": {"method": "POST", "path": "/"}},
        "body": body,
    }
    return json.dumps(asked).encode()

"""Stops a job of yours when a budget's limit is reached: it disables the EventBridge rule that starts it.

An example to copy. SNS hands over the alerts of the topic; who agrees invokes it with {"approve": true}.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Ask whether the job may be stopped, or stop it: at once where no approval is wanted."""
    if event.get("approve") is True:
        return _stopped()
    alerts = [alert for record in event.get("Records", ()) for alert in _alerts(record)]
    reached = [alert for alert in alerts if is_reached(alert, os.environ["BUDGET"])]
    if not reached:
        return {"stopped": False}
    return _asked(reached[0]) if os.environ["APPROVAL"] == "manual" else _stopped()


def is_reached(alert: Mapping[str, Any], budget: str) -> bool:
    """Tell whether an alert says that the budget's limit is reached; "" stands for any budget."""
    is_limit = alert["kind"] == "budget" and alert["severity"] == "critical"
    return is_limit and budget in ("", alert["rule"])


def _alerts(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    document = json.loads(record["Sns"]["Message"])
    # What the stack's alarms send is no such document.
    return document.get("alerts", []) if isinstance(document, dict) else []


def _asked(alert: Mapping[str, Any]) -> dict[str, Any]:
    rule, function = os.environ["RULE"], os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    used = f"{alert['points']} of {alert['limit']} points"
    _mail(
        f"May {rule} be stopped?",
        f"The budget “{alert['rule']}” has reached its limit: {used}.",
        f"To stop the job, disable the EventBridge rule {rule}:\n"
        f"aws lambda invoke --function-name {function} --cli-binary-format raw-in-base64-out "
        "--payload '{\"approve\": true}' /dev/stdout",
        f"To let it go on, do nothing. To start it again later:\naws events enable-rule --name {rule}",
    )
    return {"stopped": False, "asked": True}


def _stopped() -> dict[str, Any]:
    rule = os.environ["RULE"]
    boto3.client("events").disable_rule(Name=rule)
    again = f"To start it again:\naws events enable-rule --name {rule}"
    _mail(f"{rule} is stopped", f"The EventBridge rule {rule} is disabled.", again)
    return {"stopped": True}


def _mail(subject: str, *paragraphs: str) -> None:
    boto3.client("sns").publish(
        TopicArn=os.environ["APPROVERS"], Subject=subject, Message="\n\n".join(paragraphs)
    )

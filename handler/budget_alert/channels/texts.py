"""Message -> the texts that SNS hands to each protocol, and the attributes its filter policies see."""

from typing import TYPE_CHECKING

import msgspec

from budget_alert.channels.mail import body
from budget_alert.channels.qdeveloper import notification
from budget_alert.channels.records import document, nested_bytes
from budget_alert.channels.sms import sms
from budget_alert.messages.compose import Message
from budget_alert.messages.wording import name

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

MOST_BYTES = 200_000
ROOM_FOR_NAMES = 200


def texts(message: Message) -> str:
    """Give the JSON object of all six texts, under 200,000 bytes."""
    mail = body(message)
    told = {"default": mail, "email": mail, "sms": sms(message), "https": notification(message)}
    taken = ROOM_FOR_NAMES + sum(map(nested_bytes, told.values()))
    machine = document(message.account, message.alerts, (MOST_BYTES - taken) // 2)
    return msgspec.json.encode({**told, "sqs": machine, "lambda": machine}).decode()


def attributes(message: Message) -> "dict[str, MessageAttributeValueTypeDef]":
    """Give severity, account and kinds as message attributes."""
    kinds = msgspec.json.encode(message.kinds).decode()
    return {
        "severity": {"DataType": "String", "StringValue": message.severity.value},
        "account": {"DataType": "String", "StringValue": name(message.account)},
        "kind": {"DataType": "String.Array", "StringValue": kinds},
    }

"""Records what code asks of AWS, as IAM sees it: which action, on which resource."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from botocore.hooks import BaseEventHooks

Call = tuple[str, str]
"""An IAM action such as "dynamodb:PutItem", and the resource as the caller named it."""

# Of a transaction IAM asks for the actions of its items:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_ITEM_ACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
# Of a batch IAM asks for the action of one message:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html
_BATCHES = {"DeleteMessageBatch": "DeleteMessage", "SendMessageBatch": "SendMessage"}
_RESOURCES = ("TableName", "SecretId", "TopicArn", "Name", "QueueUrl")


class _Hooked(Protocol):
    @property
    def events(self) -> BaseEventHooks: ...


class CallRecorder:
    """Keeps in `calls` every call of the clients it is attached to, refused ones included."""

    def __init__(self) -> None:
        self.calls: set[Call] = set()

    def attach(self, session: _Hooked) -> None:
        """Record the calls of a session's clients made from now on, or of one client's `meta`."""
        session.events.register("provide-client-params", self._record)

    def _record(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        self.calls.update(_calls(model.service_model.service_name, model.name, params))


def _calls(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in params["TransactItems"]:
            yield from ((_ITEM_ACTIONS[kind], one["TableName"]) for kind, one in item.items())
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        yield from ((f"dynamodb:{operation}", table) for table in params["RequestItems"])
    else:
        named = (params[name] for name in _RESOURCES if name in params)
        yield f"{service}:{_BATCHES.get(operation, operation)}", next(named, "*")

"""Calls to DynamoDB, one account's items only: consistent reads, conditional writes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from math import inf
from random import uniform
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from budget_alert.errors import LedgerError, LostRaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from budget_alert.ledger.items import Item

KEYS_A_BATCH = 100
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0
TRIES = 10
"""So often DynamoDB may give everything back: with the pauses between, that is about ten seconds."""
SECONDS_AFTER = 2.0
"""Kept of the time left when it is waited for DynamoDB, to say that it failed."""
# A code ends in "Exception" where it stands for a call, and not where it stands for an item of a transaction:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, "Errors".
LOST = {
    "ConditionalCheckFailed",
    "ConditionalCheckFailedException",
    "TransactionConflict",
    "TransactionConflictException",
}
NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


class Table:
    """The items of one account.

    Every method raises LedgerError when DynamoDB fails; a write raises LostRaceError when its condition
    does not hold (any more), and then wrote nothing. `sleep` waits for seconds, of which `left` counts how
    many there still are.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        account: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        left: Callable[[], float] = lambda: inf,
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._left = left
        self.account = account

    def get(self, key: str) -> Item | None:
        """Give the item with a sort key."""
        with _translated():
            answer = self._client.get_item(
                TableName=self._name, Key=self._place(self.account, key), ConsistentRead=True
            )
        return answer.get("Item")

    def of(self, account: str) -> Table:
        """Give the items of another account."""
        return Table(self._client, self._name, account, sleep=self._sleep, left=self._left)

    def get_many(self, keys: Sequence[str]) -> Iterator[Item]:
        """Give the account's items with these sort keys, as `get_pairs` does."""
        return self.get_pairs([(self.account, key) for key in keys])

    def get_pairs(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Item]:
        """Give the items with these accounts and sort keys, each named once, that exist, in no order."""
        for first in range(0, len(pairs), KEYS_A_BATCH):
            wanted: Any = [self._place(*pair) for pair in pairs[first : first + KEYS_A_BATCH]]
            in_vain = 0
            while wanted:
                request: Any = {self._name: {"Keys": wanted, "ConsistentRead": True}}
                with _translated():
                    answer = self._client.batch_get_item(RequestItems=request)
                yield from answer["Responses"].get(self._name, [])
                unprocessed = answer["UnprocessedKeys"].get(self._name)
                left_over = unprocessed["Keys"] if unprocessed else []
                if left_over:
                    in_vain = in_vain + 1 if len(left_over) == len(wanted) else 0
                    self._back_off(in_vain)
                wanted = left_over

    def range(self, first: str, last: str) -> Iterator[Item]:
        """Give the items whose sort key lies between two, both included, in order."""
        query: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": self.account},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            "ConsistentRead": True,
        }
        while True:
            with _translated():
                answer = self._client.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def write(self, guard: Item, version: int, items: Iterable[Item], new: Iterable[Item]) -> None:
        """Put items, all of them or none, on the condition that the stored guard has the version.

        Version 0 means that there is no guard yet. The `new` items must not exist.
        """
        unchanged: dict[str, Any] = NEW
        if version:
            known = {":known": {"N": str(version)}}
            unchanged = {"ConditionExpression": "version = :known", "ExpressionAttributeValues": known}
        puts: list[Any] = [{"Item": guard, **unchanged}]
        puts += [{"Item": one} for one in items]
        puts += [{"Item": one, **NEW} for one in new]
        self._write("Put", puts, self._client.put_item)

    def update(
        self, keys: Sequence[str], expression: str, values: Item, condition: str = "attribute_exists(pk)"
    ) -> None:
        """Change up to a hundred items alike, all of them or none, where a condition holds for each."""
        change = {
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        updates = [{"Key": self._place(self.account, key), **change} for key in keys]
        self._write("Update", updates, self._client.update_item)

    def _write(self, kind: str, writes: Sequence[Any], single: Callable[..., object]) -> None:
        """Make writes, all of them or none; a transaction of one would do the same and is charged twice."""
        writes = [{"TableName": self._name, **one} for one in writes]
        transaction: Any = [{kind: one} for one in writes]
        with _translated():
            if len(writes) == 1:
                single(**writes[0])
            else:
                self._client.transact_write_items(TransactItems=transaction)

    def _back_off(self, in_vain: int) -> None:
        """Wait before what was left over is asked for again, longer each time that nothing was answered."""
        longest = min(FIRST_PAUSE_SECONDS * 2**in_vain, LONGEST_PAUSE_SECONDS)
        pause = longest * uniform(0.5, 1)  # noqa: S311 - jitter is no secret
        if in_vain == TRIES or pause > self._left() - SECONDS_AFTER:
            raise LedgerError(_failed("UnprocessedKeys"))
        self._sleep(pause)

    @staticmethod
    def _place(account: str, key: str) -> Item:
        return {"pk": {"S": account}, "sk": {"S": key}}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        codes = {
            error.response.get("Error", {}).get("Code", ""),
            *(reason.get("Code", "") for reason in reasons),
        }
        if codes & LOST:
            raise LostRaceError("Another tick wrote first: nothing is lost, the next tick goes on") from error
        raise LedgerError(_failed("/".join(sorted(codes - {"None", ""})))) from error
    except BotoCoreError as error:
        raise LedgerError(_failed(type(error).__name__)) from error


def _failed(what: str) -> str:
    return (
        f"The table failed ({what}). The next tick tries again and nothing is lost; if this lasts, "
        "see that the table exists and deploy the template again, which restores the function's rights"
    )

"""How DynamoDB's answers are taken: pages, leftovers and failures."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from budget_alert.errors import LedgerError, LostRaceError
from budget_alert.ledger.items import Item
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from budget_alert.usage.state import State
from tests.support.ledgers import FOUR_DAYS, NOW

ANYTHING = State(started_at=NOW)
CALLS: list[Callable[[Table], object]] = [
    lambda table: Ledger(table).state(),
    lambda table: Ledger(table).slots(FOUR_DAYS),
    lambda table: Ledger(table).notified(["told#a"]),
    lambda table: Ledger(table).record(ANYTHING, ANYTHING, {}, {}),
    lambda table: Outbox(table).alerts(NOW),
    lambda table: Outbox(table).release("sns", "a lease"),
]


class StubbornClient:
    """A DynamoDB that fails whatever it is asked."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., object]:
        """Give an operation that raises."""

        def fail(**_: object) -> object:
            raise self._error

        return fail


class PagingClient:
    """A DynamoDB that answers in pieces, and keeps what it was asked."""

    def __init__(self, keys: list[str], piece: int) -> None:
        self._items: list[Item] = [{"pk": {"S": "default"}, "sk": {"S": key}} for key in keys]
        self._piece = piece
        self.asked: list[int] = []

    def query(self, **request: Any) -> dict[str, Any]:
        """Give a page, and where the next one begins."""
        assert request["ConsistentRead"] is True
        start = int(request.get("ExclusiveStartKey", {"n": {"N": "0"}})["n"]["N"])
        self.asked.append(start)
        end = start + self._piece
        answer: dict[str, Any] = {"Items": self._items[start:end]}
        return answer | ({"LastEvaluatedKey": {"n": {"N": str(end)}}} if end < len(self._items) else {})

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Give what is there of the first keys, and the others back."""
        request = RequestItems["ledger"]
        assert request["ConsistentRead"] is True
        self.asked.append(len(request["Keys"]))
        taken, left = request["Keys"][: self._piece], request["Keys"][self._piece :]
        found = [one for one in self._items if {"pk": one["pk"], "sk": one["sk"]} in taken]
        return {
            "Responses": {"ledger": found},
            "UnprocessedKeys": {"ledger": {"Keys": left, "ConsistentRead": True}} if left else {},
        }


def table(client: Any, slept: list[float] | None = None, left: float = 60) -> Table:
    """Give a table on a client; `left` are the seconds left, of which sleep takes some."""
    pauses = [] if slept is None else slept
    return Table(client, "ledger", "default", sleep=pauses.append, left=lambda: left - sum(pauses))


def keys(found: Any) -> list[str]:
    """Give the sort keys."""
    return [one["sk"]["S"] for one in found]


def refused(code: str, *reasons: str) -> ClientError:
    """Make the error that boto3 raises for a call, with the reasons of a cancelled transaction."""
    response: Any = {"Error": {"Code": code, "Message": "secret words"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "Operation")


def test_a_range_is_read_to_its_end() -> None:
    """Pages follow one another until there is no further one."""
    client = PagingClient([f"k{n}" for n in range(7)], piece=3)
    assert keys(table(client).range("k", "l")) == [f"k{n}" for n in range(7)]
    assert client.asked == [0, 3, 6]


def test_keys_that_were_left_over_are_asked_for_again() -> None:
    """A batch holds at most 100 keys, and what DynamoDB did not get to is asked for again."""
    stored = [f"k{n}" for n in range(250)]
    client, slept = PagingClient(stored[::2], piece=60), list[float]()
    assert keys(table(client, slept).get_many(stored)) == stored[::2]
    assert client.asked == [100, 40, 100, 40, 50]
    assert len(slept) == 2
    assert all(0 < pause <= 0.05 for pause in slept)


def test_a_table_that_gives_everything_back_is_waited_for_and_then_fails() -> None:
    """Each pause is longer than the one before, up to a cap; after ten answers in vain it is an error."""
    client, slept = PagingClient([], piece=0), list[float]()
    with pytest.raises(LedgerError, match=r"^The table failed \(UnprocessedKeys\)"):
        list(table(client, slept).get_many(["a", "b"]))
    assert client.asked == [2] * 10
    assert all(
        0.5 * most <= pause <= most
        for pause, most in zip(slept, [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2, 2], strict=True)
    )


def test_a_table_is_waited_for_only_while_there_is_time() -> None:
    """A pause that the function would not outlive is not begun."""
    slept: list[float] = []
    with pytest.raises(LedgerError, match="UnprocessedKeys"):
        list(table(PagingClient([], piece=0), slept, left=3).of("other").get_many(["a"]))
    assert 0 < sum(slept) <= 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("AccessDeniedException"),
        refused("TransactionCanceledException", "None", "ThrottlingError"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
        ClientError({}, "GetItem"),
    ],
    ids=["throttled", "denied", "throttled in a transaction", "no connection", "no code"],
)
def test_a_failing_table_says_what_to_do(call: Callable[[Table], object], error: Exception) -> None:
    """Throttling, missing rights and broken connections are ledger errors in words, with AWS's own code."""
    with pytest.raises(LedgerError, match=r"^The table failed.*deploy the template") as caught:
        call(table(StubbornClient(error)))
    assert not isinstance(caught.value, LostRaceError)
    assert "secret words" not in str(caught.value)
    assert "None" not in str(caught.value)


def test_the_reason_of_a_cancelled_transaction_is_named() -> None:
    """Not only that a transaction was cancelled is said, but why."""
    error = refused("TransactionCanceledException", "None", "ThrottlingError")
    with pytest.raises(LedgerError, match="ThrottlingError/TransactionCanceledException"):
        Ledger(table(StubbornClient(error))).waiting(ANYTHING, None)


@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_transaction_that_met_another_lost_the_race(reason: str) -> None:
    """A changed version and a transaction at the same instant are the same: another tick was first."""
    error = refused("TransactionCanceledException", "None", reason, "ThrottlingError")
    with pytest.raises(LostRaceError, match="Another tick wrote first"):
        Ledger(table(StubbornClient(error))).waiting(ANYTHING, None)


@pytest.mark.parametrize("code", ["ConditionalCheckFailedException", "TransactionConflictException"])
def test_an_update_that_met_a_write_lost_the_race(code: str) -> None:
    """The same holds for the change of a single item."""
    with pytest.raises(LostRaceError):
        table(StubbornClient(refused(code))).update(["cursor"], "SET a = :a", {":a": {"N": "1"}})

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from budget_alert.errors import FanoutError
from budget_alert.fanout import fan_out
from budget_alert.rounds import is_batch

MINUTE = timedelta(minutes=1)
Failures = list[Exception | set[str]]


@dataclass
class Queue:
    """A client that takes what it is sent, but for what `failures` says of each call in turn."""

    failures: Failures = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as SQS has it
        """Take a batch of messages."""
        assert QueueUrl == "the-queue"
        self.sizes.append(len(Entries))
        failure = self.failures.pop(0) if self.failures else set()
        if isinstance(failure, Exception):
            raise failure
        self.taken += [entry for entry in Entries if entry["Id"] not in failure]
        return {"Failed": [{"Id": name} for name in failure]} if failure else {}

    @property
    def accounts(self) -> list[str]:
        """Whose messages were taken."""
        return [json.loads(entry["MessageBody"])["account"] for entry in self.taken]


def sent(queue: Any, accounts: list[str], interval: timedelta = 5 * MINUTE) -> int:
    """Send accounts through a client."""
    return fan_out(queue, "the-queue", interval, accounts)


def names(number: int) -> list[str]:
    """Give so many accounts."""
    return [f"account-{each}" for each in range(number)]


@pytest.mark.parametrize(("number", "sizes"), [(1, [2]), (9, [10]), (10, [10, 1]), (25, [10, 10, 6])])
def test_accounts_are_sent_ten_a_call_and_all_together_last(number: int, sizes: list[int]) -> None:
    """That is the most that SQS takes at once; each message has an id of its own."""
    queue = Queue()
    assert sent(queue, names(number)) == number + 1
    assert queue.sizes == sizes
    assert queue.accounts == [*names(number), "all"]
    assert len({entry["Id"] for entry in queue.taken}) == number + 1


@pytest.mark.parametrize(("minutes", "delay"), [(1, 30), (5, 120), (60, 120)])
def test_the_sum_waits_for_the_accounts(minutes: int, delay: int) -> None:
    """Its message is delayed by half of an interval, two minutes at most."""
    queue = Queue()
    sent(queue, names(2), minutes * MINUTE)
    assert [entry["DelaySeconds"] for entry in queue.taken] == [0, 0, delay]


@pytest.mark.parametrize(
    "failure",
    [
        {"1", "3"},
        ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessageBatch"),
        ReadTimeoutError(endpoint_url="https://sqs"),
    ],
)
def test_what_was_not_taken_is_sent_once_more(failure: Exception | set[str]) -> None:
    """Each account is in the queue once."""
    queue = Queue([failure])
    assert sent(queue, names(4)) == 5
    assert sorted(queue.accounts) == ["account-0", "account-1", "account-2", "account-3", "all"]


def test_what_is_refused_twice_is_an_error_after_the_others_are_sent() -> None:
    """It says how many, and what to do."""
    queue = Queue([{"1"}, set(), {"1"}])
    with pytest.raises(FanoutError, match=r"1 of 13 accounts could not be put into the queue: the next tick"):
        sent(queue, names(12))
    assert len(queue.taken) == 12


MESSAGE = {"eventSource": "aws:sqs"}
OTHERS = [[MESSAGE, {"eventSource": "aws:sns"}], [{"EventSource": "aws:sns"}], ["x"], {}, []]


@pytest.mark.parametrize("event", [*({"Records": records} for records in OTHERS), {}, None])
def test_only_messages_of_a_queue_are_a_batch(event: object) -> None:
    """Any other event is a tick of the schedule."""
    assert is_batch({"Records": [MESSAGE]})
    assert not is_batch(event)

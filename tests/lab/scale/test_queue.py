from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from lab.costs.assumed import ACCOUNTS_A_BATCH
from lab.scale.standard_queue import MOST_RECEIVES, Letter, StandardQueue

NOW = datetime(2026, 11, 3, tzinfo=UTC)
HIDDEN = timedelta(minutes=4)
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue() -> StandardQueue:
    """Give an empty queue."""
    return StandardQueue(Random(1), HIDDEN)  # noqa: S311 - it shuffles


def accounts(letters: list[Letter]) -> list[str]:
    """Name the accounts of messages."""
    return [letter.account for letter in letters]


def send(queue: StandardQueue, number: int) -> None:
    """Send a message for each of so many accounts."""
    for one in range(number):
        queue.send(f'{{"account":"a{one}"}}', NOW)


def test_what_was_deleted_does_not_come_again(queue: StandardQueue) -> None:
    """A message that was dealt with is gone."""
    send(queue, 1)
    queue.delete(queue.receive(NOW))
    assert queue.next_at() is None
    assert queue.receive(NOW + HIDDEN) == []


def test_what_was_not_deleted_comes_again_after_a_while(queue: StandardQueue) -> None:
    """Until then it is hidden, and it says how often it was received, and when first."""
    send(queue, 1)
    queue.receive(NOW)
    assert queue.next_at() == NOW + HIDDEN
    assert queue.receive(NOW + HIDDEN - SECOND) == []
    again = queue.receive(NOW + HIDDEN)
    assert [letter.record()["attributes"] for letter in again] == [
        {
            "ApproximateReceiveCount": "2",
            "SentTimestamp": str(int(NOW.timestamp() * 1000)),
            "ApproximateFirstReceiveTimestamp": str(int(NOW.timestamp() * 1000)),
        }
    ]


def test_what_failed_too_often_is_dead(queue: StandardQueue) -> None:
    """It is put aside when it would come once more than it may."""
    send(queue, 1)
    for time in range(MOST_RECEIVES):
        assert accounts(queue.receive(NOW + time * HIDDEN)) == ["a0"]
    assert queue.receive(NOW + MOST_RECEIVES * HIDDEN) == []
    assert accounts(queue.dead) == ["a0"]
    assert queue.next_at() is None


def test_a_delayed_message_waits(queue: StandardQueue) -> None:
    """Nobody receives it before its time."""
    queue.send('{"account":"all"}', NOW, delay=timedelta(minutes=2))
    assert queue.receive(NOW) == []
    assert accounts(queue.receive(NOW + timedelta(minutes=2))) == ["all"]


def test_batches_come_in_no_order(queue: StandardQueue) -> None:
    """Each message is in one batch of at most ten, and their order is not that in which they were sent."""
    send(queue, 30)
    batches = [accounts(queue.receive(NOW)) for _ in range(3)]
    assert {len(batch) for batch in batches} == {ACCOUNTS_A_BATCH}
    every = [account for batch in batches for account in batch]
    assert sorted(every) == sorted({f"a{one}" for one in range(30)})
    assert every != [f"a{one}" for one in range(30)]

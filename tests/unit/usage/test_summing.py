from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from budget_alert.instants import DAY, SLOT
from budget_alert.usage.combined import MOST_HELD, States, read_combined
from budget_alert.usage.slots import Span, steps
from budget_alert.usage.state import State
from budget_alert.usage.totals import Amount, Dimensions, Totals

NOW = datetime(2026, 11, 22, 10, 7, tzinfo=UTC)


class Busy:
    """Accounts of which each has spent by so many bots in every quarter hour."""

    def __init__(self, accounts: int, bots: int = 1) -> None:
        self._accounts = [f"account-{number}" for number in range(accounts)]
        self._totals = Totals(
            {Dimensions(f"bot-{number}", "API", "key"): Amount(1, 1) for number in range(bots)}
        )
        self.asked: list[Span] = []

    def states(self) -> States:
        """All were counted just now."""
        return dict.fromkeys(self._accounts, State(started_at=NOW, completed_at=NOW))

    def slots(self, span: Span) -> Iterator[tuple[str, datetime, Totals]]:
        """Give what they spent."""
        self.asked.append(span)
        for slot in steps(*span, SLOT):
            yield from ((account, slot, self._totals) for account in self._accounts)


def test_everything_is_summed_where_there_is_time() -> None:
    """Each slot is the sum of the accounts, told apart by them."""
    sums = read_combined(Busy(2), State(started_at=NOW), NOW, lambda: True)
    assert (sums.left, len(sums.seen)) == ((), sum((end - start) // SLOT for start, end in sums.spans))
    assert {part.api_key for totals in sums.seen.values() for part, _ in totals.items()} == {
        "account-0",
        "account-1",
    }


def test_what_there_is_no_time_for_is_left() -> None:
    """Nothing is read without time, and the newest piece first with a little."""
    assert read_combined(Busy(1), State(started_at=NOW), NOW, lambda: False).spans == ()
    times = iter([True, False])
    sums = read_combined(Busy(1), State(started_at=NOW), NOW, lambda: next(times))
    assert len(sums.spans) == 1
    assert sums.left[0][1] == sums.spans[0][0]


def test_memory_bounds_what_one_tick_sums() -> None:
    """It stops once it holds enough parts, however much time there is, and goes on the next time."""
    busy = Busy(20, bots=20)
    sums = read_combined(busy, State(started_at=NOW), NOW, lambda: True)
    held = sum(totals.width for totals in sums.seen.values())
    assert MOST_HELD <= held < MOST_HELD + DAY // SLOT * 20 * 20
    assert sums.left
    assert busy.asked == list(sums.spans)


def test_the_slots_of_many_accounts_are_read_by_the_day() -> None:
    """A piece is held in memory whole; few accounts have theirs read by the week."""
    many = read_combined(Busy(11), State(started_at=NOW), NOW, lambda: True)
    few = read_combined(Busy(10), State(started_at=NOW), NOW, lambda: True)
    assert max(end - start for start, end in many.spans) == DAY
    assert max(end - start for start, end in few.spans) == timedelta(days=7)

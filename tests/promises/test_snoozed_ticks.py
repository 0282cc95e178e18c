"""Snoozes that come, end and are taken back while ticks are killed and overlap: held back, and never lost."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest

from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.snoozes import MOST, Snooze
from tests.promises.scripted import (
    BEGIN,
    QUIET_TICKS,
    SPENT,
    TEN_MINUTES,
    TICKS,
    Alone,
    check_outbox,
    check_usage,
    gates,
    go_on,
    world,
)
from tests.support.fast import Killed, RecordingChannel
from tests.support.memory_table import MemoryTable

Record = Callable[[str, object], None]
RULE = "Rolling"
"""It reaches its only threshold 25 minutes after BEGIN, and holds for a day."""
UNTIL = BEGIN + timedelta(minutes=45)
END = TICKS + QUIET_TICKS + 2


def book(running: Alone) -> SnoozeBook:
    """Give the account's snoozes, past the gate: somebody else writes them."""
    return SnoozeBook(MemoryTable(_Ungated(running)))  # type: ignore[arg-type]


class _Ungated:
    """The calls to a world's table that pass no gate."""

    def __init__(self, running: Alone) -> None:
        self._client, self._gate = running.table.client, running.gate

    def __getattr__(self, name: str) -> Callable[..., object]:
        """Give a call that leaves the gate as it was."""

        def call(**asked: object) -> object:
            at, passed = self._gate.at, self._gate.passed
            self._gate.at = lambda _number, _name: None
            try:
                return getattr(self._client, name)(**asked)
            finally:
                self._gate.at, self._gate.passed = at, passed

        return call


def snooze(start: datetime = BEGIN, rule: str = RULE) -> Snooze:
    """Make one that ends when the rule has long passed its threshold."""
    return Snooze(rule=rule, start=start, until=UNTIL, by="Ada", points=0, limit=150)


def sent(channel: RecordingChannel) -> list[datetime]:
    """Tell when what the snoozed rule has sent was counted."""
    return [alert.counted_at for alert in channel.sent if alert.rule == RULE]


def both(running: Alone) -> Iterable[list[datetime]]:
    """Give what each channel was sent of the rule."""
    return (sent(running.slack), sent(running.sns))


def test_a_snooze_outlives_a_tick_that_is_killed_anywhere(record_property: Record) -> None:
    """Nothing is sent while it lasts; at its end, what still holds is, once unless a send was cut."""
    points = gates(world())
    for point in range(points + 20):
        running, killed = world(), list[str]()

        def kill(number: int, name: str, point: int = point, killed: list[str] = killed) -> None:
            if number == point:
                killed.append(name)
                raise Killed

        book(running).put(snooze())
        running.gate.at = kill
        go_on(running, END)
        check_usage(running.table, SPENT)
        check_outbox(running.table)
        for sent in both(running):
            assert sent
            assert min(sent) >= UNTIL
            assert len(sent) == 1 or "send" in killed[0] or "accepted" in killed[0]
    record_property("kill points under a snooze", points)


def test_a_snooze_that_comes_at_any_instant_of_a_tick_loses_nothing(record_property: Record) -> None:
    """What the tick had decided is sent, and at the end, once, what still holds."""
    points = gates(world())
    for point in range(1, points + 1):
        running = world()
        start: list[datetime] = []

        def put(number: int, _name: str, point: int = point, running: Alone = running) -> None:
            if number == point:
                start.append(running.now)  # noqa: B023 - used at once
                book(running).put(snooze(running.now))

        running.gate.at = put
        go_on(running, END)
        check_outbox(running.table)
        for sent in both(running):
            assert [at for at in sent if at >= UNTIL] == [BEGIN + 5 * TEN_MINUTES]
            assert [at for at in sent if start[0] < at < UNTIL] == []
    record_property("snoozes in the middle of a tick", points)


@pytest.mark.parametrize("lasting", [True, False])
def test_a_snooze_taken_back_at_any_instant_of_a_tick_loses_nothing(lasting: bool) -> None:  # noqa: FBT001 - whether it would
    """What it held back is sent once, be it by this tick or by the next."""
    points = gates(world())
    for point in range(1, points + 1):
        running = world()
        end = UNTIL + timedelta(days=1) if lasting else UNTIL

        def undo(number: int, _name: str, point: int = point, running: Alone = running) -> None:
            if number == point:
                book(running).undo(RULE, running.now)

        book(running).put(Snooze(rule=RULE, start=BEGIN, until=end, points=0, limit=150))
        running.gate.at = undo
        go_on(running, END)
        check_outbox(running.table)
        assert [len(sent) for sent in both(running)] == [1, 1]


def test_no_tick_asks_for_more_because_of_snoozes() -> None:
    """Quiet or sending, it makes the calls that it makes without any, be they as many as are kept."""
    passed = []
    for count in (0, MOST):
        running, steps = world(), list[int]()
        for number in range(count):
            other = Snooze(rule=f"Other {number}", start=BEGIN, until=BEGIN + timedelta(days=number + 1))
            book(running).put(other)
        for _ in range(END):
            before = running.gate.passed
            go_on(running, 1)
            steps.append(running.gate.passed - before)
        passed.append(steps)
    assert passed[0] == passed[1]
    assert min(passed[0]) < max(passed[0])

"""Snoozes that come, end and are taken back while ticks are killed and overlap: held back, and never lost."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest

from budget_alert.identity import TOGETHER
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.snoozes import MOST, Snooze
from standins.memory_aws import Killed
from tests.promises.scripted import (
    BEGIN,
    QUIET_TICKS,
    SPENT,
    TEN_MINUTES,
    TICKS,
    check_outbox,
    check_sum,
    check_usage,
    go_on,
    rounds,
    team,
    world,
)
from tests.promises.searching import Names, Record, Search
from tests.support.fast import FastWorld, RecordingChannel
from tests.support.tables import MemoryTable

RULE = "Rolling"
"""It reaches its only threshold 25 minutes after BEGIN, and holds for a day."""
UNTIL = BEGIN + timedelta(minutes=45)
END = TICKS + QUIET_TICKS + 2


def book(running: FastWorld) -> SnoozeBook:
    """Give the account's snoozes, past the gate: somebody else writes them."""
    return SnoozeBook(MemoryTable(_Ungated(running)))  # type: ignore[arg-type]


class _Ungated:
    """The calls to a world's table that pass no gate."""

    def __init__(self, running: FastWorld) -> None:
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


def snooze(start: datetime = BEGIN, until: datetime = UNTIL, rule: str = RULE) -> Snooze:
    """Make one that ends when the rule has long passed its threshold."""
    return Snooze(rule=rule, start=start, until=until, by="Ada", points=1_000, limit=150)


def sent(channel: RecordingChannel) -> list[datetime]:
    """Tell when what the snoozed rule has sent was counted."""
    return [alert.counted_at for alert in channel.sent if alert.rule == RULE]


def both(running: FastWorld) -> Iterable[list[datetime]]:
    """Give what each channel was sent of the rule."""
    return (sent(running.slack), sent(running.sns))


def snoozed(until: datetime = UNTIL) -> FastWorld:
    """Make an account with a snooze."""
    running = world()
    book(running).put(snooze(until=until))
    return running


def cut(killed_at: str) -> bool:
    """Tell whether a kill there is a reason to send twice."""
    return "send" in killed_at or "accepted" in killed_at


def test_a_snooze_outlives_a_tick_that_is_killed_anywhere(record_property: Record) -> None:
    """Nothing is sent while it lasts; at its end, what still holds is, once unless a send was cut."""

    def kill(_: FastWorld) -> None:
        raise Killed

    def check(running: FastWorld, cuts: Names) -> None:
        check_usage(running, SPENT)
        check_outbox(running.table)
        for sent in both(running):
            assert sent
            assert min(sent) >= UNTIL
            assert len(sent) == 1 or cuts

    points = Search(snoozed(), rounds(END), kill, check, exposed=TICKS + 1, matter=cut).cases()
    record_property("kill points under a snooze", points)


def test_a_snooze_that_comes_at_any_instant_of_a_tick_loses_nothing(record_property: Record) -> None:
    """What the tick had decided is sent, and at the end, once, what still holds."""
    start = BEGIN

    def put(running: FastWorld) -> None:
        nonlocal start
        start = running.now
        book(running).put(snooze(start))

    def check(running: FastWorld, _: Names) -> None:
        check_outbox(running.table)
        for sent in both(running):
            assert [at for at in sent if at >= UNTIL] == [BEGIN + 5 * TEN_MINUTES]
            assert [at for at in sent if start < at < UNTIL] == []

    points = Search(world(), rounds(END), put, check, exposed=TICKS, without=False).cases()
    record_property("snoozes in the middle of a tick", points)


@pytest.mark.parametrize("lasting", [True, False])
def test_a_snooze_taken_back_at_any_instant_of_a_tick_loses_nothing(lasting: bool) -> None:  # noqa: FBT001 - whether it would
    """What it held back is sent once, be it by this tick or by the next."""

    def undo(running: FastWorld) -> None:
        book(running).undo(RULE, running.now)

    def check(running: FastWorld, _: Names) -> None:
        check_outbox(running.table)
        assert [len(sent) for sent in both(running)] == [1, 1]

    running = snoozed(UNTIL + timedelta(days=1) if lasting else UNTIL)
    assert Search(running, rounds(END), undo, check, exposed=TICKS, without=False).cases() > 100


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


def test_of_several_accounts_each_has_its_snoozes_and_so_has_their_sum() -> None:
    """What is snoozed of the sum is held back there, and goes on in an account; and at the end it is sent."""
    running = team("ada", "bob")
    SnoozeBook(running.table.of(TOGETHER)).put(snooze(rule="Rolling of all"))
    SnoozeBook(running.table.of(TOGETHER)).put(snooze())
    SnoozeBook(running.table.of("ada")).put(snooze(rule="Dear query"))
    go_on(running, END + 2)
    check_sum(running)
    sent = {
        (account, alert.rule): alert.counted_at for account, alerts in running.slack.taken for alert in alerts
    }
    assert sent[TOGETHER, "Rolling of all"] >= UNTIL > sent["ada", "Rolling"]
    assert ("ada", "Dear query") not in sent

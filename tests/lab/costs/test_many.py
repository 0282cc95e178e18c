import pytest

from lab.costs.lambdas import Timed
from lab.costs.many import ACCOUNTS_A_SECRET, Figures, Fleet
from lab.costs.single import Stack
from lab.costs.use import Work

TIMED = Timed(start_ms=400, first_ms=100, later_ms=50, peak_mb=60)
FIGURES = Figures(
    tick=Work(reads=10, writes=4, logged=500, aws_calls=5, poe_calls=1),
    day_bytes=0,
    timed=TIMED,
    stack=Stack(metrics=4, alarms=5, dashboards=1),
    changed=2,
    together=Work(reads=30, writes=40, aws_calls=6),
)
HOURS = 730
WHOLE = 1769
"""With so much memory, a tick has a vCPU, and milliseconds are as measured."""


def fleet(accounts: int, *, queue: bool = True) -> Fleet:
    """Return a month of accounts ticked every hour."""
    return Fleet(accounts=accounts, minutes=60, memory_mb=WHOLE, figures=FIGURES, queue=queue)


@pytest.mark.parametrize(("accounts", "stacks"), [(1, 1), (910, 1), (911, 2), (10_000, 11)])
def test_a_secret_holds_so_many_keys(accounts: int, stacks: int) -> None:
    """64 KB hold 910 keys of 72 bytes; one more needs a second stack, with a secret of its own."""
    assert ACCOUNTS_A_SECRET == 910
    assert fleet(accounts).stacks == stacks
    use = fleet(accounts).use()
    assert (use.secrets, use.metrics, use.alarms, use.dashboards) == (stacks, 4 * stacks, 5 * stacks, stacks)


def test_accounts_in_turn_are_one_invocation() -> None:
    """Ten accounts, ticked each hour, are 730 invocations that read the secret once each."""
    use = fleet(10, queue=False).use()
    assert use.invocations == use.scheduled == use.secret_calls == pytest.approx(HOURS)
    assert use.queued == 0


def test_in_turn_each_account_and_their_sum_are_charged() -> None:
    """Ten ticks read 10 units each, the sum 30 of its own, a cursor and two items of each account."""
    use = fleet(10, queue=False).use()
    assert use.reads == pytest.approx(HOURS * (10 * 10 + 30 + 10 * 3))
    assert use.writes == pytest.approx(HOURS * (10 * 4 + 40))


def test_in_turn_takes_as_long_as_all_wait_and_compute() -> None:
    """400 ms of start, 100 and 10 times 50 ms of ticks, 11 ms of summing, and all waiting."""
    calls = 10 * 5 + 6 + 1 + 2
    waiting = calls * 10 + 10 * 500
    computing = 100 + 10 * 50 + 10 * (0.1 + 2 * 0.5)
    assert fleet(10, queue=False).seconds == pytest.approx((400 + computing + waiting) / 1000)


def test_fanned_out_there_are_as_many_invocations_as_batches_and_two() -> None:
    """100 accounts are ten batches; one invocation hands them out, one sums them up."""
    use = fleet(100).use()
    assert use.invocations == pytest.approx(HOURS * 12)
    assert use.scheduled == pytest.approx(HOURS)
    assert use.secret_calls == pytest.approx(HOURS * 12)


def test_fanned_out_the_queue_is_asked_for_each_batch_and_all_day() -> None:
    """101 letters take eleven calls, eleven batches are taken and deleted, 15 times a minute none comes."""
    use = fleet(100).use()
    assert use.queued == pytest.approx(HOURS * (11 + 11 * 2) + HOURS * 60 * 15)


def test_fanned_out_the_same_units_are_charged() -> None:
    """What accounts and their sum read and write does not depend on who runs them."""
    aside, fanned = fleet(100, queue=False).use(), fleet(100).use()
    assert fanned.reads == pytest.approx(aside.reads)
    assert fanned.writes == pytest.approx(aside.writes)
    assert fanned.sent_gb == pytest.approx(aside.sent_gb)


def test_fanned_out_a_batch_is_worked_one_account_after_the_other() -> None:
    """400 ms of start, 100 and 9 times 50 ms, 52 calls of AWS and ten of Poe: 6.47 seconds."""
    assert fleet(100).seconds == pytest.approx(0.4 + 0.1 + 0.45 + 0.52 + 5)


def test_more_batches_than_run_at_once_take_turns() -> None:
    """Eleven batches take two rounds, ten one; 101 accounts fill their batches a little less."""
    assert fleet(100).batches == 10
    assert fleet(101).batches == 11
    assert 1.7 < fleet(101).seconds / fleet(100).seconds < 2


def test_only_the_first_round_is_cold() -> None:
    """Of 20 batches ten find an environment that has just worked another one, and need no start."""
    ten, twenty = fleet(100).use(), fleet(200).use()
    batch = 0.4 + 0.1 + 0.45 + 0.52 + 5
    more = (batch - 0.4 - 0.05) * 10
    dispatch = 0.1  # Ten letters more are a tenth of a second more.
    summing = (100 * (0.1 + 2 * 0.5) + 30) / 1000
    seconds = (more + dispatch + summing) * HOURS * WHOLE / 1024
    assert twenty.gb_seconds - ten.gb_seconds == pytest.approx(seconds, rel=1e-3)


def test_every_account_and_the_sum_keep_their_days() -> None:
    """Ten accounts that leave a megabyte a day leave eleven, their sum included."""
    keeping = Figures(
        **{
            **{name: getattr(FIGURES, name) for name in FIGURES.__struct_fields__},
            "day_bytes": 2**20,
        }
    )
    one = Fleet(accounts=10, minutes=60, memory_mb=WHOLE, figures=keeping, queue=False)
    assert one.use().stored_gb == pytest.approx(11 * 400 / 1024)

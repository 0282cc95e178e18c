from collections import Counter

import pytest

from lab.bench.deployment import TEMPLATE_CONFIG
from lab.costs import model
from lab.costs.model import Fleet, Invocation, Month, Timed, stack, stored, timed
from lab.costs.prices import ALWAYS, MONITORING, Amounts, Service, bill, dollars, total
from tests.stack.deployed import Deployed, source, translated

TIMED = Timed(start_ms=400, first_ms=100, later_ms=50, peak_mb=60)
TICK = Amounts(reads=10, writes=4, secret_calls=1, logged=1000, aws_calls=5, poe_calls=1)
MONTH = Month(
    minutes=60,
    memory_mb=1769,
    tick=TICK,
    sending=TICK + Amounts(writes=6, published=1, aws_calls=3),
    day_bytes=2**20,
    timed=TIMED,
)
TICKS = 730
"""Hours of a twelfth of a year."""


def fleet(accounts: int, *, queue: bool = True) -> Fleet:
    """Return a month of accounts ticked every hour."""
    tick = Amounts(reads=10, writes=4, logged=500, aws_calls=5, poe_calls=1)
    return Fleet(accounts=accounts, minutes=60, tick=tick, day_bytes=0, timed=TIMED, changed=2, queue=queue)


@pytest.mark.parametrize(
    ("used", "service", "expected"),
    [
        (Amounts(invocations=2_000_000), Service.COMPUTE, 0.40),
        (Amounts(gb_seconds=1_000_000), Service.COMPUTE, 13.3334),
        (Amounts(scheduled=500_000), Service.COMPUTE, 0.50),
        (Amounts(poe_calls=10e9 / 3000), Service.COMPUTE, 0.90),
        (Amounts(reads=8_000_000), Service.TABLE, 1.00),
        (Amounts(writes=8_000_000), Service.TABLE, 5.00),
        (Amounts(stored=4 * 2**30, backed_up=5 * 2**30), Service.TABLE, 2.00),
        (Amounts(key_calls=10_000), Service.TABLE, 0.03),
        (Amounts(secrets=2, secret_calls=10_000), Service.SECRET, 0.85),
        (Amounts(published=1_000_000), Service.TOPIC, 20.50),
        (Amounts(queued=10_000_000), Service.QUEUE, 4.00),
        (Amounts(logged=3 * 2**30), Service.LOG, 1.50),
        (Amounts(metrics=4, alarms=5, dashboards=1), Service.MONITORING, 4.70),
    ],
)
def test_a_use_costs_its_price(used: Amounts, service: Service, expected: float) -> None:
    """Each use stands on its service's line with what was worked out by hand, and on no other."""
    assert bill(used, ())[service] == pytest.approx(expected)
    assert total(used, ()) == pytest.approx(expected)


def test_what_is_free_is_not_on_the_bill() -> None:
    """A million and a half of invocations cost as much as half a million; what has no price is a mistake."""
    used = Amounts(invocations=1_500_000, gb_seconds=399_999, metrics=11)
    assert total(used, ALWAYS) == pytest.approx(0.10 + 0.30)
    assert bill(used, MONITORING)[Service.MONITORING] == pytest.approx(0.30)
    with pytest.raises(KeyError, match="pears"):
        bill(Amounts(pears=1))


@pytest.mark.parametrize(
    ("amount", "written"), [(0.004, "$0.00"), (1.005001, "$1.01"), (99.99, "$99.99"), (1234.5, "$1,234")]
)
def test_amounts_are_written_to_what_matters(amount: float, written: str) -> None:
    """To the cent, and from a hundred dollars on to the dollar."""
    assert dollars(amount) == written


@pytest.mark.parametrize(
    ("ticks", "cold", "memory_mb", "billed"),
    [
        (1, True, 1769, 400 + 100 + 550),
        # A quarter of a vCPU slows the tick, and neither the start nor the waiting.
        (1, True, 442, 400 + 401 + 550),
        (1, False, 1769, 50 + 550),
        (10, True, 1769, 400 + 100 + 9 * 50 + 5500),
    ],
)
def test_an_invocation_is_billed_for_start_computing_and_waiting(
    ticks: int, memory_mb: int, billed: int, *, cold: bool
) -> None:
    """Of a vCPU by memory; 5 calls of AWS and one of Poe a tick are waited for."""
    one = Invocation(timed=TIMED, work=TICK * ticks, ticks=ticks, cold=cold)
    assert one.billed_ms(memory_mb) == billed


def test_a_month_by_hand() -> None:
    """730 cold ticks of 1,050 ms, 100 messages among them, the table's 400 days of a megabyte, the stack."""
    lines = bill(MONTH.used(), ())
    seconds = TICKS * 1.05 * 1769 / 1024
    sent = TICKS * 3000 / 1e9
    assert lines[Service.COMPUTE] == pytest.approx(
        TICKS * 0.20e-6 + TICKS * 1e-6 + seconds * 0.0000133334 + sent * 0.09
    )
    assert lines[Service.TABLE] == pytest.approx(
        7300 * 0.125e-6 + 3520 * 0.625e-6 + 400 / 1024 * 0.45 + 730 * 3e-6
    )
    assert lines[Service.SECRET] == pytest.approx(0.40 + 730 * 5e-6)
    assert lines[Service.TOPIC] == pytest.approx(100 * 0.5e-6 + 100 * 2e-5)
    assert lines[Service.LOG] == pytest.approx(TICKS * 2000 / 2**30 * 0.5)
    assert lines[Service.MONITORING] == pytest.approx(4.70)
    assert stored(2**20)["stored"] == 400 * 2**20
    assert [stack(minutes)["key_calls"] for minutes in (1, 5, 60)] == [8760, 8760, 730]


@pytest.mark.parametrize(("accounts", "stacks"), [(1, 1), (910, 1), (911, 2), (10_000, 11)])
def test_a_secret_holds_so_many_keys(accounts: int, stacks: int) -> None:
    """64 KB hold 910 keys of 72 bytes; one more needs a second stack, with a secret of its own."""
    used = fleet(accounts).used()
    assert fleet(accounts).stacks == used["secrets"] == stacks
    assert used["alarms"] == 5 * stacks


def test_accounts_in_turn_are_one_invocation() -> None:
    """Ten ticks read 10 units each; their sum 30, a cursor and two items of each; all is waited for."""
    ten, used = fleet(10, queue=False), fleet(10, queue=False).used()
    assert used["invocations"] == used["scheduled"] == used["secret_calls"] == pytest.approx(TICKS)
    assert used["reads"] == pytest.approx(TICKS * (10 * 10 + 30 + 10 * 3))
    assert used["queued"] == 0
    # 256 MB are a part of a vCPU.
    computing = (100 + 10 * 50 + 10 * (0.1 + 2 * 0.5)) * 1769 / 256
    assert ten.seconds == pytest.approx((400 + computing + (10 * 5 + 6 + 1 + 2) * 10 + 5000) / 1000, abs=0.01)


def test_fanned_out_there_are_as_many_invocations_as_batches_and_two() -> None:
    """The queue is asked for each batch and all day; the same units are charged as in turn."""
    used, aside = fleet(100).used(), fleet(100, queue=False).used()
    assert used["invocations"] == used["secret_calls"] == pytest.approx(TICKS * 12)
    assert used["scheduled"] == pytest.approx(TICKS)
    assert used["queued"] == pytest.approx(TICKS * (11 + 11 * 2) + TICKS * 60 * 15)
    assert all(used[name] == pytest.approx(aside[name]) for name in ("reads", "writes", "poe_calls"))
    assert (fleet(100).batches, fleet(101).batches) == (10, 11)
    assert 1.7 < fleet(101).seconds / fleet(100).seconds < 2, "more batches than run at once take turns"


def test_the_stack_that_is_priced_is_the_templates() -> None:
    """Memory, processor, interval, config, alarms, dashboards and the queue are what the template makes."""
    template, function = source(), Deployed().properties("Function")
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    assert function["MemorySize"] == model.MEMORY_MB >= timed().needs_mb
    assert Deployed().environment()["DEFAULT_BUDGETS"] == TEMPLATE_CONFIG
    assert (defaults["IntervalMinutes"], defaults["Architecture"]) == (model.MINUTES, "arm64")
    assert defaults["MaximumConcurrency"] == model.AT_ONCE
    kinds = Counter(
        one["Type"].rpartition("::")[2] for one in Deployed().observability().resources().values()
    )
    assert (kinds["Alarm"], kinds["Dashboard"]) == (model.ALARMS, model.DASHBOARDS)
    (batch,) = [
        one["Properties"]["BatchSize"]
        for one in translated()["Resources"].values()
        if one["Type"] == "AWS::Lambda::EventSourceMapping"
    ]
    assert batch == model.ACCOUNTS_A_BATCH

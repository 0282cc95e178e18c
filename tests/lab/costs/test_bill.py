import pytest

from lab.costs.amounts import Amounts
from lab.costs.bill import bill
from lab.costs.free import ALWAYS, MONITORING
from lab.costs.prices import PRICES, Service
from lab.costs.use import Use, Work


class Fruit(Amounts, frozen=True, kw_only=True):
    """Amounts of two things."""

    apples: float = 0
    pears: float = 0


def test_amounts_are_added_and_multiplied_each_for_itself() -> None:
    """Two apples and a pear, and three pears, twice, are four apples and eight pears."""
    assert (Fruit(apples=2, pears=1) + Fruit(pears=3)) * 2 == Fruit(apples=4, pears=8)


def test_what_is_over_is_never_negative() -> None:
    """Of two apples and five pears, two pears are over three apples and three pears."""
    assert Fruit(apples=2, pears=5).over(Fruit(apples=3, pears=3)) == Fruit(pears=2)


def test_every_use_has_its_price() -> None:
    """Nothing that a month uses is forgotten on the bill, and nothing is priced that no month uses."""
    assert list(PRICES) == list(Use.__struct_fields__)


def test_every_price_is_a_price() -> None:
    """Prices are above zero, and each names a page of AWS."""
    assert all(price.each > 0 for price in PRICES.values())
    assert all(price.source.startswith("https://aws.amazon.com/") for price in PRICES.values())


@pytest.mark.parametrize(
    ("use", "service", "dollars"),
    [
        (Use(invocations=2_000_000), Service.COMPUTE, 0.40),
        (Use(gb_seconds=1_000_000), Service.COMPUTE, 13.3334),
        (Use(scheduled=500_000), Service.COMPUTE, 0.50),
        (Use(sent_gb=10), Service.COMPUTE, 0.90),
        (Use(reads=8_000_000), Service.TABLE, 1.00),
        (Use(writes=8_000_000), Service.TABLE, 5.00),
        (Use(stored_gb=4, backed_up_gb=5), Service.TABLE, 2.00),
        (Use(key_calls=10_000), Service.TABLE, 0.03),
        (Use(secrets=2, secret_calls=10_000), Service.SECRET, 0.85),
        (Use(long_configs=1), Service.SECRET, 0.05),
        (Use(published=1_000_000, mails=50_000), Service.TOPIC, 1.50),
        (Use(queued=10_000_000), Service.QUEUE, 4.00),
        (Use(logged_gb=3), Service.LOG, 1.50),
        (Use(metrics=4, alarms=5, dashboards=1), Service.MONITORING, 4.70),
    ],
)
def test_a_use_costs_its_price(use: Use, service: Service, dollars: float) -> None:
    """Each use stands on its service's line with what was reckoned by hand, and on no other."""
    made = bill(use)
    assert made.lines[service] == pytest.approx(dollars)
    assert made.total == pytest.approx(dollars)


def test_what_is_free_is_not_on_the_bill() -> None:
    """A million and a half of invocations cost as much as half a million; what is below is free."""
    use = Use(invocations=1_500_000, gb_seconds=399_999, metrics=10)
    assert bill(use, ALWAYS).total == pytest.approx(0.10)


def test_the_monitoring_alone_may_be_free() -> None:
    """Where only metrics, alarms and dashboards are free, invocations are not."""
    use = Use(invocations=1_000_000, metrics=11, alarms=10, dashboards=3)
    assert bill(use, MONITORING).total == pytest.approx(0.20 + 0.30)


def test_work_is_what_ticks_ask_for() -> None:
    """Work of several ticks is added up thing by thing."""
    assert Work(reads=2, poe_calls=1) * 3 == Work(reads=6, poe_calls=3)

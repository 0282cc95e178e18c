"""What a tick costs as the history, the usage, the config or the number of bots grows."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle

import msgspec

from lab.bench.endpoint import Deployment, running
from lab.bench.figures import Figure
from lab.bench.shape import Curve, exponent
from lab.bench.usage import Account
from lab.bench.worlds import DAYS, TEMPLATE_CONFIG, example_config, ticked

PART = "growth"
LINEAR = 1.15
"""The largest exponent that still counts as linear."""
TIMES = 7
_SETTLING = 3
_PERIODS = ("day", "week", "month", "24h", "7d", "30d")


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment of some size."""

    config: str = TEMPLATE_CONFIG
    days: int = DAYS
    per_slot: int = 4
    bots: int = 5


class Growing(msgspec.Struct, frozen=True):
    """What grows, by how much, and the deployment of each size."""

    name: str
    sizes: tuple[int, ...]
    sized: Callable[[int], Sized]


def budgets(count: int) -> str:
    """Write a config of so many budgets, which nothing crosses."""
    return "".join(
        f'[[budget]]\nname = "B{place}"\npoints = {10**9 + place}\nperiod = "{period}"\n'
        for place, period in zip(range(count), cycle(_PERIODS), strict=False)
    )


GROWING = (
    Growing(
        "days of history", (1, 7, 30, 60, 120, 400), lambda size: Sized(config=example_config(), days=size)
    ),
    Growing("entries in a quarter hour", (1, 50, 100, 200, 400, 800), lambda size: Sized(per_slot=size)),
    Growing("budgets", (1, 10, 20, 40, 60), lambda size: Sized(config=budgets(size))),
    Growing("bots", (1, 50, 250, 500, 1000, 2000), lambda size: Sized(bots=size)),
)


def measured(growing: Sequence[Growing] = GROWING, times: int = TIMES) -> Iterator[Curve]:
    """Measure ticks that find new usage, so often at each size; the fastest counts."""
    for one in growing:
        costs = [_cost(one.sized(size), times) for size in one.sizes]
        yield Curve(
            name=one.name,
            sizes=one.sizes,
            milliseconds=tuple(milliseconds for milliseconds, _ in costs),
            calls=tuple(calls for _, calls in costs),
        )


def figures(curves: Sequence[Curve]) -> Iterator[Figure]:
    """Set the exponent of each curve against 1, that of a line."""
    for curve in curves:
        for what, costs in (("CPU time", curve.milliseconds), ("calls to DynamoDB", curve.calls)):
            power = exponent(curve.sizes, costs)
            yield Figure(
                part=PART,
                name=f"{what} of a tick over {curve.name}, exponent, against a line's",
                unit="exponent",
                ours=power,
                other=1.0,
                ratio=power,
                low=power,
                high=power,
                bound=LINEAR,
            )


def _cost(sized: Sized, times: int) -> tuple[float, int]:
    """Give milliseconds of CPU and calls to DynamoDB of a tick that has something to judge."""
    now = datetime.now(UTC)
    one = Account(newest=now, per_slot=sized.per_slot, bots=sized.bots, unseen=max(1, sized.per_slot // 4))
    with running(Deployment(config=sized.config, account=one, days=sized.days)) as endpoint:
        ticked(endpoint, now, _SETTLING)
        endpoint.freeze()
        endpoint.calls()
        done = ticked(endpoint, now + timedelta(minutes=5), times)
        asked = sum(call.service == "DynamoDB" for call in endpoint.calls())
    return min(done.seconds[1:]) * 1000, asked // times

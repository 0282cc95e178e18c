"""AWS's public prices, on demand, in us-east-1, in dollars before tax, as of 2026-11, and bills made of them.

Prices fall with volumes far above what is counted here; those steps are left out. Each stands on the page
https://aws.amazon.com/SERVICE/pricing/ of lambda, eventbridge, dynamodb (on-demand), kms, secrets-manager,
systems-manager, sns, sqs or cloudwatch; what is sent to the internet on ec2/pricing/on-demand/#Data_Transfer.
The same pages, and https://aws.amazon.com/free/ ("Always free"), say what every account has free for ever.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

MILLION = 1e6
GB = 1024**3
POE_BYTES = 3000
"""Sent to Poe for one page: the handshake, the headers and the key. What comes back is free. Assumed."""


class Service(StrEnum):
    """The lines of a bill; a small thing stands under the service that it comes with."""

    COMPUTE = "Lambda"
    TABLE = "DynamoDB"
    SECRET = "Secrets Manager"  # noqa: S105 - the service's name
    TOPIC = "SNS"
    QUEUE = "SQS"
    LOG = "CloudWatch Logs"
    MONITORING = "Metrics, alarms, dashboard"


class Amounts(dict[str, float]):
    """Amounts of several things by their names, each none unless it is there."""

    def __missing__(self, name: str) -> float:
        """Give none."""
        return 0.0

    def __add__(self, other: Mapping[str, float]) -> "Amounts":
        """Add the amounts of each thing."""
        return Amounts({name: self[name] + other.get(name, 0.0) for name in {**self, **other}})

    def __mul__(self, times: float) -> "Amounts":
        """Take everything so many times."""
        return Amounts({name: amount * times for name, amount in self.items()})

    def over(self, other: Mapping[str, float]) -> "Amounts":
        """Give what is more than in another, of each thing; nothing where it is less."""
        return Amounts({name: max(0.0, amount - other.get(name, 0.0)) for name, amount in self.items()})


class Price(msgspec.Struct, frozen=True):
    """So many dollars for an amount of a thing, on a service's bill; `free` are so many of it a month."""

    thing: str
    dollars: float
    amount: float
    service: Service
    free: float = 0


PRICES = (
    Price("invocations", 0.20, MILLION, Service.COMPUTE, MILLION),
    Price("gb_seconds", 0.0000133334, 1, Service.COMPUTE, 400_000),
    Price("scheduled", 1.00, MILLION, Service.COMPUTE, 14 * MILLION),
    Price("poe_calls", 0.09, 1e9 / POE_BYTES, Service.COMPUTE, 100e9 / POE_BYTES),
    Price("reads", 0.125, MILLION, Service.TABLE),
    Price("writes", 0.625, MILLION, Service.TABLE),
    Price("stored", 0.25, GB, Service.TABLE, 25 * GB),
    Price("backed_up", 0.20, GB, Service.TABLE),
    Price("key_calls", 0.03, 1e4, Service.TABLE, 20_000),
    Price("secrets", 0.40, 1, Service.SECRET),
    Price("secret_calls", 0.05, 1e4, Service.SECRET),
    Price("published", 0.50, MILLION, Service.TOPIC, MILLION),
    # Every message is mailed to one.
    Price("published", 2.00, 1e5, Service.TOPIC, 1000),
    Price("queued", 0.40, MILLION, Service.QUEUE, MILLION),
    Price("logged", 0.50, GB, Service.LOG, 5 * GB),
    Price("metrics", 0.30, 1, Service.MONITORING, 10),
    Price("alarms", 0.10, 1, Service.MONITORING, 10),
    Price("dashboards", 3.00, 1, Service.MONITORING, 3),
)
UNPRICED = frozenset({"aws_calls"})
ALWAYS = tuple(Service)
"""All of AWS's free tiers that last for ever."""
MONITORING = (Service.MONITORING,)
"""What is free unless told otherwise: metrics, alarms and the dashboard."""


def bill(used: Mapping[str, float], free: Collection[Service] = MONITORING) -> dict[Service, float]:
    """Give dollars a month by service, where the free amounts of some services are free.

    Raises KeyError for something that has no price.
    """
    if unknown := used.keys() - {price.thing for price in PRICES} - UNPRICED:
        raise KeyError(*unknown)
    lines = dict.fromkeys(Service, 0.0)
    for price in PRICES:
        charged = used.get(price.thing, 0.0) - (price.free if price.service in free else 0)
        lines[price.service] += max(0.0, charged) * price.dollars / price.amount
    return lines


def total(used: Mapping[str, float], free: Collection[Service] = MONITORING) -> float:
    """Give dollars a month in all."""
    return sum(bill(used, free).values())


def dollars(amount: float) -> str:
    """Write an amount to the cent; from $100 on to the dollar."""
    return f"${amount:,.2f}" if amount < 100 else f"${amount:,.0f}"  # noqa: PLR2004 - three digits

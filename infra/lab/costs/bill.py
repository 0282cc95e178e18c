"""Dollars a month, by service."""

from collections.abc import Mapping

import msgspec

from lab.costs.free import NOTHING
from lab.costs.prices import PRICES, Service
from lab.costs.use import Use


class Bill(msgspec.Struct, frozen=True):
    """Dollars a month for each service, nothing left out."""

    lines: Mapping[Service, float]

    @property
    def total(self) -> float:
        """The sum."""
        return sum(self.lines.values())


def bill(use: Use, free: Use = NOTHING) -> Bill:
    """Say what a month's use costs where so much of it is free."""
    charged = use.over(free)
    lines = dict.fromkeys(Service, 0.0)
    for name, price in PRICES.items():
        lines[price.service] += charged[name] * price.each
    return Bill(lines)

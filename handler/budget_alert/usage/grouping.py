"""Which dimensions a config's rules tell apart: what none of them does may be added up."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from budget_alert.config.schema import Config, Filter
from budget_alert.usage.totals import OTHER_BOTS, Dimensions, Group, of_key

Asked = tuple[Filter, ...]
"""What rules ask for of bots and usage types; keys, or accounts, always stay apart."""
EVERY_BOT = Filter(bots=("",))
"""A rule for each bot asks that all stay apart; no config has an empty pattern."""


def asked(config: Config | None) -> Asked:
    """Give what a config's rules ask for, each once."""
    filters = [budget.filter for budget in config.budgets] if config else []
    plain = {Filter(one.bots, one.usage_types) for one in filters if one.bots or one.usage_types}
    if config and "bot" in {*(one.each for one in config.budgets), *(one.each for one in config.spikes)}:
        plain.add(EVERY_BOT)
    return tuple(sorted(plain, key=lambda one: (one.bots, one.usage_types)))


@lru_cache(maxsize=8)
def grouping(filters: Asked) -> Group:
    """Give what names a group: all of one key that the same filters count are one.

    A group goes by a name that those filters count, too, mostly by their own patterns; where there is none
    such, its dimensions stay apart.
    """
    if not filters:
        return of_key
    apart = EVERY_BOT in filters
    filters = tuple(one for one in filters if one != EVERY_BOT)

    @lru_cache(maxsize=4096)
    def counts(bot: str, usage_type: str) -> tuple[bool, ...]:
        return tuple(one.matches(bot, usage_type, "") for one in filters)

    @lru_cache(maxsize=4096)
    def name(counted: tuple[bool, ...], bot: str = "") -> tuple[str, str] | None:
        return next((one for one in _names(filters, counted, bot) if counts(*one) == counted), None)

    def group(one: Dimensions) -> Dimensions:
        named = name(counts(one.bot, one.usage_type), one.bot if apart else "")
        return Dimensions(*named, one.api_key) if named else one

    return group


def _names(filters: Asked, counted: tuple[bool, ...], bot: str) -> Iterator[tuple[str, str]]:
    """Give names that the filters which count a group may count; a pattern mostly fits itself.

    `bot` is whose group it is, "" where bots are added up.
    """
    meant = [one for one, counts in zip(filters, counted, strict=True) if counts]
    bots = [bot] if bot else dict.fromkeys([*(pattern for one in meant for pattern in one.bots), OTHER_BOTS])
    types = dict.fromkeys([*(pattern for one in meant for pattern in one.usage_types), ""])
    yield from product(bots, types)

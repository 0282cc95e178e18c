"""The filters of a rule's table -> Filter."""

from budget_alert.config import values
from budget_alert.config.schema import Filter
from budget_alert.config.tables import Table

_EVERYTHING = "leave it out to count everything"


def read_filter(table: Table) -> Filter:
    """Turn `bots`, `usage_types` and `api_keys` into a Filter; mistakes go to the table."""
    return Filter(
        bots=table.each("bots", values.pattern, _EVERYTHING),
        usage_types=table.each("usage_types", values.usage_type, _EVERYTHING),
        api_keys=table.each("api_keys", values.pattern, _EVERYTHING),
    )

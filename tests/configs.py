"""A config for tests to spoil, and what is then said about it."""

import pytest

from budget_alert.config.budgets import parse
from budget_alert.errors import ConfigError

GOOD = '[[budget]]\nname = "A"\npoints = 1_000\nperiod = "month"\n'


def mistakes(text: str) -> tuple[str, ...]:
    """Give the mistakes of a config that has some."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.mistakes


def without(key: str) -> str:
    """Give the good config without the line of a key."""
    return "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(key))

"""The config in force: the newest text if it can be used, else the last good one."""

from collections.abc import Callable
from functools import lru_cache

import msgspec

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.errors import ConfigError


class InForce(msgspec.Struct, frozen=True):
    """The config to go by, None where there is none; its text; the newest text's mistakes."""

    config: Config | None
    text: str | None
    mistakes: tuple[str, ...] = ()

    @property
    def zone(self) -> str:
        """The IANA name of the reader's time zone; UTC while there is no config."""
        return self.config.timezone if self.config else "UTC"


_parse = lru_cache(maxsize=2)(parse)
"""Reads a text once for all accounts that go by it."""


def in_force(newest: Callable[[], str], last_good: str | None) -> InForce:
    """Read the config; while the `newest` text cannot be had or used, the last good one stays in force.

    Only a text that is new is asked about what is hardly meant: a release that learns to ask ends no config
    that was in force before it.
    """
    try:
        text = newest()
        return InForce(_parse(text, doubts=text != last_good), text)
    except ConfigError as error:
        return InForce(_parsed(last_good), last_good, error.mistakes)


def _parsed(text: str | None) -> Config | None:
    try:
        return _parse(text, doubts=False) if text else None
    except ConfigError:
        return None

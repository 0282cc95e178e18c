"""Which level of a rule sends as often as wanted."""

from collections.abc import Mapping


def rarely_enough(alerts: Mapping[int, int], most: float) -> int:
    """Give the lowest of some levels that spoke at most so often, else the highest; `alerts` is how often."""
    quiet = [level for level in sorted(alerts) if alerts[level] <= most]
    return quiet[0] if quiet else max(alerts)

"""What rules mean, in words: each config of meanings.txt ends with a comment that says so."""

from datetime import datetime
from pathlib import Path

import pytest

from budget_alert.config.reading import parse
from poe_budget.cli.sentences import meanings, setting
from tests.support.configs import GOOD

CONFIGS = Path(__file__).with_name("meanings.txt").read_text(encoding="utf-8").split("\n\n")


@pytest.mark.parametrize("text", CONFIGS)
def test_each_kind_of_rule_is_a_sentence(text: str) -> None:
    """A rule is said with its thresholds in points, what it counts, its period, and what else it asks for."""
    (meaning,) = meanings(parse(text))
    assert f"# {meaning.words}" == text.strip().splitlines()[-1]


def test_what_holds_for_all_rules() -> None:
    """The place of the clock, and the price where there is one."""
    priced = setting(parse('timezone = "Europe/London"\nusd_per_million_points = 30\n' + GOOD))
    assert priced == "times are those in London; a million points counts as $30.00 where Poe names no price"


@pytest.mark.parametrize(
    ("zone", "now", "clock"),
    [
        ("Europe/London", "2026-11-27T02:30:59+00:00", "London (UTC+00:00, 02:30 now)"),
        ("Europe/London", "2026-07-01T02:30:00+00:00", "London (UTC+01:00, 03:30 now)"),
        ("Asia/Kathmandu", "2026-11-27T20:30:00+00:00", "Kathmandu (UTC+05:45, 02:15 now)"),
        ("Etc/GMT+2", "2026-11-27T02:30:00+00:00", "GMT+2 (UTC-02:00, 00:30 now)"),
    ],
)
def test_the_clock_of_the_zone(zone: str, now: str, clock: str) -> None:
    """Whoever checks a config sees what the zone's clock shows, and so whether it is theirs."""
    config = parse(f'timezone = "{zone}"\n{GOOD}')
    assert setting(config, datetime.fromisoformat(now)) == f"times are those in {clock}"

from dataclasses import dataclass

import pytest

from budget_alert.config.in_force import InForce, in_force
from budget_alert.config.reading import parse
from budget_alert.errors import ConfigError
from tests.support.configs import GOOD

LAST_GOOD = 'timezone = "Europe/London"\n' + GOOD.replace('"A"', '"Last"')
BAD = GOOD.replace("month", "mnth").replace("points", "pionts")


@dataclass
class Source:
    """A place that holds one text, or a mistake."""

    held: str | ConfigError

    def __call__(self) -> str:
        """Give it."""
        if isinstance(self.held, ConfigError):
            raise self.held
        return self.held


@pytest.mark.parametrize("last_good", [None, LAST_GOOD, "no config"])
def test_the_newest_text_is_in_force_when_it_can_be_used(last_good: str | None) -> None:
    """What was in force before does not matter then."""
    assert in_force(Source(GOOD), last_good) == InForce(parse(GOOD), GOOD)


def test_the_last_good_one_stays_in_force_while_the_newest_cannot_be_used() -> None:
    """Every mistake of the newest is told, and the text to keep is the last good one."""
    watched = in_force(Source(BAD), LAST_GOOD)
    assert (watched.config, watched.text) == (parse(LAST_GOOD), LAST_GOOD)
    assert len(watched.mistakes) > 1
    assert "mnth" in str(watched.mistakes)
    assert "pionts" in str(watched.mistakes)


@pytest.mark.parametrize(
    "doubtful",
    [
        GOOD.replace("1_000", "1_000_000") + "alert_at = [50, 80, 100]\n",
        GOOD.replace('"A"', '"Caf\u00e9"') + GOOD.replace('"A"', '"Cafe\u0301"'),
        GOOD + 'accounts = ["\uff41\uff4c\uff4c"]\n',
    ],
)
def test_only_a_new_text_is_asked_about_what_is_hardly_meant(doubtful: str) -> None:
    """What is in force already stays so, word by word, also while the newest text has mistakes."""
    assert in_force(Source(doubtful), GOOD).config == parse(GOOD)
    assert in_force(Source(doubtful), None).mistakes
    kept = InForce(parse(doubtful, doubts=False), doubtful)
    assert in_force(Source(doubtful), doubtful) == kept
    assert in_force(Source(BAD), doubtful).config == kept.config


def test_a_config_out_of_reach_is_a_mistake_like_any_other() -> None:
    """A parameter that cannot be read leaves the last good config in force."""
    watched = in_force(Source(ConfigError("out of reach")), LAST_GOOD)
    assert (watched.config, watched.mistakes) == (parse(LAST_GOOD), ("out of reach",))


def test_before_the_first_good_one_there_is_no_config() -> None:
    """There is nothing to judge by, and nothing to keep."""
    watched = in_force(Source(BAD), None)
    assert (watched.config, watched.text) == (None, None)
    assert watched.mistakes


def test_a_last_good_one_that_this_version_cannot_use_is_kept_all_the_same() -> None:
    """A version that reads it again finds it: it is not thrown away for what this one cannot do."""
    watched = in_force(Source(BAD), "from = 'another version'")
    assert (watched.config, watched.text) == (None, "from = 'another version'")


@pytest.mark.parametrize(("held", "zone"), [(LAST_GOOD, "Europe/London"), (GOOD, "UTC"), (BAD, "UTC")])
def test_the_readers_zone_is_the_configs_or_utc(held: str, zone: str) -> None:
    """Instants are told in the zone of the config in force; without one, in UTC."""
    assert in_force(Source(held), None).zone == zone

from collections.abc import Callable

import pytest

from budget_alert.config.reading import InForce, in_force, parse
from budget_alert.errors import ConfigError
from tests.support.configs import GOOD

LAST_GOOD = 'timezone = "Europe/London"\n' + GOOD.replace('"A"', '"Last"')
BAD = GOOD.replace("month", "mnth").replace("points", "pionts")


def source(held: str | ConfigError) -> Callable[[], str]:
    """Give a place that holds a text, or a mistake."""

    def read() -> str:
        if isinstance(held, ConfigError):
            raise held
        return held

    return read


BAD_MISTAKES = ("mnth", "pionts")
OTHER = "from = 'another version'"


@pytest.mark.parametrize(
    ("held", "last_good", "kept", "said"),
    [
        (BAD, LAST_GOOD, LAST_GOOD, BAD_MISTAKES),
        (ConfigError("out of reach"), LAST_GOOD, LAST_GOOD, ("out of reach",)),
        (BAD, None, None, BAD_MISTAKES),
        (BAD, OTHER, None, BAD_MISTAKES),
    ],
    ids=["mistaken", "out of reach", "before the first good one", "a last good one of another version"],
)
def test_the_last_good_one_stays_in_force_while_the_newest_cannot_be_used(
    held: str | ConfigError, last_good: str | None, kept: str | None, said: tuple[str, ...]
) -> None:
    """Every mistake of the newest is said, and the text to keep is the last good one, usable or not."""
    found = in_force(source(held), last_good)
    assert (found.config, found.text) == (kept and parse(kept), last_good)
    assert all(word in str(found.mistakes) for word in said)
    assert found.zone == ("Europe/London" if kept else "UTC")


@pytest.mark.parametrize("last_good", [None, LAST_GOOD, "no config"])
def test_the_newest_text_is_in_force_when_it_can_be_used(last_good: str | None) -> None:
    """What was in force before does not matter then."""
    assert in_force(source(GOOD), last_good) == InForce(parse(GOOD), GOOD)


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
    assert in_force(source(doubtful), GOOD).config == parse(GOOD)
    assert in_force(source(doubtful), None).mistakes
    kept = InForce(parse(doubtful, doubts=False), doubtful)
    assert in_force(source(doubtful), doubtful) == kept
    assert in_force(source(BAD), doubtful).config == kept.config

"""Troubles that come and go: what is sent of them, and how often."""

from datetime import datetime, timedelta
from itertools import chain

import msgspec
import pytest
from hypothesis import given, strategies as st

from budget_alert.alerts import HealthAlert, Severity
from budget_alert.rules.known_troubles import KnownTrouble, compared
from budget_alert.rules.troubles import Found, Trouble
from tests.support.account import DAY, HOUR, MINUTE
from tests.support.ledgers import NOW

TICK = 5 * MINUTE


class Looked:
    """One trouble, looked at tick after tick."""

    def __init__(self, trouble: Trouble = Trouble.KEY, interval: timedelta = TICK) -> None:
        self.trouble = trouble
        self.interval = interval
        self.now = NOW
        self.known: dict[str, KnownTrouble] = {}
        self.sent: list[tuple[datetime, HealthAlert]] = []

    def tick(self, advice: str = "", ticks: int = 1) -> list[str]:
        """Find it so for some ticks, and give the first lines of what is sent."""
        before = len(self.sent)
        for _ in range(ticks):
            found = [Found(self.trouble, advice)]
            alerts, self.known = compared(self.known, found, "UTC", self.now, self.interval)
            self.sent += [(self.now, alert) for alert in alerts]
            self.now += self.interval
        return [alert.text.splitlines()[0] for _, alert in self.sent[before:]]


BEGUN, OVER, MISTAKEN = Trouble.KEY.begins, Trouble.KEY.ends, Trouble.CONFIG.begins
AGAIN = f"Again: {BEGUN}"


def test_a_trouble_is_sent_when_it_begins_and_at_once_when_it_ends() -> None:
    """However long it goes on; and so is the next one, a day later."""
    key = Looked()
    for _ in range(2):
        assert key.tick("refused") == [BEGUN]
        assert key.tick("refused", 600) == []
        assert key.tick() == [OVER]
        assert key.tick(ticks=300) == []
    assert key.known == {}


def test_what_begins_again_within_the_hour_comes_and_goes() -> None:
    """That is said, with when its end will be sent: after an hour without a break."""
    key = Looked()
    key.tick("refused")
    assert key.tick() == [OVER]
    key.tick(ticks=5)
    assert key.tick("refused") == [AGAIN]
    _, alert = key.sent[-1]
    assert alert.severity is Severity.CRITICAL
    assert alert.text.splitlines()[1:] == [
        "This comes and goes. Its end is sent once all was well for 1 hour"
    ]
    assert key.tick(ticks=12) == []
    assert key.tick("refused again", 2) == []
    assert key.tick(ticks=12) == []
    assert key.tick() == [OVER]


@pytest.mark.parametrize(("interval", "words"), [(30 * MINUTE, "90 minutes"), (HOUR, "3 hours")])
def test_where_ticks_are_far_apart_three_intervals_count(interval: timedelta, words: str) -> None:
    """An hour would hold two ticks or one."""
    key = Looked(interval=interval)
    key.tick("refused")
    key.tick()
    key.tick()
    assert key.tick("refused") == [AGAIN]
    assert key.sent[-1][1].text.endswith(f"once all was well for {words}")
    assert key.tick(ticks=3) == []
    assert key.tick() == [OVER]


@pytest.mark.parametrize(("bad", "good"), [(1, 1), (1, 11), (6, 13), (1, 25), (12, 60), (3, 130)])
def test_what_comes_and_goes_for_weeks_gives_a_handful_of_messages(bad: int, good: int) -> None:
    """Each time that it comes back it has to be away for longer, until its end is sent."""
    key = Looked()
    sent = [key.tick("refused", bad) + key.tick(ticks=good) for _ in range(20 * 288 // (bad + good))]
    assert len(list(chain.from_iterable(sent))) <= 14
    assert sent[-1] == []
    key.tick(ticks=300)
    assert key.sent[-1][1].severity is Severity.INFO
    assert [alert.text for _, alert in key.sent].count(OVER) == len(key.sent) / 2


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=30))
def test_nothing_that_goes_on_is_silent(phases: list[tuple[int, int]]) -> None:
    """In every tick that finds the trouble, the last that was sent is not its end."""
    key = Looked()
    for bad, good in phases:
        for _ in range(bad):
            key.tick("refused")
            assert key.sent[-1][1].severity is Severity.CRITICAL
        key.tick(ticks=good)
    ends = [alert.severity is Severity.INFO for _, alert in key.sent]
    assert ends == [number % 2 == 1 for number in range(len(ends))]


def test_a_config_with_other_mistakes_is_sent_anew_and_not_with_every_turn_of_two() -> None:
    """Two people who overwrite each other's config hear of both, and then at growing distances."""
    config = Looked(Trouble.CONFIG)
    assert config.tick("mnth") == [MISTAKEN]
    assert config.tick("dya") == [MISTAKEN]
    for _ in range(10 * 144):
        config.tick("mnth")
        config.tick("dya")
    assert len(config.sent) <= 18
    assert config.tick("something else") == [MISTAKEN]


def test_a_changed_config_that_stays_is_sent_though_it_was_sent_before() -> None:
    """It rests for an hour only: what is said last is what is in force."""
    config = Looked(Trouble.CONFIG)
    for advice in ("mnth", "dya", "mnth"):
        config.tick(advice)
    assert config.sent[-1][1].advice == "dya"
    assert config.tick("mnth", 12) == [MISTAKEN]
    assert config.sent[-1][1].advice == "mnth"


def test_a_trouble_that_an_older_release_has_sent_ends_as_before() -> None:
    """Its notes know since when it is there, and in which words."""
    key = Looked()
    key.known = {"key": msgspec.convert({"since": NOW - DAY, "text": "refused"}, KnownTrouble)}
    assert key.tick("refused") == []
    assert key.tick() == [OVER]

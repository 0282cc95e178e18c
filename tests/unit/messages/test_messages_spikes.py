from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from budget_alert.alerts import Alert, Kind, Mover, Spike
from budget_alert.config.periods import Window
from budget_alert.messages.parts import Section
from tests.support.telling import COUNTED, alert, told

HOUR = timedelta(hours=1)
LAST_HOUR = Window(COUNTED - HOUR, COUNTED)
BOTS = (Mover("Claude-Opus", 40_000, 2_000), Mover("GPT", 2_000, 0))
KEYS = (Mover("ci-runner", 39_000, 0), Mover("", 10, 5))


def risen(points: int = 42_000, usual: int = 5_000, window: Window = LAST_HOUR, **more: Any) -> Spike:
    """Return a spike of the last hour."""
    return Spike(window=window, points=points, usual=usual, times=Decimal(4), at_least=20_000, **more)


def spiked(spike: Spike, **more: Any) -> Alert:
    """Return an alert that tells a spike."""
    return alert(rule="Runaway script", kind=Kind.SPIKE, spike=spike, **more)


def test_a_spike_in_full() -> None:
    """A spike says how much came, what is usual, what drives it, what was asked for, and what to do."""
    told_whole = told(spiked(risen(bots=BOTS, keys=KEYS), usd_per_million_points=Decimal(30)))
    assert told_whole.sections == (
        Section(
            headline="“Runaway script”: 42,000 points in the last hour, 8 times the usual 5,000",
            heading="Spike “Runaway script”",
            facts=(
                "From 22 Nov 09:15 to 10:15 (Europe/London), about $1.26",
                "Usual at this time: 5,000 points",
                "You asked to hear from 20,000 points and 4 times the usual on",
            ),
            movers=(
                "Bots that rose most: Claude-Opus 40,000 (usually 2,000), GPT 2,000 (usually nothing)",
                "Keys that rose most: ci-runner 39,000 (usually nothing), (no key) 10 (usually 5)",
            ),
            advice=(
                "Look at what uses “Claude-Opus” with the key “ci-runner”, and stop it if it has run away.",
                "If this is expected, raise “times” or “at_least” of the rule in the config.",
            ),
            note="Counted 22 Nov 2026 10:15 (Europe/London), nothing missing",
        ),
    )


@pytest.mark.parametrize(
    ("points", "usual", "words"),
    [
        (42_000, 0, "; the usual is nothing"),
        (42_000, -5, "; the usual is nothing"),
        (42_000, 5_000, ", 8 times the usual 5,000"),
        (10_000, 5_000, ", 2 times the usual 5,000"),
        (9_999, 5_000, ", 1.9 times the usual 5,000"),
        (5_000, 5_000, "; the usual 5,000"),
        (-1, 5_000, "; the usual 5,000"),
        (10**15, 1, ", 1,000,000,000,000,000 times the usual 1"),
    ],
)
def test_how_much_more_than_usual(points: int, usual: int, words: str) -> None:
    """How many times the usual came is told in whole times, where there is a usual and it is more."""
    assert told(spiked(risen(points, usual))).title.partition("hour")[2] == words


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window(COUNTED - 24 * HOUR, COUNTED - HOUR / 4), "in the last 23 hours,"),
        (Window(COUNTED - 24 * HOUR, COUNTED), "in the last 24 hours,"),
        (Window(COUNTED - 4 * HOUR, COUNTED - 3 * HOUR), "in the hour up to 22 Nov 07:15,"),
    ],
)
def test_what_is_over_is_not_told_as_present(window: Window, words: str) -> None:
    """A spike that ended an hour ago or more is told with its time."""
    assert words in told(spiked(risen(window=window))).title


def test_a_partial_spike_is_at_least() -> None:
    """While part of the window is unread there may be more."""
    message = told(spiked(risen(), complete=False))
    assert message.title.startswith("“Runaway script”: at least 42,000 points in the last hour")
    assert message.sections[0].note.endswith("at least, because part of the usage is not read yet")


def test_without_movers() -> None:
    """A spike that nobody drives has advice all the same; one without a key names none."""
    section = told(spiked(risen())).sections[0]
    assert section.movers == ()
    assert section.advice[0].startswith("Look at what uses the bot that spends most, and stop it")
    keyless = told(spiked(risen(bots=BOTS, keys=KEYS[1:]))).sections[0]
    assert keyless.advice[0].startswith("Look at what uses “Claude-Opus”, and stop it")


def test_times_are_told_as_they_are_asked() -> None:
    """A factor with decimals keeps them, and a round one has none."""
    for asked, words in (("2.50", "2.5 times"), ("1E+2", "100 times")):
        spike = Spike(window=LAST_HOUR, points=1, usual=1, times=Decimal(asked), at_least=1)
        assert words in told(spiked(spike)).sections[0].facts[2]


def test_of_a_sum_over_accounts_accounts_stand_for_keys() -> None:
    """The account that rose most is named in the advice as well."""
    summed = told(spiked(risen(bots=BOTS, accounts=(Mover("research", 41_000, 1_000),)))).sections[0]
    assert summed.movers[0] == "Accounts that rose most: research 41,000 (usually 1,000)"
    assert summed.advice[0].startswith("Look at what uses “Claude-Opus” in the account “research”")

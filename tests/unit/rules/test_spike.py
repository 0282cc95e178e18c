from decimal import Decimal

import pytest

from budget_alert.alerts import Kind, Mover, Severity, SpikeAlert
from budget_alert.config.periods import Window
from budget_alert.messages.compose import compose
from tests.support.account import DAY, HOUR, MINUTE, Account, cases, daily, looks, monitored, sole
from tests.support.histories import START

CONFIG = '[[spike]]\nname = "Runaway"\nwindow = "1h"\ntimes = 4\nat_least = 500\n'


def lived(points: int = 200, config: str = CONFIG) -> Account:
    """Give an account that spent `points` at noon of each of ten days, and now it is noon again."""
    return daily(config, points, api_key="ci")


def spiked(account: Account) -> list[str]:
    """Evaluate, and give the rules whose spike is sent."""
    return [alert.rule for alert in account.tick() if alert.kind is Kind.SPIKE]


def test_much_more_than_usual_is_sent_once_with_what_rose_most() -> None:
    """Four times the usual and enough points: sent with the bots and keys that rose."""
    account = lived()
    account.spend(100, bot="GPT-5", api_key="")
    account.spend(900, api_key="ci")
    alert = sole(account.tick(), SpikeAlert)
    assert (alert.severity, alert.figures.needed) == (Severity.WARNING, 800)
    spike = alert.spike
    assert (spike.points, spike.usual, spike.times, spike.at_least) == (1_000, 200, Decimal(4), 500)
    assert spike.window == Window(account.now - 46 * MINUTE, account.now + 14 * MINUTE)
    assert spike.bots == (Mover("Claude-Opus-4", 900, 8), Mover("GPT-5", 100, 0))
    assert spike.keys == (Mover("ci", 900, 8),)
    account.spend(5)
    assert spiked(account) == []


def test_a_burst_that_comes_back_within_its_window_is_sent_when_that_is_over() -> None:
    """It was back to usual in between; one length after it was sent, what holds then is sent."""
    account = lived(config=CONFIG.replace('"1h"', '"6h"'))
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]
    sent_at = account.now
    for slot in list(account.spent):
        # A correction takes the burst back.
        if slot >= sent_at - HOUR:
            del account.spent[slot]
    account.state = account.state.unevaluated(sent_at - HOUR)
    account.now += HOUR
    assert spiked(account) == []
    account.spend(2_000)
    assert spiked(account) == []
    wakes = account.memory.rests_until
    assert wakes is not None
    assert sent_at + 6 * HOUR <= wakes <= sent_at + 6 * HOUR + 15 * MINUTE
    account.now = wakes
    assert spiked(account) == ["Runaway"]


SCENARIOS = {
    200: {
        "enough points, and not much more than usual": "10d12h1m 799, 10d12h1m 1 -> spike",
        "again after a whole window of usual usage": (
            "10d12h1m 2000 -> spike, 10d12h31m 2000, 10d15h31m, 10d15h31m 2000 -> spike"
        ),
        "an outage": "10d21h1m 2000@10d12h1m -> spike",
        "a late cost in hours evaluated before": "10d12h1m 2000 -> spike, 10d14h1m 10, 10d14h1m 10@10d12h1m",
        "a gap is no all-clear": (
            "10d12h1m 2000 -> spike, unread 10d13h 10d14h, 10d15h 9@10d12h50m, read, 10d15h30m 2000@10d13h1m"
        ),
        "a past that is not read yet is not taken for idle": (
            "10d12h1m, unread 5d 6d, 10d12h1m 2000, read, 10d12h1m 200@6d12h1m -> spike"
        ),
    },
    20: {"much more than usual, and not enough points": "10d12h1m 499"},
    0: {
        "where nothing is usual, a tenth of the least is": (
            "10d12h1m 2000 -> spike, 10d13h1m 50, 10d14h1m 50, 10d15h1m 50, 10d16h1m 50, "
            "10d16h1m 2000 -> spike"
        )
    },
}


@pytest.mark.parametrize(("usual", "text"), cases(SCENARIOS))
def test_a_spike_is_sent_once_until_usage_is_usual_again(usual: int, text: str) -> None:
    """Look by look, in an account that spent `usual` points at noon of each of ten days."""
    looks(lived(usual), text)


def test_a_new_rule_says_nothing_of_before() -> None:
    """Other names make other rules."""
    looks(lived(), CONFIG.replace("Runaway", "Other"), "10d17h1m 2000@10d12h1m")


def test_usage_has_to_fall_clearly_below_a_spike() -> None:
    """Where usual is nearly as much as a spike, what trembles in between re-arms nothing."""
    account = lived(1_000, CONFIG.replace("times = 4", "times = 1.1"))
    account.spend(1_100)
    assert spiked(account) == ["Runaway"]
    account.now += 2 * HOUR
    (known,) = account.sent.values()
    assert known.crossings[-1].points == 990


def test_bursts_that_happen_every_day_are_usual() -> None:
    """What happens at many hours of each day is no spike at another hour of the day."""
    account = monitored(CONFIG)
    for day in range(8):
        for hour in (1, 5, 9, 13, 17, 21):
            account.spend(3_000, START + day * DAY + hour * HOUR)
        account.tick(START + day * DAY + 22 * HOUR)
    account.now = START + 8 * DAY + 3 * HOUR
    account.spend(3_000)
    assert spiked(account) == []
    account.spend(3_000)
    assert spiked(account) == ["Runaway"]


def test_an_idle_account_that_wakes_up_is_sent_at_once_and_for_how_long_it_was_idle() -> None:
    """From 30 days before the first tick on, a day without an item is known to be one without usage."""
    account = monitored(CONFIG)
    account.tick(START + 60 * DAY)
    account.spend(499)
    assert spiked(account) == []
    account.now += 5 * MINUTE
    account.spend(1)
    alert = sole(account.tick(), SpikeAlert)
    assert alert.spike.usual == 0
    assert alert.spike.idle_since == START + 4 * DAY
    assert "in the last hour; nothing was used here for 8 weeks" in compose([alert], "default").title


def test_a_gap_may_raise_a_spike_and_is_no_all_clear() -> None:
    """A partial sum that is a spike already is sent as such, and re-arms nothing."""
    account = lived()
    account.spend(2_000)
    account.gap(account.now - 30 * MINUTE, account.now)
    (alert,) = account.tick()
    assert (alert.kind, alert.complete) == (Kind.SPIKE, False)

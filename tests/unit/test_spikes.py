from decimal import Decimal

from budget_alert.config.periods import Window
from budget_alert.messages.alerts import Kind, Mover, Severity
from tests.account import DAY, HOUR, MINUTE, Account, watched
from tests.histories import START

CONFIG = '[[spike]]\nname = "Runaway"\nwindow = "1h"\ntimes = 4\nat_least = 500\n'
NOON = 12 * HOUR


def lived(days: int, points: int = 200, config: str = CONFIG) -> Account:
    """Give an account that spent `points` at noon of each of some days, and now it is noon again."""
    account = watched(config)
    for day in range(days):
        account.spend(points, START + day * DAY + NOON, api_key="ci")
        account.judge(START + day * DAY + NOON)
    account.now = START + days * DAY + NOON + MINUTE
    return account


def spiked(account: Account) -> list[str]:
    """Judge, and give the rules whose spike is told."""
    return [alert.rule for alert in account.judge() if alert.kind is Kind.SPIKE]


def test_much_more_than_usual_is_told_once_with_what_rose_most() -> None:
    """Four times the usual and enough points: told with the bots and keys that rose."""
    account = lived(10)
    account.spend(100, bot="GPT-5", api_key="")
    account.spend(900, api_key="ci")
    (alert,) = account.judge()
    assert (alert.kind, alert.severity, alert.threshold_points) == (Kind.SPIKE, Severity.WARNING, 800)
    spike = alert.spike
    assert spike is not None
    assert (spike.points, spike.usual, spike.times, spike.at_least) == (1_000, 200, Decimal(4), 500)
    assert spike.window == Window(account.now - 46 * MINUTE, account.now + 14 * MINUTE)
    assert spike.bots == (Mover("Claude-Opus-4", 900, 8), Mover("GPT-5", 100, 0))
    assert spike.keys == (Mover("ci", 900, 8),)
    account.spend(5)
    assert spiked(account) == []


def test_neither_much_more_alone_nor_enough_points_alone_is_a_spike() -> None:
    """Both have to hold: `times` the usual, and `at_least`."""
    few = lived(10, points=20)
    few.spend(499)
    assert spiked(few) == []
    usual = lived(10, points=200)
    usual.spend(799)
    assert spiked(usual) == []
    usual.spend(1)
    assert spiked(usual) == ["Runaway"]


def test_it_is_told_again_after_usage_was_back_to_usual() -> None:
    """It re-arms with a whole window of usual usage, and not before."""
    account = lived(10)
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]
    account.now += 30 * MINUTE
    account.spend(2_000)
    assert spiked(account) == []
    account.now += 3 * HOUR
    assert spiked(account) == []
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]


def test_a_burst_that_comes_back_within_its_window_is_told_when_that_is_over() -> None:
    """It was back to usual in between; one length after it was told, what holds then is told."""
    account = lived(10, config=CONFIG.replace('"1h"', '"6h"'))
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]
    told_at = account.now
    for slot in list(account.spent):
        # A correction takes the burst back.
        if slot >= told_at - HOUR:
            del account.spent[slot]
    account.state = account.state.unjudged(told_at - HOUR)
    account.now += HOUR
    assert spiked(account) == []
    account.spend(2_000)
    assert spiked(account) == []
    wakes = account.notes.rests_until
    assert wakes is not None
    assert told_at + 6 * HOUR <= wakes <= told_at + 6 * HOUR + 15 * MINUTE
    account.now = wakes
    assert spiked(account) == ["Runaway"]


def test_usage_has_to_fall_clearly_below_a_spike() -> None:
    """Where usual is nearly as much as a spike, what trembles in between re-arms nothing."""
    account = lived(10, points=1_000, config=CONFIG.replace("times = 4", "times = 1.1"))
    account.spend(1_100)
    assert spiked(account) == ["Runaway"]
    account.now += 2 * HOUR
    (told,) = account.memory.values()
    assert [mark.points for mark in told.marks] == [990]


def test_a_trickle_after_a_burst_of_an_idle_account_is_usual_enough() -> None:
    """Where nothing is usual, a tenth of `at_least` re-arms: nothing at all may not come for weeks."""
    account = lived(10, points=0)
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]
    for _ in range(4):
        account.now += HOUR
        account.spend(50)
        assert spiked(account) == []
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]


def test_a_late_cost_in_hours_already_judged_tells_nothing_twice() -> None:
    """A window that was told stays told, though it is judged again."""
    account = lived(10)
    spiked_at = account.now
    account.spend(2_000)
    assert spiked(account) == ["Runaway"]
    account.now += 2 * HOUR
    account.spend(10)
    assert spiked(account) == []
    account.spend(10, spiked_at)
    assert spiked(account) == []


def test_bursts_that_happen_every_day_are_usual() -> None:
    """What happens at many hours of each day is no spike at another hour of the day."""
    account = watched(CONFIG)
    for day in range(8):
        for hour in (1, 5, 9, 13, 17, 21):
            account.spend(3_000, START + day * DAY + hour * HOUR)
        account.judge(START + day * DAY + 22 * HOUR)
    account.now = START + 8 * DAY + 3 * HOUR
    account.spend(3_000)
    assert spiked(account) == []
    account.spend(3_000)
    assert spiked(account) == ["Runaway"]


def test_less_than_three_days_say_nothing_of_what_is_usual() -> None:
    """A young account hears of no spike."""
    account = lived(3)
    account.spend(5_000)
    assert spiked(account) == []


def test_a_spike_of_an_outage_is_told_late() -> None:
    """What happened while no tick came is judged at its own quarter hours."""
    account = lived(10)
    account.spend(2_000)
    account.now += 9 * HOUR
    (alert,) = account.judge()
    assert alert.spike is not None
    assert alert.spike.window.end <= account.now - 8 * HOUR


def test_a_gap_may_raise_a_spike_and_is_no_all_clear() -> None:
    """A partial sum that is a spike already is told as such, and re-arms nothing."""
    account = lived(10)
    account.spend(2_000)
    account.gap(account.now - 30 * MINUTE, account.now)
    (alert,) = account.judge()
    assert (alert.kind, alert.complete) == (Kind.SPIKE, False)


def test_a_rule_that_is_new_judges_nothing_of_before() -> None:
    """Windows that ended before the rule was known are not told."""
    account = lived(10, config=CONFIG)
    account.spend(2_000)
    account.configure(CONFIG.replace("Runaway", "Other"))
    account.now += 5 * HOUR
    assert spiked(account) == []


def test_a_past_that_is_not_read_yet_is_not_taken_for_idle() -> None:
    """While a gap lies in the past that says what is usual, nothing is a spike; afterwards it is judged."""
    account = lived(10)
    account.spend(2_000)
    account.gap(account.now - 5 * DAY, account.now - 4 * DAY)
    assert spiked(account) == []
    account.close_gaps()
    account.spend(200, account.now - 4 * DAY)
    assert spiked(account) == ["Runaway"]

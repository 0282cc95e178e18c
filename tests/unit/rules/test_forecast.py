from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.alerts import Alert, BudgetAlert, ForecastAlert, Kind, Severity
from budget_alert.rules.budget import rest_at
from budget_alert.rules.forecast import pause
from tests.support.account import DAY, HOUR, MINUTE, Account, budget, evenly, monitored, sole
from tests.support.histories import START

MONTH = budget("month", 3_000, 'alert_at = ["100%"]\nforecast_at = ["100%", "150%"]')


def forecasts(alerts: list[Alert]) -> list[str | None]:
    """Give the thresholds of forecasts."""
    return [alert.threshold for alert in alerts if isinstance(alert, ForecastAlert)]


def live(
    account: Account, until: timedelta, points_a_day: int, since: timedelta = timedelta(0)
) -> list[Alert]:
    """Spend evenly, every three hours, evaluate each time, and give all that is sent."""
    sent = []
    at = since
    while at < until:
        account.spend(points_a_day // 8, START + at)
        sent += account.tick(START + at + 5 * MINUTE)
        at += 3 * HOUR
    return sent


def lived(config: str = MONTH, points_a_day: int = 80, days: int = 20) -> Account:
    """Give an account with some days of even usage before START."""
    account = evenly(config, points_a_day, days, START - days * DAY)
    account.tick(START - MINUTE if days else START)
    return account


def test_a_budget_that_will_be_gone_is_forecast_once() -> None:
    """A steady pace that will pass the limit is sent long before it does, and once in the window."""
    account = lived(MONTH.replace(', "150%"', ""), points_a_day=160)
    alert = sole(live(account, 10 * DAY, 160), ForecastAlert)
    assert (alert.severity, alert.threshold, alert.threshold_points) == (Severity.WARNING, "100%", 3_000)
    assert alert.standing.points < 3_000
    assert alert.forecast.chance >= 0.8
    assert alert.forecast.level == 3_000


WEEKLY = budget("week", 1_000, 'starts_on = "sunday"\nforecast_at = ["100%"]\nalert_at = ["900%"]')
LIVES: dict[str, tuple[str, int, int, list[tuple[timedelta, int, list[str]]]]] = {
    "a higher one beside the lower one": (
        *(MONTH, 120, 20),
        [(8 * DAY, 120, ["100%"]), (14 * DAY, 400, ["150%"])],
    ),
    "nothing at a pace below the budget": (MONTH, 80, 20, [(25 * DAY, 80, [])]),
    "nothing before a tenth of the window": (
        *(MONTH, 160, 20),
        [(3 * DAY - HOUR, 160, []), (4 * DAY, 160, ["100%"])],
    ),
    "nothing on less than three days of history": (WEEKLY, 0, 0, [(3 * DAY, 800, [])]),
    "nothing of a snoozed budget": (f"{MONTH}snooze_until = 2026-11-20\n", 160, 20, [(10 * DAY, 160, [])]),
    "nothing of what is not counted": (f'{MONTH}bots = ["gpt-*"]\n', 300, 20, [(10 * DAY, 300, [])]),
}


@pytest.mark.parametrize(("config", "past", "days", "stretches"), LIVES.values(), ids=LIVES)
def test_a_budget_is_forecast(
    config: str, past: int, days: int, stretches: list[tuple[timedelta, int, list[str]]]
) -> None:
    """After some days at a pace, stretch by stretch with the thresholds that become likely in each."""
    account, since = lived(config, past, days), timedelta(0)
    for until, points_a_day, expected in stretches:
        assert forecasts(live(account, until, points_a_day, since)) == expected
        since = until


@pytest.mark.parametrize("spoil", ["gap", "reads", "reached"])
def test_nothing_is_forecast_of_what_is_reached_or_partial(spoil: str) -> None:
    """Neither while a gap is open in the window, nor while the history cannot be read; a crossing is one."""
    account = lived(points_a_day=160)
    account.now = START + 5 * DAY
    if spoil == "gap":
        account.gap(START + HOUR, START + 2 * HOUR)
    account.reads = spoil != "reads"
    account.spend(4_500 if spoil == "reached" else 2_000)
    alerts = account.tick()
    assert forecasts(alerts) == []
    assert any(alert.kind is Kind.BUDGET for alert in alerts) is (spoil == "reached")


def test_it_is_sent_again_only_after_it_had_become_doubtful() -> None:
    """A pause that makes the chance small re-arms the forecast, though no tick looked meanwhile."""
    account = lived(points_a_day=120)
    assert forecasts(live(account, 8 * DAY, 120)) == ["100%"]
    account.now = START + 20 * DAY
    assert account.tick() == []
    account.spend(1)
    assert forecasts(account.tick(account.now + MINUTE)) == []
    assert forecasts(live(account, 26 * DAY, 500, 20 * DAY)) == ["100%"]


def test_a_forecast_is_not_sent_twice_within_a_day() -> None:
    """However doubtful it was in between; what is likely still when that is over is sent then."""
    account = lived(points_a_day=120)
    sent: list[datetime] = []
    while len(sent) < 2 and account.now < START + 12 * DAY:
        account.spend(5)
        if forecasts(account.tick(account.now + HOUR)):
            sent.append(account.now)
            # As if it had become doubtful at once.
            account.sent = {
                key: crossings.rearmed_where(lambda _: "forecast" in key, account.now)  # noqa: B023 - called now
                for key, crossings in account.sent.items()
            }
    assert [later - at for at, later in pairwise(sent)] == [DAY + HOUR]


@pytest.mark.parametrize(
    ("length", "expected"), [(HOUR, HOUR / 4), (DAY, DAY / 4), (2 * DAY, DAY), (30 * DAY, DAY)]
)
def test_a_forecast_rests_for_a_day_or_a_quarter_of_a_short_window(
    length: timedelta, expected: timedelta
) -> None:
    """A day would be all of a day's budget, and more."""
    assert pause(length) == expected


def test_a_crossing_says_how_the_window_will_end() -> None:
    """The standing of a budget alert carries the forecast of its limit, and the last days."""
    account = lived(budget("month", 3_000, 'alert_at = ["10%"]'), points_a_day=40)
    standing = sole(live(account, 12 * DAY, 40), BudgetAlert).standing
    assert standing.forecast is not None
    assert (len(standing.daily), standing.forecast.chance < 0.2) == (14, True)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=30, max_size=60), st.integers(500, 4_000))
def test_a_forecast_is_sent_once_in_a_window_but_for_a_doubt(spent: list[int], limit: int) -> None:
    """Whatever is spent, no threshold is forecast twice without a re-armed mark, nor after it is crossed."""
    account = lived(budget("month", limit, 'alert_at = ["100%"]\nforecast_at = ["100%", "150%"]'))
    crossed = False
    for notice, points in enumerate(spent):
        account.spend(points, START + notice * 9 * HOUR)
        alerts = account.tick(START + notice * 9 * HOUR + MINUTE)
        assert not (crossed and "100%" in forecasts(alerts))
        assert len(forecasts(alerts)) <= 1
        crossed |= sum(spent[: notice + 1]) >= limit


def test_a_burst_is_forecast_once_though_ticks_look_back_at_it() -> None:
    """That the chance was small before the burst does not re-arm what was sent because of it."""
    account = lived(MONTH.replace(', "150%"', ""))
    assert forecasts(live(account, 10 * DAY, 80)) == []
    account.spend(1_500, START + 10 * DAY)
    assert forecasts(account.tick(START + 10 * DAY + 5 * MINUTE)) == ["100%"]
    account.spend(5, START + 10 * DAY)
    assert forecasts(account.tick(START + 11 * DAY + HOUR)) == []


def chance(account: Account, level: int) -> float:
    """Give the chance of the only budget, which must be known."""
    evaluation = account.evaluation(account.state.unevaluated(account.now))
    (each,) = evaluation.budgets
    rest = rest_at(evaluation, each, account.now)
    assert rest is not None
    return rest.chance(level - evaluation.points(each.rule, each.present))


def test_the_chance_of_a_new_account_is_steady() -> None:
    """One burst on the second day: the chance does not come and go with the time of day, and is not sent."""
    account = monitored(budget("month", 1_000_000, 'alert_at = ["100%"]\nforecast_at = ["100%"]'), START)
    sent, chances = [], []
    for hour in range(10 * 24):
        at = START + hour * HOUR
        if at.hour in range(8, 18):
            account.spend(300_500 if at == START + DAY + 9 * HOUR else 500, at)
        account.state = account.state.unevaluated(at)
        sent += account.tick(at + 5 * MINUTE)
        if hour >= 3 * 24 + 1:
            chances.append(chance(account, 1_000_000))
    assert [alert for alert in sent if isinstance(alert, ForecastAlert)] == []
    assert max(abs(one - other) for one, other in pairwise(chances)) < 0.2
    assert all(0.2 < chance < 0.7 for chance in chances)


def test_a_digest_on_a_quiet_tick_does_not_send_a_forecast_again() -> None:
    """A digest has the past read on a tick at which nothing was spent: what was expected stays notified."""
    once = budget("month", 3_000, 'alert_at = ["900%"]\nforecast_at = ["100%"]')
    account = monitored('[digest]\nevery = "day"\nat = "09:30"\n' + once, START - 20 * DAY)
    sent = []
    for number in range(-20 * 8, 10 * 8):
        at = START + number * 3 * HOUR
        account.spend(20, at)
        looks = [account.tick(at + 5 * MINUTE), account.tick(at + HOUR)]
        sent += [alert.kind for look in looks for alert in look if number >= 0]
    assert (sent.count(Kind.DIGEST), sent.count(Kind.FORECAST)) == (10, 1)

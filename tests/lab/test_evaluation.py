from collections.abc import Sequence

import pytest

from budget_alert.outlook.ending import rest_of
from budget_alert.outlook.past import Past
from lab.evaluation.__main__ import main
from lab.evaluation.forecasts import BEGIN, HOUR, Chances, Scores, forecast, last_seven_days, replay, run_rate
from lab.evaluation.histories import SEEN_WHOLE, History, Moment, Suite, real
from lab.evaluation.trials import Past as Tried, Trial, example, part
from lab.tables import WIDTH
from poe_budget.backtest.sample import sample

ONES = History([1] * 400)


def suite(history: Sequence[int], *, length: int = 100, asked: int = 1, first: int = 100) -> Suite:
    """Make a suite of one window."""
    return Suite(
        name="made", histories=[History(history)], length=length, first=first, every=10**6, asked=asked
    )


def scored(*budgets: tuple[list[float], int | None]) -> Scores:
    """Score budgets: the chances of hour after hour, and when each was crossed."""
    scores = Scores()
    for chances, crossing in budgets:
        scores.add(list(enumerate(chances)), crossing)
    return scores


@pytest.mark.parametrize(
    ("budgets", "brier", "alerts"),
    [
        ([([1.0, 1.0], 2)], 0, 1),
        ([([1.0, 0.0], None)], 0.5, 1),
        ([([0.5, 0.5], 2), ([0.5], None)], 0.25, 0),
        ([([0.9], 1), ([0.2], None)], (0.01 + 0.04) / 2, 1),
        ([([0.8, 0.9, 0.79, 0.85], 9)], None, 1),
        ([([0.8, 0.5, 0.85], 9)], None, 1),
        ([([0.8, 0.49, 0.7, 0.8], 9)], None, 2),
        ([([0.79, 0.1], 9)], None, 0),
    ],
)
def test_scores_are_mean_squares_and_alerts_begin_at_80_percent(
    budgets: list[tuple[list[float], int | None]], brier: float | None, alerts: int
) -> None:
    """A budget is forecast again after its chance was below an even one."""
    scores = scored(*budgets)
    assert scores.alerts == alerts
    assert brier is None or scores.brier == pytest.approx(brier)


def test_precision_recall_and_lead() -> None:
    """Alerts are right where the level was crossed; a crossing is warned of by an alert before it."""
    scores = scored(([0.1, 0.9, 0.1, 0.9], 11), ([0.3, 0.3], 7), ([0.9], None), ([0.3, 0.3, 0.8], 5), ([], 0))
    assert (scores.alerts, scores.right) == (4, 3)
    assert scores.precision == 0.75
    assert scores.crossed == 3
    assert scores.recall == pytest.approx(2 / 3)
    assert scores.lead == (10 + 3) / 2
    assert scores.chances.total() == 10


def test_replay_of_sure_forecasters_has_a_known_score() -> None:
    """On even hours the straight line is always right, and its alert comes at a tenth of the window."""
    scores = replay(suite([1] * 300), {"line": run_rate})["line"]
    assert (scores.brier, scores.precision, scores.recall, scores.lead) == (0, 1, 1, 70)


STEPS = History([0] * 100 + [1] * 300)


@pytest.mark.parametrize(
    ("chance", "last"),
    [
        (run_rate(Moment(ONES, 100, 200, 150)), 100),
        (last_seven_days(Moment(STEPS, 290, 310, 300)), 20),
        (last_seven_days(Moment(STEPS, 100, 224, 124)), 48),
    ],
    ids=["a straight line", "the rate of seven days", "the rate of as many as are known"],
)
def test_the_simple_ways_go_on_as_before(chance: Chances, last: int) -> None:
    """They are sure of what their rate reaches, and of nothing more."""
    assert (chance(last), chance(last + 1)) == (1, 0)


def test_forecast_is_the_one_of_the_function() -> None:
    """What is scored is what the function would say, from the second day of the history on."""
    history = real()
    moment = Moment(history, 300, 468, 400)
    past = Past(BEGIN + SEEN_WHOLE * HOUR, history.hours[SEEN_WHOLE:400])
    rest = rest_of(past, BEGIN + 400 * HOUR, BEGIN + 468 * HOUR)
    assert rest is not None
    assert 0.1 < rest.chance(50_000) < 0.9
    assert forecast(moment)(moment.used + 50_000) == rest.chance(50_000)


def test_crossing_is_the_hour_after_the_one_that_reached_it() -> None:
    """A level is seen as reached when the hour that reached it is over."""
    assert History([1, 0, 2, 5]).crossing(0, 4, 3) == 3
    assert History([1, 0, 2, 5]).crossing(1, 4, 3) == 4
    assert History([1, 0, 2, 5]).crossing(0, 4, 9) == 4


EVEN = Suite(name="Even hours", histories=[History([1] * 400)], length=100, first=100, every=100, asked=20)


def test_the_command_prints_tables_of_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the forecasts, of their calibration, and of the alerts of what is tried from its first day on."""
    usage = part(sample(), 8, 16)
    past = Tried(usage=usage, first=0, last=4, known=usage)
    made = Trial(name="The example", over="four days", config=example, pasts=lambda: [past])
    assert main([], [EVEN], [made]) == 0
    printed = capsys.readouterr().out
    assert all(one in printed for one in ("forecast / run rate / 7-day mean", "Calibration", "0 of 1"))
    assert max(map(len, printed.splitlines())) <= WIDTH
    with pytest.raises(SystemExit, match="2"):
        main(["--nonsense"], [])

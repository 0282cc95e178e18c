from collections.abc import Sequence
from itertools import pairwise

import pytest

from budget_alert.config.periods import Window
from budget_alert.instants import DAY
from budget_alert.outlook.ending import forecast as foretell
from budget_alert.outlook.past import Past
from lab.evaluation.__main__ import alerts, calibration, comparison, main
from lab.evaluation.forecasts import (
    BEGIN,
    HOUR,
    Chances,
    Scores,
    forecast,
    last_seven_days,
    replay,
    run_rate,
)
from lab.evaluation.histories import (
    MONTH,
    SEEDS,
    SEEN_WHOLE,
    WEEK,
    History,
    Kind,
    Moment,
    Suite,
    data,
    flat,
    growing,
    months,
    one_burst,
    real,
    resampled,
    suites,
    weekly,
)
from lab.evaluation.trials import Past as Tried
from lab.evaluation.trials import Trial, example, halves, made_of, part
from lab.evaluation.trials import months as months_of_usage
from lab.tables import WIDTH
from poe_budget.backtest.incidents import Quality
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


def test_brier_score_is_the_mean_square_of_what_was_missed() -> None:
    """A sure forecaster gets 0 or 1, a hedging one what lies between."""
    assert scored(([1.0, 1.0], 2)).brier == 0
    assert scored(([1.0, 0.0], None)).brier == 0.5
    assert scored(([0.5, 0.5], 2), ([0.5], None)).brier == 0.25
    assert scored(([0.9], 1), ([0.2], None)).brier == pytest.approx((0.01 + 0.04) / 2)


def test_alerts_speak_at_80_and_again_after_less_than_50() -> None:
    """One alert until the chance was below an even one, then another."""
    assert scored(([0.8, 0.9, 0.79, 0.85], 9)).alerts == 1
    assert scored(([0.8, 0.5, 0.85], 9)).alerts == 1
    assert scored(([0.8, 0.49, 0.7, 0.8], 9)).alerts == 2
    assert scored(([0.79, 0.1], 9)).alerts == 0


def test_precision_recall_and_lead() -> None:
    """Alerts are right where the level was crossed; a crossing is warned of by an alert before it."""
    scores = scored(([0.1, 0.9, 0.1, 0.9], 11), ([0.3, 0.3], 7), ([0.9], None), ([0.3, 0.3, 0.8], 5), ([], 0))
    assert (scores.alerts, scores.right) == (4, 3)
    assert scores.precision == 0.75
    assert (scores.crossed, scores.warned) == (3, 2)
    assert scores.recall == pytest.approx(2 / 3)
    assert scores.lead == (10 + 3) / 2
    assert scores.asked == 10


def test_what_never_happened_has_no_rate() -> None:
    """Without alerts there is no precision, without crossings no recall, without both no lead."""
    scores = scored(([0.3], None))
    assert (scores.precision, scores.recall, scores.lead) == (None, None, None)


def test_calibration_is_counted_in_ten_bins() -> None:
    """Each chance is counted in its tenth of the scale, 1 in the last."""
    bins = scored(([0.0, 0.09, 0.1, 1.0, 0.95], 9), ([0.05, 0.9], None)).bins
    assert len(bins) == 10
    assert [(place.count, place.true) for place in (bins[0], bins[1], bins[9])] == [(3, 2), (1, 1), (3, 2)]


def test_replay_asks_between_a_tenth_and_the_crossing() -> None:
    """Each budget is asked about from a tenth of its window on, until it is reached; the score is known."""
    asked: list[int] = []

    def even(moment: Moment) -> Chances:
        asked.append(moment.now)
        return lambda _: 0.5

    scores = replay(suite([1] * 300), {"even": even})["even"]
    # 13 budgets of 60, 70, ..., 180 points: 5 are crossed, that of 60 points at hour 60, and so on.
    assert asked == list(range(110, 200))
    assert scores.asked == sum(level - 10 for level in (60, 70, 80, 90, 100)) + 8 * 90
    assert scores.brier == 0.25
    assert (scores.crossed, scores.warned, scores.alerts) == (5, 0, 0)


def test_replay_of_sure_forecasters_has_a_known_score() -> None:
    """On even hours the straight line is always right, and its alert comes at a tenth of the window."""
    scores = replay(suite([1] * 300), {"line": run_rate})["line"]
    assert (scores.brier, scores.precision, scores.recall, scores.lead) == (0, 1, 1, 70)


def test_nothing_is_asked_on_less_than_three_days() -> None:
    """The first day is not known whole, and three more are needed."""
    early = suite([1] * 300, length=200, first=0, asked=12)
    assert next(early.moments(ONES, 0)).now == 96


def test_run_rate_draws_a_straight_line() -> None:
    """Half the window gone, half of what it ends at used."""
    chance = run_rate(Moment(ONES, 100, 200, 150))
    assert (chance(100), chance(101)) == (1, 0)


def test_last_seven_days_go_on() -> None:
    """The rest comes at the rate of the last seven days, or of as many as are known after the first."""
    steps = History([0] * 100 + [1] * 300)
    chance = last_seven_days(Moment(steps, 290, 310, 300))
    assert (chance(20), chance(21)) == (1, 0)
    chance = last_seven_days(Moment(steps, 100, 224, 124))
    assert (chance(48), chance(49)) == (1, 0)


def test_forecast_is_the_one_of_the_function() -> None:
    """What is scored is what the function would say, from the second day of the history on."""
    history = real()
    moment = Moment(history, 300, 468, 400)
    past = Past(BEGIN + SEEN_WHOLE * HOUR, history.hours[SEEN_WHOLE:400])
    said = foretell(
        past,
        used=moment.used,
        now=BEGIN + 400 * HOUR,
        window=Window(BEGIN + 300 * HOUR, BEGIN + 468 * HOUR),
        level=moment.used + 50_000,
    )
    assert said is not None
    assert 0.1 < said.chance < 0.9
    assert forecast(moment)(moment.used + 50_000) == said.chance


def test_crossing_is_the_hour_after_the_one_that_reached_it() -> None:
    """A level is seen as reached when the hour that reached it is over."""
    assert History([1, 0, 2, 5]).crossing(0, 4, 3) == 3
    assert History([1, 0, 2, 5]).crossing(1, 4, 3) == 4
    assert History([1, 0, 2, 5]).crossing(0, 4, 9) == 4


def test_resampled_months_are_made_of_days_of_the_data() -> None:
    """Each day is one of the real month, followed mostly by the one that came next; seeds differ."""
    days = [real().hours[start : start + 24] for start in range(0, 744, 24)]
    made = resampled(1, 120)
    assert len(made.hours) == 120 * 24
    places = [days.index(made.hours[start : start + 24]) for start in range(0, 120 * 24, 24)]
    follow = sum(after == before + 1 for before, after in pairwise(places))
    assert 70 < follow < 110
    assert made.hours == resampled(1, 120).hours != resampled(2, 120).hours


def test_months_to_try_are_not_those_that_are_known() -> None:
    """The first of two made months is known, the second tried; so is each half of the data."""
    made = months_of_usage(300)
    assert made.known.end == made.usage.start + made.first * DAY
    assert made.usage.end == made.usage.start + made.last * DAY
    early, late = halves()
    assert early.known.start == early.usage.start + early.last * DAY
    assert late.known.end == late.usage.start + late.first * DAY
    usage = sample()
    assert early.known.entries is not None
    assert late.known.entries is not None
    assert late.known.entries + early.known.entries == usage.entries


def test_usage_is_made_of_days_of_the_data() -> None:
    """Each query at its time of the day, with a name of its own."""
    made = made_of([9, 9, 0])
    totals = [sum(totals.points for totals in part(made, day, day + 1).slots.values()) for day in range(3)]
    assert totals == [476_748, 476_748, 10_798]
    assert made.entries is not None
    assert len({entry.query_id for entry in made.entries}) == len(made.entries)


def test_synthetic_histories_are_what_they_are_called() -> None:
    """Flat days are alike, weekends quiet, growth doubles in five weeks, and the burst is one day."""

    def days(history: History) -> list[int]:
        return [history.total(start, start + 24) for start in range(0, len(history.hours), 24)]

    assert max(days(flat(1, 90))) < 4 * min(days(flat(1, 90)))
    week = days(weekly(1, 84))
    assert sum(week[5::7]) + sum(week[6::7]) < sum(week[0::7]) / 2
    growth = days(growing(1, 90))
    assert sum(growth[70:80]) / sum(growth[35:45]) == pytest.approx(2, rel=0.2)
    high, next_to_it = sorted(days(one_burst(1, 90)), reverse=True)[:2]
    assert high > 8 * next_to_it


def test_suites_cover_what_is_promised() -> None:
    """The data by weeks, months made of it, both just begun, and made-up kinds by both; all have budgets."""
    every = suites()
    assert [one.length for one in every[:2]] == [WEEK, MONTH]
    assert len({one.name for one in every}) == len(every) == 12
    assert all(len(set(one.levels())) == 13 for one in every)
    assert len(every[1].histories) == len(SEEDS) == 20


WEEKS = Suite(name="", histories=data().histories, length=WEEK, first=0, every=24, asked=6)
MONTHS = Suite(
    name="", histories=months(range(4)).histories, length=MONTH, first=28 * 24, every=12 * 24, asked=24
)


@pytest.mark.parametrize("small", [WEEKS, MONTHS], ids=["weeks", "months"])
def test_forecast_beats_the_simple_ways(small: Suite) -> None:
    """On the data by weeks and on months made of it, it has the best Brier score and precision."""
    ours, *others = replay(small).values()
    assert all(ours.brier < 0.75 * other.brier for other in others)
    assert ours.precision is not None
    assert ours.precision >= 0.85
    assert all(other.precision is not None and ours.precision > other.precision + 0.2 for other in others)


@pytest.mark.parametrize("kind", [flat, weekly, growing, one_burst])
def test_forecast_is_precise_on_made_up_histories(kind: Kind) -> None:
    """Nine alerts of ten are right, and most crossings are warned of."""
    small = Suite(name="", histories=[kind(7, 120)], length=WEEK, first=28 * 24, every=7 * 24, asked=12)
    ours, *others = replay(small).values()
    assert ours.precision is not None
    assert ours.precision >= 0.9
    assert ours.recall is not None
    assert ours.recall >= 0.8
    assert all(ours.brier < other.brier for other in others)


EVEN = Suite(name="Even hours", histories=[History([1] * 400)], length=100, first=100, every=100, asked=20)


def test_forecasters_are_set_beside_each_other() -> None:
    """A row has all scores, in their order; what does not exist is a dash, and long leads are days."""
    results = {"ours": scored(([0.1, 0.9], 60)), "theirs": scored(([0.5], None))}
    scores, rates = comparison([(EVEN, results)])
    assert scores.title == "ours / theirs"
    assert scores.rows == [["Even hours", "3", "0.410 / 0.250", "2.5 d / -"]]
    assert rates.rows == [["Even hours", "1.00 / -", "1.00 / -"]]


def test_calibration_has_ten_bins() -> None:
    """Each bin tells what came true and how often it was said; an empty one tells nothing."""
    rows = calibration({"made": scored(([0.92, 0.98, 0.3], 5))}).rows
    assert (rows[0], rows[3], rows[9]) == (
        ["0 to 10 %", "-", "0"],
        ["30 to 40 %", "100 %", "1"],
        ["90 to 100 %", "100 %", "2"],
    )


def test_alerts_are_set_beside_each_other() -> None:
    """A row for each config and what it was tried on; what does not exist is a dash."""
    made = Trial(name="Made", over="nothing", config=example, pasts=tuple)
    found = Quality(time=14 * DAY, messages=5, about=3, incidents=2, spent=(0.25,))
    missed = Quality(time=7 * DAY, incidents=1)
    assert alerts([(made, found), (made, missed)]).rows == [
        ["Made", "nothing", "2.5", "1 of 2", "3.0", "25 %", "1.0"],
        ["Made", "nothing", "0.0", "1 of 1", "-", "-", "0.0"],
    ]


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

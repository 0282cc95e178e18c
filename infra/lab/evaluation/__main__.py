"""Replays forecasts and alerts and prints how good they were: python -m lab.evaluation."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.progress import track

from lab.evaluation.forecasts import BINS, Scores, replay
from lab.evaluation.histories import HOURS, Suite, suites
from lab.evaluation.trials import Trial, trials
from lab.tables import NOTHING, Sheet, show
from poe_budget.backtest.incidents import Quality

CALIBRATED = 2
"""The suites made of the data come first; these have their calibration shown."""
AS_DAYS = 48
"""Hours from which on a span is said in days."""


def main(
    arguments: Sequence[str] | None = None,
    replayed: Sequence[Suite] | None = None,
    tried: Sequence[Trial] | None = None,
) -> int:
    """Replay all suites and trials, or only those given, print the tables and return 0.

    Wrong arguments end with status 2.
    """
    options = _parser().parse_args(arguments)
    if replayed is None and tried is None:
        replayed, tried = [] if options.alerts else suites(), trials()
    progress = Console(stderr=True)
    results = [(suite, replay(suite)) for suite in track(replayed or (), "Forecasts", console=progress)]
    found = [(trial, trial.quality()) for trial in track(tried or (), "Alerts", console=progress)]
    show(_sheets(results, found))
    return 0


def _sheets(
    results: Sequence[tuple[Suite, Mapping[str, Scores]]], found: Sequence[tuple[Trial, Quality]]
) -> Iterator[Sheet]:
    if results:
        yield from comparison(results)
    if calibrated := results[:CALIBRATED]:
        yield calibration({suite.name: next(iter(scores.values())) for suite, scores in calibrated})
    if found:
        yield alerts(found)


def comparison(results: Sequence[tuple[Suite, Mapping[str, Scores]]]) -> Iterator[Sheet]:
    """Set the forecasters beside each other, a row for each suite; each cell has all of them, in order."""
    names = " / ".join(results[0][1])
    earliness, rightness = [], []
    for suite, scores in results:
        each = scores.values()
        brier, lead = (f"{one.brier:.3f}" for one in each), (_span(one.lead) for one in each)
        windows = str(sum(1 for _ in suite.windows()))
        earliness.append([suite.name, windows, " / ".join(brier), " / ".join(lead)])
        precision, recall = (_share(one.precision) for one in each), (_share(one.recall) for one in each)
        rightness.append([suite.name, " / ".join(precision), " / ".join(recall)])
    yield Sheet(names, ("Windows of", "No.", "Brier score", "Median lead"), earliness)
    yield Sheet(f"Alerts of {names}", ("Alerts in", "Precision", "Recall"), rightness)


def calibration(scores: Mapping[str, Scores]) -> Sheet:
    """Set chances beside how often they came true, in ten bins, for each suite."""
    rows = [
        [
            f"{tenth * 100 // BINS} to {(tenth + 1) * 100 // BINS} %",
            *(cell for one in scores.values() for cell in _came_true(one.true[tenth], one.chances[tenth])),
        ]
        for tenth in range(BINS)
    ]
    heads = ("Chance", *(head for name in scores for head in (name, "of so many")))
    return Sheet("Calibration: how often each chance came true", heads, rows)


def alerts(results: Iterable[tuple[Trial, Quality]]) -> Sheet:
    """Set beside each other how well the alerts of configs fit what they were tried on."""
    heads = ("Config", "Tried on", "A week", "Missed", "Each", "Spent", "About none")
    rows = [
        [
            trial.name,
            trial.over,
            f"{found.messages_a_week:.1f}",
            f"{found.missed} of {found.incidents}",
            NOTHING if found.messages_an_incident is None else f"{found.messages_an_incident:.1f}",
            NOTHING if found.spent_before is None else _percent(found.spent_before),
            f"{found.others_a_week:.1f}",
        ]
        for trial, found in results
    ]
    return Sheet("Alerts", heads, rows)


def _came_true(number: int, of: int) -> tuple[str, str]:
    return (_percent(number / of) if of else NOTHING, f"{of:,}")


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.2f}"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _span(hours: float | None) -> str:
    if hours is None:
        return NOTHING
    return f"{hours:.0f} h" if hours < AS_DAYS else f"{hours / HOURS:.1f} d"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.evaluation", description=__doc__)
    parser.add_argument("--alerts", action="store_true", help="leave out the forecasts")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Replays forecasts and alerts and prints how good they were: python -m lab.evaluation."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.progress import track

from lab.evaluation.replay import replay
from lab.evaluation.scores import Scores
from lab.evaluation.suites import Suite, suites
from lab.evaluation.tables import Sheet, alerts, calibration, comparison
from lab.evaluation.trials import Trial, trials
from poe_budget.backtest.incidents import Quality

CALIBRATED = 2
"""The suites made of the data come first; these have their calibration shown."""


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
    console = Console(highlight=False)
    for sheet in _sheets(results, found):
        if options.markdown:
            console.print(sheet.markdown(), markup=False, soft_wrap=True, end="\n\n")
        else:
            console.print(sheet.drawn())
    return 0


def _sheets(
    results: Sequence[tuple[Suite, Mapping[str, Scores]]], found: Sequence[tuple[Trial, Quality]]
) -> Iterator[Sheet]:
    if results:
        yield comparison(results)
    for suite, scores in results[:CALIBRATED]:
        yield calibration(suite.name, next(iter(scores.values())))
    if found:
        yield alerts(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.evaluation", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the tables of the README")
    parser.add_argument("--alerts", action="store_true", help="leave out the forecasts")
    return parser


if __name__ == "__main__":
    sys.exit(main())

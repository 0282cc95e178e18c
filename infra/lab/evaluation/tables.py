"""The results as tables, for a terminal and for the README."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from rich.table import Table

from lab.evaluation.scores import BINS, Bin, Scores
from lab.evaluation.suites import Suite
from lab.evaluation.trials import Trial
from poe_budget.backtest.incidents import Quality

NOTHING = "-"
HOURS_A_DAY = 24
AS_DAYS = 48


class Sheet(msgspec.Struct, frozen=True):
    """A table of words: a title, the heads of its columns, and its rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def drawn(self) -> Table:
        """Draw it for a terminal."""
        table = Table(*self.heads, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """Write it in Markdown, the title as a line above."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join([f"{self.title}:", "", *(f"| {' | '.join(line)} |" for line in lines)])


def comparison(results: Sequence[tuple[Suite, Mapping[str, Scores]]]) -> Sheet:
    """Set the forecasters beside each other, a row for each suite; each cell has all of them, in order."""
    names = " / ".join(results[0][1])
    heads = ("Windows of", "Windows", "Brier score", "Precision", "Recall", "Median lead")
    return Sheet(names, heads, [_row(suite, scores.values()) for suite, scores in results])


def calibration(name: str, scores: Scores) -> Sheet:
    """Set the chances of a forecaster beside how often they came true, in ten bins."""
    heads = ("Chance", "said on average", "came true", "times")
    return Sheet(
        f"Calibration of {name}", heads, [_bin(place, found) for place, found in enumerate(scores.bins)]
    )


def alerts(results: Iterable[tuple[Trial, Quality]]) -> Sheet:
    """Set beside each other how well the alerts of configs fit what they were tried on."""
    heads = (
        "Config",
        "Tried on",
        "Messages a week",
        "Incidents",
        "Missed",
        "Messages per incident",
        "Spent before the first",
        "Messages a week about none",
    )
    return Sheet("Alerts", heads, [_fit(trial, found) for trial, found in results])


def _fit(trial: Trial, found: Quality) -> list[str]:
    return [
        trial.name,
        trial.over,
        f"{found.messages_a_week:.1f}",
        str(found.incidents),
        str(found.missed),
        NOTHING if found.messages_an_incident is None else f"{found.messages_an_incident:.1f}",
        NOTHING if found.spent_before is None else _percent(found.spent_before),
        f"{found.others_a_week:.1f}",
    ]


def _row(suite: Suite, scores: Iterable[Scores]) -> list[str]:
    each = list(scores)
    return [
        suite.name,
        str(sum(1 for _ in suite.windows())),
        _beside(f"{one.brier:.3f}" for one in each),
        _beside(_share(one.precision) for one in each),
        _beside(_share(one.recall) for one in each),
        _beside(_span(one.lead) for one in each),
    ]


def _bin(place: int, found: Bin) -> list[str]:
    edges = f"{place * 100 // BINS} to {(place + 1) * 100 // BINS} %"
    if not found.count:
        return [edges, NOTHING, NOTHING, "0"]
    said, true = found.foretold / found.count, found.true / found.count
    return [edges, _percent(said), _percent(true), f"{found.count:,}"]


def _beside(words: Iterable[str]) -> str:
    return " / ".join(words)


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.2f}"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _span(hours: float | None) -> str:
    if hours is None:
        return NOTHING
    return f"{hours:.0f} h" if hours < AS_DAYS else f"{hours / HOURS_A_DAY:.1f} d"

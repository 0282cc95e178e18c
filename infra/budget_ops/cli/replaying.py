"""A replay with progress, as commands run it."""

from datetime import datetime

from budget_alert.config.rules import Config
from budget_ops.backtest.cautions import cautions
from budget_ops.backtest.replay import Conditions, replay
from budget_ops.backtest.results import Replay
from budget_ops.cli.output import notes, progress
from budget_ops.past.history import History


def replayed(config: Config, history: History, conditions: Conditions, words: str = "Replaying") -> Replay:
    """Replay a history, and say what its reader should know of it."""
    with progress(words) as reporter:
        start = max(history.start, conditions.start or history.start)
        length = max(history.end - start, conditions.interval)

        def ticked(now: datetime) -> None:
            reporter.reached((now - start) / length, f"{words}: {now:%d %b %Y}")

        done = replay(config, history, conditions, ticked)
    notes(cautions(done))
    return done

"""Replays with progress, as commands run them."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from budget_alert.config.schema import Config
from budget_alert.rules.scope import Scope
from poe_budget.backtest.outcomes import left_out
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.results import Replay
from poe_budget.backtest.words import cautions
from poe_budget.cli.output import notes, progress
from poe_budget.past.accounts import rules_for
from poe_budget.past.history import History, Reporter


def replayed(config: Config, history: History, conditions: Conditions, scope: Scope) -> Replay:
    """Replay a history by the rules that are about `scope`, and print what its reader should know of it."""
    with progress("Replaying") as reporter:
        start = max(history.start, conditions.start or history.start)
        done = replay(
            rules_for(config, scope), history, conditions, ticking(reporter, "Replaying", start, history.end)
        )
    notes(cautions(done))
    return msgspec.structs.replace(done, rules=(*done.rules, *left_out(config, scope)))


def ticking(reporter: Reporter, words: str, start: datetime, end: datetime) -> Callable[[datetime], None]:
    """Give what takes note of each tick of a replay from `start` to `end`, and shows how far it came."""

    def ticked(now: datetime) -> None:
        done = (now - start) / (end - start) if end > start else 1.0
        reporter.reached(done, f"{words}: {now:%d %b %Y}")

    return ticked

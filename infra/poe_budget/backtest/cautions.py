"""What a reader should know of a replay before believing it."""

from collections.abc import Iterator
from datetime import timedelta

from budget_alert.config.periods import Rolling
from budget_alert.messages.parts import reasons
from budget_alert.messages.wording import counted, quoted
from budget_alert.outlook.past import LEAST_DAYS
from poe_budget.backtest.results import Replay

DAY = timedelta(days=1)
SHORT = 14 * DAY


def cautions(replay: Replay) -> Iterator[str]:
    """Say, in sentences without their end, what the history does not show."""
    if replay.end - replay.start < SHORT:
        days = counted((replay.end - replay.start) // DAY, "day")
        yield f"it is only {days}: what is rare or comes once a week may be missing"
    if _looks_back(replay) and replay.start - replay.known_from < (LEAST_DAYS + 1) * DAY:
        yield "forecasts and spikes go by three whole days of history, and are silent until those are there"
    if cut := _cut(replay):
        begins = f"{replay.known_from.day} {replay.known_from:%b %Y %H:%M} UTC"
        yield f"usage is known from {begins} on: the first window of {', '.join(cut)} lacks what was before"
    for reason in reasons(replay.holes, "UTC"):
        yield f"{reason}: sums of windows that hold that time are the least they can be"
    if not replay.by_entry:
        yield "only quarter hours are known, so each shows once it is over: alerts come up to 15 minutes late"


def _looks_back(replay: Replay) -> bool:
    return bool(replay.config.spikes) or any(budget.forecast_at for budget in replay.config.budgets)


def _cut(replay: Replay) -> list[str]:
    """Name the budgets whose first window begins before the history does."""
    known = replay.known_from
    cut = []
    for budget in replay.config.budgets:
        curves = replay.curves[budget.name]
        if isinstance(budget.period, Rolling):
            begins = replay.start - timedelta(hours=budget.period.hours)
        else:
            begins = curves[0].window.start if curves else known
        if begins < known:
            cut.append(quoted(budget.name))
    return cut

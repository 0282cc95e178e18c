"""A replay in which every kind of rule has something to say."""

from datetime import timedelta
from functools import cache

from rich.console import Console

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.report import tables
from poe_budget.backtest.results import Replay
from tests.cli.backtest.saving import HOUR, history, hourly
from tests.support.configs import table
from tests.support.histories import START, entry

MINUTE = timedelta(minutes=1)
HOSTILE = '<script>alert("1")</script> & [red] *b*'
EVERYTHING = (
    table(
        "budget",
        name="Month",
        points=4_000,
        period="month",
        alert_at=["50%", "100%", "1000%"],
        forecast_at=["70%"],
        repeat="1d",
    )
    + table("budget", name="Day", points=400, period="day")
    + table("budget", name="Hours", points=20, period="hour", bots=["late"])
    + table("budget", name="Nothing", points=300, period="7d", bots=["nobody"])
    + table("spike", name="Burst", window="1h", at_least=100)
    + table("query", name="Dear", points=200)
    + table("balance", name="Left", below=10)
    + table("digest", every="day")
)


@cache
def done(config: str = EVERYTHING, name: str = "late", days: int = 12) -> Replay:
    """Replay even usage with a burst of one bot's."""
    spent = [*hourly(days * 24), entry(START + 9 * DAY + HOUR, 250, bot=name)]
    return replay(parse(config), history(spent, days * DAY), Conditions(interval=15 * MINUTE))


def printed(shown: Replay, width: int = 120) -> str:
    """Print the tables."""
    console = Console(width=width, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as capture:
        console.print(tables(shown))
    return capture.get()

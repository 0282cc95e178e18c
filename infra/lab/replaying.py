"""How fast a month is replayed: `python -m lab.replaying`.

It compares the replay with plainly adding up the same entries, for a ratio says more than seconds of some
machine, and shows where the time goes.
"""

import argparse
import pstats
import sys
from collections.abc import Callable, Sequence
from cProfile import Profile
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from budget_alert.config.reading import parse
from poe_budget.backtest.replay import replay
from poe_budget.backtest.sample import sample
from poe_budget.past.history import slots_of

EXAMPLE = Path(__file__).parents[1] / "budgets.toml"
HOURS = 30 * 24
ONE_IN = 7
"""So thinned, 30 days of the month have 105,658 entries."""
MOST_LINES = 15
T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 0; wrong arguments end the process with status 2."""
    options = _parser().parse_args(arguments)
    config = parse(options.config.read_text(encoding="utf-8"))
    history = sample(options.one_in, range(options.hours))
    plain, _ = _timed(lambda: slots_of(history.entries or ()))
    whole, done = _timed(lambda: replay(config, history))
    said = (
        f"{done.ticks:,} ticks over {len(history.entries or ()):,} entries: {whole:.1f} s, "
        f"{whole / plain:.0f} times as long as adding them up by quarter hour and bot ({plain:.2f} s); "
        f"{len(done.sent)} alerts"
    )
    print(said)  # noqa: T201 - this is a command
    print(_profile(lambda: replay(config, history)))  # noqa: T201 - as above
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.replaying", description=__doc__)
    parser.add_argument("--config", type=Path, default=EXAMPLE, metavar="FILE", help="the config to replay")
    parser.add_argument("--one-in", type=int, default=ONE_IN, metavar="N", help="how thinned the month is")
    parser.add_argument("--hours", type=int, default=HOURS, metavar="N", help="how much of it is replayed")
    return parser


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = perf_counter()
    done = work()
    return perf_counter() - begin, done


def _profile(work: Callable[[], object]) -> str:
    profile, text = Profile(), StringIO()
    profile.runcall(work)
    stats = pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime")
    stats.print_stats(MOST_LINES)
    lines = [line for line in text.getvalue().splitlines() if line.strip()]
    return "\n".join(
        ["Where the time goes (measuring it makes all of it slower):", *lines[-MOST_LINES - 1 :]]
    )


if __name__ == "__main__":
    sys.exit(main())

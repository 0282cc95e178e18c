"""A history and a wanted number of alerts -> a proposal, and the replay that supports it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.budgets import parse
from budget_alert.instants import SLOT
from budget_alert.messages.wording import counted
from budget_ops.backtest.replay import FIVE_MINUTES, Conditions, Ticked, ignored, replay
from budget_ops.backtest.results import Replay
from budget_ops.errors import OpsError
from budget_ops.past.history import History
from budget_ops.suggest.levels import rarely_enough, reached
from budget_ops.suggest.measures import MONTH, Measures, measures
from budget_ops.suggest.proposal import Proposal, probe
from budget_ops.suggest.rounding import ladder, up

LEAST_DAYS = 7
"""On fewer whole days any suggestion would be made up."""
FEW_DAYS = 21
FEW_QUERIES = 50
LEAST_WEEKS = 3
ROOM = (1.3, 2.0, 3.0)
"""So many times a usual month a monthly budget may take; with the least of them 80 % are not reached."""
DEAR = 1.5
"""A query that costs so many times as much as any before is worth hearing of."""
LARGE = 20
"""Spikes are looked for from this part of the largest hour on."""
TRIES = 3


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is suggested for so many `wanted` alerts a month, and what it would have told.

    It goes by the `queries` of the history.
    """

    wanted: float
    queries: int
    proposal: Proposal
    replay: Replay

    @property
    def alerts(self) -> int:
        """How many alerts it would have told."""
        return len(self.replay.alerts)

    @property
    def alerts_a_month(self) -> float:
        """How many that is in a month."""
        return self.alerts * (MONTH / (self.replay.end - self.replay.start))

    def cautions(self) -> Iterator[str]:
        """Say, in sentences without their end, how far it is to be believed."""
        if self.queries < FEW_QUERIES:
            found = "1 query" if self.queries == 1 else f"{self.queries} queries"
            guess = "this suggestion is little more than a guess; run it again when there is more"
            yield f"only {found} in the history: {guess}"
        length = self.replay.end - self.replay.start
        if length < FEW_DAYS * timedelta(days=1):
            days = counted(length // timedelta(days=1), "day")
            yield f"{days} of usage are few: suggest again when there are {FEW_DAYS}"
        if abs(self.alerts_a_month - self.wanted) > max(1.0, self.wanted / 2):
            yield "no round numbers come closer to what was wanted: usage is too even, or too rare, for that"


class Trial(msgspec.Struct, frozen=True):
    """Replays configs over one history."""

    history: History
    interval: timedelta
    ticked: Ticked

    def of(self, text: str) -> Replay:
        """Replay a config."""
        return replay(parse(text), self.history, Conditions(interval=self.interval), self.ticked)

    def roughly(self, text: str) -> Replay:
        """Replay a config with a tick a slot: windows that roll are judged no more often than that anyway."""
        return replay(parse(text), self.history, Conditions(interval=SLOT), self.ticked)


def suggest(
    history: History, wanted: float, zone: str, interval: timedelta = FIVE_MINUTES, ticked: Ticked = ignored
) -> Suggestion:
    """Find budgets and thresholds that would have told about so many alerts a month.

    `ticked` hears of each tick of each replay. Raises OpsError where the history is too short or empty.
    """
    known = measures(history, ZoneInfo(zone))
    _check(known)
    trial, goal = Trial(history, interval, ticked), wanted * (known.length / MONTH)
    proposal, others = _without_span(trial, known, zone, goal)
    tried = _tried(trial, known, proposal, goal, round(goal) - others)
    return min(
        (
            Suggestion(wanted=wanted, queries=known.queries, proposal=made, replay=done)
            for made, done in tried
        ),
        key=lambda suggestion: abs(suggestion.alerts - goal),
    )


def _without_span(trial: Trial, known: Measures, zone: str, goal: float) -> tuple[Proposal, int]:
    """Find all but the limit of a day or week, and how often that speaks: half of what is wanted at most."""
    months = [up(known.month * room) for room in ROOM]
    spikes = ladder(max(known.hour // LARGE, 1), max(2 * known.hour, 1))
    told = Counter(sent.alert.rule for sent in trial.roughly(probe(zone, months, spikes)).alerts)
    month = rarely_enough({points: told[f"month {points}"] for points in months}, goal / 2)
    left = goal / 2 - told[f"month {month}"]
    spike = rarely_enough({points: told[f"spike {points}"] for points in spikes}, left)
    proposal = Proposal(
        zone=zone,
        month=month,
        span=_span(known),
        often=0,
        spike=spike,
        query=up(known.query * DEAR) if known.query else 0,
    )
    return proposal, told[f"month {month}"] + told[f"spike {spike}"]


def _span(known: Measures) -> Literal["day", "week"]:
    """Choose days, unless most of them are idle and there are weeks to compare."""
    idle = sum(points <= 0 for points in known.days)
    return "week" if 2 * idle > len(known.days) and len(known.weeks) >= LEAST_WEEKS else "day"


def _tried(
    trial: Trial, known: Measures, proposal: Proposal, goal: float, times: int
) -> Iterator[tuple[Proposal, Replay]]:
    """Try limits that are reached so often, then more or less often, as the replay of each one teaches."""
    totals = known.days if proposal.span == "day" else known.weeks
    for _ in range(TRIES):
        made = msgspec.structs.replace(proposal, often=reached(totals, times))
        done = trial.of(made.text())
        yield made, done
        off = round(goal - len(done.alerts))
        if not off:
            return
        times += off


def _check(known: Measures) -> None:
    if len(known.days) < LEAST_DAYS:
        raise OpsError(
            f"the history holds {counted(len(known.days), 'whole day')}, and a suggestion needs "
            f"{LEAST_DAYS}; try again in {counted(LEAST_DAYS - len(known.days), 'day')}"
        )
    if known.points <= 0:
        raise OpsError("nothing was spent in this history, so there is nothing to go by; try again later")

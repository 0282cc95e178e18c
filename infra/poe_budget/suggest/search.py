"""A history and a wanted number of alerts -> a proposal, and the replay that supports it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.reading import parse
from budget_alert.messages.wording import counted
from budget_alert.usage.slots import Span
from poe_budget.backtest.incidents import Spending, by_incident, heaviest
from poe_budget.backtest.quality import Quality, messages
from poe_budget.backtest.replay import FIVE_MINUTES, Conditions, Ticked, ignored, replay
from poe_budget.backtest.results import Replay
from poe_budget.errors import OpsError
from poe_budget.past.history import History
from poe_budget.suggest.choice import Tried
from poe_budget.suggest.measures import MONTH, Measures, measures
from poe_budget.suggest.proposal import Proposal, Thresholds, probe
from poe_budget.suggest.rounding import ladder, up

LEAST_DAYS = 7
"""On fewer whole days any suggestion would be made up."""
FEW_DAYS = 21
FEW_QUERIES = 50
LEAST_WEEKS = 3
ROOM = (1.3, 2.0, 3.0)
"""So many times a usual month a monthly budget may take; with the least of them 80 % are not reached."""
DEAR = 1.5
"""A query that costs so many times as much as any before is worth hearing of."""
TIMES = (4, 25)
"""A spike is so many times the usual: where usage is restless, the second leaves out mere busy hours."""
LARGE, HEAVY = 20, 50
"""Spikes are looked for from this part of the largest hour on, limits from that of the heaviest day."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is suggested for so many `wanted` alerts a month, and what it would have sent.

    It goes by the `queries` of the history. `bursts` says how early it would have warned of the heaviest
    days, about as many stretches of them as alerts are wanted.
    """

    wanted: float
    queries: int
    proposal: Proposal
    replay: Replay
    bursts: Quality

    @property
    def alerts(self) -> int:
        """How many alerts it would have sent."""
        return len(self.replay.alerts)

    @property
    def incidents(self) -> int:
        """How many those are where alerts within a day of each other count as one."""
        return by_incident(sent.at for sent in self.replay.alerts)

    @property
    def alerts_a_month(self) -> float:
        """How many of these come in a month: what is wanted is counted so."""
        return self.incidents * (MONTH / (self.replay.end - self.replay.start))

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


def suggest(
    history: History, wanted: float, zone: str, interval: timedelta = FIVE_MINUTES, ticked: Ticked = ignored
) -> Suggestion:
    """Find budgets and thresholds that would have told about so many alerts a month, as early as can be.

    `ticked` hears of each tick of each replay. Raises OpsError where the history is too short or empty.
    """
    trial = Trial(history, interval, ticked)
    proposal, tried = probed(trial, zone).proposal(wanted)
    done = trial.of(proposal.text())
    return Suggestion(
        wanted=wanted,
        queries=sum(totals.queries for totals in history.slots.values()),
        proposal=proposal,
        replay=done,
        bursts=tried.fit(messages(done.sent)),
    )


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What all levels would have sent, by the name of the rule, and what is known besides."""

    zone: str
    known: Measures
    span: Literal["day", "week"]
    levels: Thresholds
    sent: Mapping[str, Sequence[datetime]]
    spending: Spending
    time: Span

    def proposal(self, wanted: float) -> tuple[Proposal, Tried]:
        """Choose what to suggest for so many alerts a month, and say by what."""
        goal = wanted * (self.known.length / MONTH)
        tried = self._tried(max(round(goal), 1))
        month, often, (spike, times) = tried.best(goal)
        query = up(self.known.query * DEAR) if self.known.query else 0
        made = Proposal(
            zone=self.zone, month=month, span=self.span, often=often, spike=spike, times=times, query=query
        )
        return made, tried

    def _tried(self, bursts: int) -> Tried:
        levels, sent = self.levels, self.sent
        return Tried(
            months={points: sent.get(f"month {points}", ()) for points in levels.months},
            spans={points: sent.get(f"{self.span} {points}", ()) for points in levels.spans},
            spikes={level: sent.get(f"spike {level[0]} {level[1]}", ()) for level in levels.spikes},
            bursts=heaviest(self.spending.days(ZoneInfo(self.zone)), bursts),
            spending=self.spending,
            time=self.time,
        )


def probed(trial: Trial, zone: str) -> Probed:
    """Try all levels at once."""
    history = trial.history
    known = measures(history, ZoneInfo(zone))
    _check(known)
    span = _span(known)
    levels = _levels(known, span)
    sent: dict[str, list[datetime]] = defaultdict(list)
    for each in trial.of(probe(zone, span, levels)).alerts:
        sent[each.alert.rule].append(each.at)
    return Probed(
        zone=zone,
        known=known,
        span=span,
        levels=levels,
        sent=sent,
        spending=Spending(history),
        time=(history.start, history.end),
    )


def _levels(known: Measures, span: str) -> Thresholds:
    """Choose what to try: up to the most that there ever was, and for those who want silence, above it."""
    hour = max(known.hour, 1)
    most = max(*(known.days if span == "day" else known.weeks), 1)
    return Thresholds(
        months=tuple(up(known.month * room) for room in ROOM),
        spans=(*ladder(max(most // HEAVY, 1), most), up(most * DEAR)),
        spikes=(*product(ladder(max(hour // LARGE, 1), hour), TIMES), (up(hour * DEAR), TIMES[0])),
    )


def _span(known: Measures) -> Literal["day", "week"]:
    """Choose days, unless most of them are idle and there are weeks to compare."""
    idle = sum(points <= 0 for points in known.days)
    return "week" if 2 * idle > len(known.days) and len(known.weeks) >= LEAST_WEEKS else "day"


def _check(known: Measures) -> None:
    if len(known.days) < LEAST_DAYS:
        raise OpsError(
            f"the history holds {counted(len(known.days), 'whole day')}, and a suggestion needs "
            f"{LEAST_DAYS}; try again in {counted(LEAST_DAYS - len(known.days), 'day')}"
        )
    if known.points <= 0:
        raise OpsError("nothing was spent in this history, so there is nothing to go by; try again later")

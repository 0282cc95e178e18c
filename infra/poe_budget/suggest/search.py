"""A history and a wanted number of alerts -> a proposal, and the replay that supports it.

Many levels are tried at once. Of those that send no more often than wanted, those are chosen that warn early.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.periods import Rolling, Week, Window
from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from budget_alert.messages.wording import counted
from poe_budget.backtest.curves import rolling_curve
from poe_budget.backtest.incidents import (
    Quality,
    Spending,
    by_incident,
    heaviest,
    messages,
    quality,
)
from poe_budget.backtest.replay import FIVE_MINUTES, Conditions, Ticked, ignored, replay
from poe_budget.backtest.results import Replay
from poe_budget.errors import OpsError
from poe_budget.past.history import History
from poe_budget.suggest.proposal import Levels, Proposal, Span, Spike, ladder, up

MONTH = timedelta(days=30, hours=10.5)
"""A month of the calendar on average."""
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
SLACK = 0.25
"""By such a part more than wanted is near enough, and one more in any case: usage comes in lumps."""
A_MESSAGE = 0.01
"""One more message a month must come earlier by this share of the points of all bursts to be worth it."""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Points by whole days and whole weeks of a zone, oldest first; refunds may make them negative.

    `hour` is the most of any 60 minutes between quarter hours, `query` that of one query, 0 where none is
    known. `length` is how much time the history covers, `points` all that was spent in it,
    and `queries` by how many queries.
    """

    days: tuple[int, ...]
    weeks: tuple[int, ...]
    hour: int
    query: int
    length: timedelta
    points: int
    queries: int

    @property
    def month(self) -> float:
        """What a month takes at the pace of the whole history."""
        return self.points * (MONTH / self.length)


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
        if length < FEW_DAYS * DAY:
            days = counted(length // DAY, "day")
            yield f"{days} of usage are few: suggest again when there are {FEW_DAYS}"
        if abs(self.alerts_a_month - self.wanted) > max(1.0, self.wanted / 2):
            yield "no round numbers come closer to what was wanted: usage is too even, or too rare, for that"


def suggest(
    history: History, wanted: float, zone: str, interval: timedelta = FIVE_MINUTES, ticked: Ticked = ignored
) -> Suggestion:
    """Find budgets and thresholds that would have sent about so many alerts a month, as early as can be.

    `ticked` hears of each tick of each replay. Raises OpsError where the history is too short or empty.
    """
    conditions = Conditions(interval=interval)
    tried = probed(history, zone, conditions, ticked)
    proposal, bursts = tried.proposal(wanted)
    done = replay(parse(proposal.text()), history, conditions, ticked)
    return Suggestion(
        wanted=wanted,
        queries=tried.known.queries,
        proposal=proposal,
        replay=done,
        bursts=tried.fit(messages(done), bursts),
    )


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What all `levels` would have sent, by the name of the rule, and what is known besides.

    Of spans and of spikes the highest is for those who want silence: nothing in the past reached it.
    """

    zone: str
    known: Measures
    levels: Levels
    sent: Mapping[str, Sequence[datetime]]
    spending: Spending

    def proposal(self, wanted: float) -> tuple[Proposal, Sequence[Window]]:
        """Choose what to suggest for so many alerts a month, and say of which bursts it is to warn."""
        goal = wanted * (self.known.length / MONTH)
        bursts = heaviest(self.spending.days(ZoneInfo(self.zone)), max(round(goal), 1))
        month, often, (spike, times) = self._best(goal, bursts)
        query = up(self.known.query * DEAR) if self.known.query else 0
        made = Proposal(
            zone=self.zone,
            month=month,
            span=self.levels.span,
            often=often,
            spike=spike,
            times=times,
            query=query,
        )
        return made, bursts

    def fit(self, sent: Sequence[datetime], bursts: Sequence[Window]) -> Quality:
        """Compare messages with the bursts."""
        return quality(sent, self.spending, bursts, self.spending.span)

    def _best(self, goal: float, bursts: Sequence[Window]) -> tuple[int, int, Spike]:
        """Give a month, a span and a spike that send about so many alerts, as early as such can."""
        levels = self.levels
        often = {level: by_incident(self._sent("month", level)) for level in levels.months}
        month = rarely_enough(often, goal / 2)
        silent = (max(levels.spans), max(levels.spikes))

        def sent(pair: tuple[int, Spike]) -> list[datetime]:
            span, spike = pair
            return [
                *self._sent("month", month),
                *self._sent(levels.span, span),
                *self._sent("spike", *spike),
            ]

        def unfit(pair: tuple[int, Spike]) -> tuple[int, float, int, Spike]:
            never = sum(level == none for level, none in zip(pair, silent, strict=True))
            return never, round(cost(self.fit(sent(pair), bursts)), 3), -pair[0], pair[1]

        most = goal + min(max(SLACK * goal, 1), goal / 2)
        fits = [pair for pair in product(levels.spans, levels.spikes) if by_incident(sent(pair)) <= most]
        return month, *min(fits or [silent], key=unfit)

    def _sent(self, *name: str | int) -> Sequence[datetime]:
        return self.sent.get(" ".join(map(str, name)), ())


def rarely_enough(alerts: Mapping[int, int], most: float) -> int:
    """Give the lowest of some levels that fired at most so often, else the highest; `alerts` is how often."""
    quiet = [level for level in sorted(alerts) if alerts[level] <= most]
    return quiet[0] if quiet else max(alerts)


def cost(found: Quality) -> float:
    """Give the share of the points of a burst that is spent before a message, and what all messages cost."""
    spent = sum(found.spent) + found.missed
    return spent / max(found.incidents, 1) + A_MESSAGE * found.messages * (timedelta(days=30) / found.time)


def probed(history: History, zone: str, conditions: Conditions, ticked: Ticked = ignored) -> Probed:
    """Try all levels at once."""
    spending = Spending(history)
    known = measures(history, spending, ZoneInfo(zone))
    _check(known)
    levels = _levels(known)
    sent: dict[str, list[datetime]] = defaultdict(list)
    for at, alert in replay(parse(levels.text(zone)), history, conditions, ticked).made:
        sent[alert.rule].append(at)
    return Probed(zone=zone, known=known, levels=levels, sent=sent, spending=spending)


def measures(history: History, spending: Spending, zone: ZoneInfo) -> Measures:
    """Measure a history."""
    totals = history.slots.values()
    return Measures(
        days=tuple(points for _, points in spending.days(zone)),
        weeks=tuple(points for _, points in spending.days(zone, Week())),
        hour=rolling_curve(Rolling(1), spending.between, spending.span).most,
        query=max((query.points for each in totals for query in each.largest), default=0),
        length=history.end - history.start,
        points=sum(each.points for each in totals),
        queries=sum(each.queries for each in totals),
    )


def _levels(known: Measures) -> Levels:
    """Choose what to try: up to the most that there ever was, and for those who want silence, above it.

    Days are looked at, unless most of them are idle and there are weeks to compare.
    """
    idle = sum(points <= 0 for points in known.days)
    weekly = 2 * idle > len(known.days) and len(known.weeks) >= LEAST_WEEKS
    span: Span = "week" if weekly else "day"
    hour = max(known.hour, 1)
    most = max(*(known.weeks if weekly else known.days), 1)
    return Levels(
        months=tuple(up(known.month * room) for room in ROOM),
        span=span,
        spans=(*ladder(max(most // HEAVY, 1), most), up(most * DEAR)),
        spikes=(*product(ladder(max(hour // LARGE, 1), hour), TIMES), (up(hour * DEAR), TIMES[0])),
    )


def _check(known: Measures) -> None:
    if len(known.days) < LEAST_DAYS:
        raise OpsError(
            f"the history holds {counted(len(known.days), 'whole day')}, and a suggestion needs "
            f"{LEAST_DAYS}; try again in {counted(LEAST_DAYS - len(known.days), 'day')}"
        )
    if known.points <= 0:
        raise OpsError("nothing was spent in this history, so there is nothing to go by; try again later")

"""The reasons that `explain` gives for a replay of real usage, against reasons worked out plainly."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from functools import cache

from budget_alert.alerts import Kind, OfUsage
from budget_alert.config.reading import parse
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.snoozes import Snooze
from poe_budget.backtest.sample import BEGIN
from poe_budget.explaining.as_of import evaluation_as_of, just_sent
from poe_budget.explaining.explained import Threshold, thresholds_of
from poe_budget.snapshot import Remembered
from standins.history import month
from standins.poe_store import Row
from standins.simulated_poe import SimulatedPoe
from tests.cli.backtest.test_agreement import EVERY_KIND, SNOOZES, Both
from tests.promises.expected import PlainBudget, Span, config_of
from tests.support.configs import table
from tests.support.fast import alone

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
DAYS = 8
DEAR = 300
ASLEEP = (BEGIN + 4 * DAY + 8 * HOUR, BEGIN + 5 * DAY + 12 * HOUR)
Reason = tuple[str, datetime | None]
"""Why nothing is sent, and when it was sent."""


@dataclass(frozen=True)
class Sent:
    """A threshold that was sent, or covered by one that was, and whether its sum has fallen since."""

    at: datetime
    covered: bool
    fallen: bool = False


@dataclass
class Plain(PlainBudget):
    """A budget as a person would follow it; with a `length` it is rolling, and its windows share one name."""

    length: timedelta = timedelta()
    asleep: Span = (BEGIN, BEGIN)
    known: dict[tuple[datetime | None, int], Sent] = field(default_factory=dict)

    def span(self, at: datetime) -> Span:
        """Give the window that holds an instant, or ends there."""
        return (at - self.length, at) if self.length else super().span(at)

    def look(self, rows: list[tuple[datetime, Row]], at: datetime) -> dict[int, Reason]:
        """Say of each threshold why nothing more is sent of it, and when it was sent.

        A rolling budget looks at the quarter hour that has just begun, too.
        """
        name, levels = None if self.length else self.span(at)[0], self.thresholds()
        points = self._points(rows, self.span(at), at)
        if self.length:
            for level, one in self._known(name).items():
                fallen = one.fallen or (one.at < at and points * 10 < level * 9)
                self.known[name, level] = replace(one, fallen=fallen)
        self._send(name, levels, points, at, at)
        if self.length:
            soon = at + QUARTER
            self._send(name, levels, self._points(rows, self.span(soon), at), at, soon)
        return {level: self._reason(name, level, points, at) for level in levels}

    def _points(self, rows: list[tuple[datetime, Row]], span: Span, at: datetime) -> int:
        within = (row for when, row in rows if span[0] <= when < min(span[1], at))
        return sum(row.cost_points for row in within if fnmatch(row.bot_name.lower(), self.bots))

    def _known(self, name: datetime | None) -> dict[int, Sent]:
        return {level: one for (window, level), one in self.known.items() if window == name}

    def _standing(self, name: datetime | None) -> int:
        return max((level for level, one in self._known(name).items() if not one.fallen), default=0)

    def _rests(self, one: Sent | None, end: datetime) -> bool:
        return one is not None and one.fallen and end <= one.at + QUARTER + self.length

    def _send(
        self, name: datetime | None, levels: list[int], points: int, at: datetime, end: datetime
    ) -> None:
        asleep, standing = self.asleep[0] <= at < self.asleep[1], self._standing(name)
        new = [
            level
            for level in levels
            if standing < level <= points and not self._rests(self.known.get((name, level)), end)
        ]
        for level in levels if new and not asleep else ():
            if standing < level <= new[-1]:
                self.known[name, level] = Sent(at, covered=level < new[-1])

    def _reason(self, name: datetime | None, level: int, points: int, at: datetime) -> Reason:
        one = self.known.get((name, level))
        if points < level:
            return "below", None
        if one and level <= self._standing(name):
            return ("covered" if one.covered or one.fallen else "sent"), one.at
        return ("resting", one.at) if one and self._rests(one, at) else ("snoozed", None)


def plain() -> list[Plain]:
    """Give the budgets."""
    return [
        Plain("Month", 200_000, (1, 5, 10, 25, 50, 75, 100), "month"),
        Plain("Day of Claude", 2_000, (20, 50, 100, 5000), "day", "claude-*", asleep=ASLEEP),
        Plain("Six hours", 3_000, (50, 100), "6h", length=6 * HOUR),
    ]


def ticks() -> Iterator[datetime]:
    """Tick at every quarter hour."""
    yield from (BEGIN + n * QUARTER for n in range(DAYS * 96))


class Replay:
    """Real usage through the whole tick in memory; afterwards its table is asked."""

    def __init__(
        self, config: str, poe: SimulatedPoe, snoozes: Iterable[Snooze], ticks: Iterable[datetime]
    ) -> None:
        world = alone(poe, config, BEGIN)
        for snooze in snoozes:
            SnoozeBook(world.table).put(snooze)
        for world.now in ticks:
            world.tick()
        self._config, self._ledger = parse(config), Ledger(world.table)
        state, memory, _, kept = self._ledger.begun()
        assert state
        self._known = Remembered(state, memory, kept)
        self.alerts = [one.alert for one in Outbox(world.table).alerts(BEGIN)]

    def explained(self, budget: Plain, at: datetime) -> dict[int | None, Reason]:
        """Give what `explain` says of each threshold as of the end of a quarter hour."""
        return {
            one.needed: (str(one.held), one.sent_at)
            for one in self.thresholds(budget.name, at)
            if (one.start, one.end) == budget.span(at)
        }

    def thresholds(self, rule: str, at: datetime) -> tuple[Threshold, ...]:
        """Evaluate one rule as of then, by what the table holds after the last tick."""
        only = self._config.changed(lambda each: each if each.name == rule else None)
        written = [alert for alert in self.alerts if alert.counted_at <= at]
        sent = just_sent((alert for alert in written if alert.rule == rule), at)
        return thresholds_of(evaluation_as_of(only, self._ledger, self._known, at, written), sent)


@cache
def real() -> tuple[list[tuple[datetime, Row]], Replay]:
    """Give some days of real usage, row by row with their instants, and what became of them."""
    rows = list(month(BEGIN, one_in=100, hours=range(DAYS * 24)).rows)
    asleep = Snooze(rule="Day of Claude", start=ASLEEP[0], until=ASLEEP[1])
    config = config_of(plain()) + table("query", name="Dear", points=DEAR)
    replay = Replay(config, SimulatedPoe(rows), [asleep], ticks())
    return [(datetime.fromtimestamp(row.creation_time / 1e6, UTC), row) for row in rows], replay


def test_the_reasons_of_a_replay_are_those_of_a_plain_calculation() -> None:
    """For every alert, and for hundreds of silences of every kind, asked for after the last tick."""
    (rows, replay), budgets = real(), plain()
    alerts = [(one.counted_at, one.rule) for one in replay.alerts if one.kind is Kind.BUDGET]
    alerted, silent = 0, Counter[str]()
    for number, at in enumerate(ticks()):
        for budget in budgets:
            expected = budget.look(rows, at)
            sent = at in [when for _, when in expected.values()]
            assert sent == ((at, budget.name) in alerts), at
            rare = sent or {"resting", "snoozed"} & set(_words(expected))
            if at > BEGIN and (rare or number % 23 == 0):
                assert replay.explained(budget, at) == expected, (budget.name, at)
                alerted += sent
                silent.update(_words(expected) if not sent else ())
    assert alerted == len(alerts) > 20
    assert all(silent[why] > 1 for why in ("below", "sent", "covered", "resting", "snoozed")), silent
    assert sum(silent.values()) - silent["below"] > 20


def test_each_dear_query_of_a_day_was_sent() -> None:
    """At the first tick after it."""
    rows, replay = real()
    at = BEGIN + 7 * DAY
    dear = [
        (row.cost_points, "sent", when + -(when - BEGIN) % QUARTER)
        for when, row in rows
        if at - DAY <= when < at and row.cost_points >= DEAR
    ]
    found = [(one.found, str(one.held), one.sent_at) for one in replay.thresholds("Dear", at)]
    assert sorted(found) == sorted(dear)
    assert len(dear) > 1


def test_every_alert_of_every_kind_is_found_as_sent() -> None:
    """As of its tick, also of windows that were over by then; and nothing is left that should be sent."""
    first = BEGIN + 5 * DAY
    replay = Replay(EVERY_KIND, Both().poe, SNOOZES.each, (first + n * 2 * HOUR for n in range(120)))
    kinds = Counter[Kind]()
    for alert in replay.alerts:
        if isinstance(alert, OfUsage):
            found = replay.thresholds(alert.rule, alert.counted_at)
            assert (alert.kind, alert.counted_at) in {(one.kind, one.sent_at) for one in found}, alert
            assert all(one.held for one in found), alert
            kinds[alert.kind] += 1
    assert all(kinds[kind] for kind in (Kind.BUDGET, Kind.FORECAST, Kind.SPIKE, Kind.QUERY)), kinds


def _words(reasons: dict[int, Reason]) -> list[str]:
    return [why for why, _ in reasons.values()]

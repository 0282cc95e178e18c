"""Whoever joins, leaves, is refused or away: what is counted and sent is what plainly was to be.

Who is renamed is tried in test_changing.py: in closed windows that account counts as before.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import ClassVar

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from budget_alert.alerts import Alert, DigestAlert, HealthAlert, Kind, OfBudget
from budget_alert.identity import TOGETHER
from budget_alert.ledger.items import body_of
from budget_alert.usage.roster import Roster
from standins.poe_store import Row, microseconds
from tests.promises.comings import CONFIG, Comings, Person, Sent, created
from tests.promises.scripted import check_outbox
from tests.promises.searching import Record
from tests.support.fast import RecordingChannel

BEGIN = datetime(2026, 11, 3, 20, 24, tzinfo=UTC)
"""So that the queue's rounds lie across full hours."""
NAMES = ("ada", "alan", "bob", "cleo", "dora")
MUCH = 3
"""The accounts from this one on have more to read than one tick does."""
LONG_AGO = timedelta(days=12)
LATEST = BEGIN + timedelta(days=16)
"""Who joins by then finds all of its history: Poe lists 30 days."""


def person(number: int, rows: int) -> Person:
    """Make an account that has had so many rows long ago."""
    at = [microseconds(BEGIN - LONG_AGO) + one * 1_000_000 for one in range(rows)]
    return Person([Row(creation_time=one, query_id=f"{number} {one}", cost_points=1) for one in at])


class ComingAndGoing(RuleBasedStateMachine):
    """Some accounts, of which two are there from the beginning; the last two have much to read."""

    rounds = 0
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.people = [person(number, (0, 30, 150, 700, 1_500)[number]) for number in range(len(NAMES))]
        self.called: list[str | None] = [None] * len(NAMES)
        self.team = Comings({"ada": self.people[0], "alan": self.people[1]}, CONFIG, BEGIN)
        self.called[:2] = "ada", "alan"
        self.chance = Random(0)  # noqa: S311 - the same each time
        self.rows = 0
        self.go_on(1, 5, in_turn=True, batch=2)

    @rule(seed=st.integers(0, 2**32))
    def begin_anew(self, seed: int) -> None:
        """Let hypothesis choose what the queue does, and when rows come."""
        self.chance = self.team.queue.chance = Random(seed)  # noqa: S311 - the same each time

    def spend(self) -> None:
        """Let some accounts spend within the last minutes, monitored or not; a few rows come late."""
        for number, one in enumerate(self.people):
            if self.chance.random() < 1 / 2:
                at = microseconds(self.team.now - timedelta(seconds=self.chance.randrange(1, 280)))
                # While much is being read, what comes late waits until that is through.
                late = self.chance.choice([0, 0, 0, 7, 35]) * 60_000_000 if number < MUCH else 0
                self.rows += 1
                points = self.chance.choice([1, 4, 9, 17])
                visible_at = at + late if late else None
                row = f"{number} {self.rows}"
                one.add(Row(creation_time=at, query_id=row, cost_points=points, visible_at=visible_at))

    @precondition(lambda self: self.team.now < LATEST)
    @rule(hours=st.sampled_from([1, 3, 30]))
    def wait(self, hours: int) -> None:
        """Let time pass without a tick, in which accounts spend."""
        for _ in range(3):
            self.team.now += timedelta(hours=hours) / 3
            self.spend()

    @rule(number=st.integers(0, len(NAMES) - 1))
    def come_or_go(self, number: int) -> None:
        """Let an account join, or leave, unless it is the last."""
        name = self.called[number]
        if name is None:
            self.called[number] = name = NAMES[number]
            self.team.join(name, self.people[number])
        elif len(self.team.poes) > 1:
            del self.team.poes[name]
            self.called[number] = None

    @rule(number=st.integers(0, len(NAMES) - 1), refused=st.booleans())
    def refuse(self, number: int, refused: bool) -> None:  # noqa: FBT001 - hypothesis gives it by its name
        """Let Poe refuse an account's key, or take it again."""
        self.people[number].refused = refused

    @rule(numbers=st.sets(st.integers(0, len(NAMES) - 1)))
    def away(self, numbers: set[int]) -> None:
        """Let Poe answer these accounts with errors, and the others again."""
        for number, one in enumerate(self.people):
            one.away = number in numbers

    @rule(away=st.booleans())
    def slack(self, away: bool) -> None:  # noqa: FBT001 - hypothesis gives it by its name
        """Let Slack be away, or back."""
        self.team.slack_away = away

    @rule(
        rounds=st.integers(1, 4),
        minutes=st.sampled_from([5, 20, 50]),
        in_turn=st.booleans(),
        batch=st.integers(1, 4),
    )
    def go_on(self, rounds: int, minutes: int, in_turn: bool, batch: int) -> None:  # noqa: FBT001 - hypothesis gives it by its name
        """Run some rounds, and let accounts spend meanwhile."""
        self.team.queued = not in_turn
        self.team.batch = batch
        for _ in range(rounds):
            ComingAndGoing.rounds += 1
            self.team.now += timedelta(minutes=minutes)
            self.spend()
            self.team.round()

    def teardown(self) -> None:
        """Let all be well: then everything is counted, and sent, once a channel."""
        self.come_or_go(self.chance.randrange(len(NAMES)))
        self.team.queue.chance, self.team.slack_away = None, False
        for one in self.people:
            one.refused = one.away = False
        for _ in range(3):
            self.team.now += timedelta(minutes=95)
            self.go_on(3, 5, in_turn=self.chance.random() < 1 / 2, batch=3)
        self.check_totals()
        for channel in (self.team.slack, self.team.sns):
            self.check_sent(channel)
        for table in self.team.table.parts.values():
            check_outbox(table)
        roster = body_of(self.team.table.items["roster"], Roster)
        assert (set(roster.present), roster.unsent) == (set(self.team.poes), ())

    def check_totals(self) -> None:
        """See that every account, and the sum, holds what was spent, and that days are their slots."""
        every: Counter[tuple[datetime, str]] = Counter()
        for name, one in zip(self.called, self.people, strict=True):
            if name:
                rows = [*one.before, *(row for _, row in one.spent)]
                spent = [row for row in rows if row.seen(microseconds(self.team.now))]
                every.update(_quarters(spent, name))
                found = Counter({(slot, name): n for (slot, _), n in self.team.parts([name]).items()})
                assert found == _quarters(spent, name)
        sums = {(slot, part.api_key): points for (slot, part), points in self.team.parts([TOGETHER]).items()}
        assert sums == every
        days: Counter[tuple[datetime, str]] = Counter()
        for (slot, name), points in every.items():
            days[slot.replace(hour=0, minute=0), name] += points
        assert Counter({(day, p.api_key): n for (day, p), n in self.team.day_parts().items()}) == days

    def check_sent(self, channel: RecordingChannel) -> None:
        """See that a channel took what was to be sent, each alert once, with the right sums."""
        ids = Counter((name, alert.id) for name, alerts in channel.taken for alert in alerts)
        assert not [one for one, times in ids.items() if times > 1]
        plainly = self.team.plainly
        sent = [_sent(name, alert) for name, alert in _of(channel, Kind.BUDGET)]
        assert dict(sent) == plainly.sent
        assert len(sent) == len(plainly.sent)
        digests = [alert for _, alert in _of(channel, Kind.DIGEST)]
        days = [self.check_digest(digest) for digest in digests]
        assert plainly.digests <= set(days)
        assert len(days) == len(set(days))
        changes = [alert for _, alert in _of(channel, Kind.HEALTH) if alert.rule == "roster"]
        assert {alert.counted_at: _names(alert) for alert in changes} == plainly.changed
        of_all = sum(name == TOGETHER for (name, *_), _ in sent)
        ComingAndGoing.seen.update(
            {
                "budgets passed by accounts": len(sent) - of_all,
                "budgets passed by all": of_all,
                "digests": len(days),
                "times that somebody came or went": len(changes),
            }
        )

    def check_digest(self, alert: Alert) -> datetime:
        """See that a digest has the sum of its day, and says where that lacks anybody."""
        assert isinstance(alert, DigestAlert)
        assert alert.digest.points == self.team.plainly.days[alert.counted_at]
        assert alert.complete == (not self.team.plainly.lacking[alert.counted_at])
        return alert.digest.window.start.astimezone(UTC)


def _quarters(rows: list[Row], name: str) -> Counter[tuple[datetime, str]]:
    found: Counter[tuple[datetime, str]] = Counter()
    for row in rows:
        at = created(row)
        found[at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0), name] += row.cost_points
    return found


def _of(channel: RecordingChannel, kind: Kind) -> Iterator[tuple[str, Alert]]:
    for name, alerts in channel.taken:
        yield from ((name, alert) for alert in alerts if alert.kind is kind)


def _sent(name: str, alert: Alert) -> tuple[Sent, int]:
    assert isinstance(alert, OfBudget)
    start = alert.standing.window.start.astimezone(UTC)
    return (name, alert.rule, start, alert.threshold_points), alert.standing.points


def _names(alert: Alert) -> frozenset[str]:
    assert isinstance(alert, HealthAlert)
    return frozenset(alert.text.split('"')[1::2])


SEARCH = settings(max_examples=120, stateful_step_count=30, deadline=None, derandomize=True)


def test_accounts_come_and_go_and_nothing_is_lost_or_made_up(record_property: Record) -> None:
    """What was counted and sent in every history is what a plain calculation says of it."""
    run_state_machine_as_test(ComingAndGoing, settings=SEARCH)
    record_property("rounds of accounts that come and go", ComingAndGoing.rounds)
    for what, times in ComingAndGoing.seen.items():
        record_property(what, times)
    assert ComingAndGoing.rounds >= 1_000

"""Random histories of joining, leaving, renaming, refusals and outages, against a plain calculation."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from budget_alert.alerts import BudgetAlert
from budget_alert.errors import ChannelError, KeyRefusedError
from budget_alert.instants import DAY, day_of
from budget_alert.ledger.items import body_of
from budget_alert.usage.roster import Roster
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.promises.scripted import check_outbox, check_sum
from tests.support.configs import table
from tests.support.fast_team import FastTeam

BEGIN = datetime(2026, 11, 3, 0, 40, tzinfo=UTC)
STEP = timedelta(hours=2)
STEPS = 84
"""A week; no tick falls on a midnight."""
LIMIT = 700
CONFIG = "".join(
    table("budget", name=name, points=points, period=period, alert_at=["100%"], together=True)
    for name, points, period in (("Day of all", LIMIT, "day"), ("Rolling of all", 2 * LIMIT, "24h"))
)
SEEDS = 12


@dataclass
class Person:
    """A Poe account, by whatever name it is monitored: its key, its usage by day, and when it was read."""

    key: str
    poe: SimulatedPoe = field(default_factory=SimulatedPoe)
    days: Counter[datetime] = field(default_factory=Counter)
    first_read: datetime | None = None
    read_since: datetime | None = None
    refused: bool = False

    def spend(self, points: int, at: datetime) -> None:
        """Add a row."""
        self.poe.add(Row(creation_time=microseconds(at), query_id=f"{self.key} {at}", cost_points=points))
        self.days[day_of(at)] += points


class Story:
    """A team whose accounts change at random, one change at most before each tick."""

    def __init__(self, chance: Random, *, queued: bool) -> None:
        self.chance = chance
        self.people = [Person(f"key {number}") for number in range(5)]
        self.named: dict[str, Person] = {}
        self.running = FastTeam({}, CONFIG, BEGIN)
        self.names = 0
        if not queued:
            self.running.fanout = None
        self.running.gate.at = self._refuse
        for person in self.people[:2]:
            self._join(person)

    def _refuse(self, _number: int, name: str) -> None:
        person = self.named.get(self.running.ticking)
        if name == "before page" and person and person.refused:
            raise KeyRefusedError("refused")

    def _join(self, person: Person) -> None:
        self.names += 1
        name = f"name-{self.names}"
        self.named[name] = person
        self.running.keys[name] = person.key
        self.running.join(name, person.poe)

    def _leave(self, name: str) -> Person:
        del self.running.poes[name]
        return self.named.pop(name)

    def _change(self) -> None:
        away = [person for person in self.people if person not in self.named.values()]
        match self.chance.choice(["join", "leave", "rename", "refuse", "accept", "", "", "", ""]):
            case "join" if away:
                self._join(self.chance.choice(away))
            case "leave" if len(self.named) > 1:
                self._leave(self.chance.choice(sorted(self.named))).read_since = None
            case "rename":
                self._join(self._leave(self.chance.choice(sorted(self.named))))
            case "refuse":
                self.chance.choice(self.people).refused = True
            case "accept":
                for person in self.people:
                    person.refused = False

    def _serve(self) -> None:
        self._change()
        self.running.slack.fails = _away if self.chance.random() < 1 / 6 else lambda: None
        self.running.round()
        for person in self.named.values():
            if not person.refused:
                person.first_read = person.first_read or self.running.now
                person.read_since = person.read_since or self.running.now

    def run(self) -> None:
        """Let a week pass, with outages, and then some quiet ticks in which nothing fails."""
        self.running.round()
        for person in self.named.values():
            person.first_read = person.read_since = self.running.now
        outage = 0
        for number in range(1, STEPS):
            self.running.now = BEGIN + number * STEP
            for person in self.people:
                if self.chance.random() < 2 / 3:
                    person.spend(self.chance.randint(10, 70), self.running.now)
            outage = outage - 1 if outage else self.chance.choice([0] * 12 + [15])
            if not outage:
                self._serve()
        self.running.slack.fails = lambda: None
        for person in self.people:
            person.refused = False
        for _ in range(4):
            self.running.now += timedelta(minutes=10)
            self.running.round()

    def must(self) -> set[datetime]:
        """Give the closed days that those who were there all along have brought over the limit."""
        return {
            day for day in self._closed() if self._sum(day, [one.read_since for one in self.people]) >= LIMIT
        }

    def may(self) -> set[datetime]:
        """Give those that were over it with everybody who was ever read by then."""
        return {
            day for day in self._closed() if self._sum(day, [one.first_read for one in self.people]) >= LIMIT
        }

    def _closed(self) -> list[datetime]:
        days = range((self.running.now - day_of(BEGIN)) // DAY)
        return [day_of(BEGIN) + number * DAY for number in days]

    def _sum(self, day: datetime, read: list[datetime | None]) -> int:
        those = zip(self.people, read, strict=True)
        return sum(person.days[day] for person, at in those if at and at <= day + DAY)


def _away() -> None:
    raise ChannelError("away")


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "in turn"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_changing_team_hears_of_each_day_once(seed: int, *, queued: bool) -> None:
    """Sums are right, nothing waits, and of closed days it is sent what those bring who were read by then."""
    story = Story(Random(seed), queued=queued)  # noqa: S311 - made-up histories, no secrets
    story.run()
    running = story.running
    check_sum(running)
    for part in running.table.parts.values():
        check_outbox(part)
    roster = body_of(running.table.items["roster"], Roster)
    assert set(roster.present) == set(story.named)
    assert roster.unsent == ()
    for channel in (running.slack, running.sns):
        days = Counter(
            one.standing.window.start
            for one in channel.sent_of["all"]
            if isinstance(one, BudgetAlert) and one.rule == "Day of all"
        )
        assert set(days.values()) <= {1}
        closed = {day for day in days if day + DAY <= running.now}
        assert story.must() <= closed <= story.may()

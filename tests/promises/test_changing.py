"""Random histories of joining, leaving, renaming, refusals and outages, against a plain calculation."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest

from budget_alert.alerts import BudgetAlert
from budget_alert.instants import DAY, day_of
from budget_alert.ledger.items import body_of
from budget_alert.usage.roster import Roster
from tests.promises.comings import Comings, Person
from tests.promises.scripted import check_outbox, check_sum
from tests.support.configs import table
from tests.support.fast import spend

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


class Story:
    """A team whose accounts change at random, one change at most before each tick.

    `first_read` tells when each person was first read, `read_since` since when, by whatever name.
    """

    def __init__(self, chance: Random, *, queued: bool) -> None:
        self.chance = chance
        self.people = [Person() for _ in range(5)]
        self.running = Comings({}, CONFIG, BEGIN, queued=queued)
        self.names = (f"name-{number}" for number in count())
        self.first_read: dict[Person, datetime] = {}
        self.read_since: dict[Person, datetime] = {}
        for person in self.people[:2]:
            self._join(person)

    def _join(self, person: Person) -> None:
        self.running.join(next(self.names), person, key=f"key {self.people.index(person)}")

    def _change(self) -> None:
        there = self.running.people
        away = [person for person in self.people if person not in there.values()]
        match self.chance.choice(["join", "leave", "rename", "refuse", "accept", "", "", "", ""]):
            case "join" if away:
                self._join(self.chance.choice(away))
            case "leave" if len(there) > 1:
                name = self.chance.choice(sorted(there))
                self.read_since.pop(there[name], None)
                del self.running.poes[name]
            case "rename":
                self.running.rename(self.chance.choice(sorted(there)), next(self.names))
            case "refuse":
                self.chance.choice(self.people).refused = True
            case "accept":
                for person in self.people:
                    person.refused = False

    def _serve(self) -> None:
        self.running.round()
        for person in self.running.people.values():
            if not person.refused:
                self.first_read.setdefault(person, self.running.now)
                self.read_since.setdefault(person, self.running.now)

    def run(self) -> None:
        """Let a week pass, with outages, and then some quiet ticks in which nothing fails."""
        self._serve()
        outage = 0
        for number in range(1, STEPS):
            self.running.now = BEGIN + number * STEP
            for person in self.people:
                if self.chance.random() < 2 / 3:
                    spend(person, self.chance.randint(10, 70), self.running.now)
            outage = outage - 1 if outage else self.chance.choice([0] * 12 + [15])
            if not outage:
                self._change()
                self.running.slack_away = self.chance.random() < 1 / 6
                self._serve()
        self.running.slack_away = False
        for person in self.people:
            person.refused = False
        for _ in range(4):
            self.running.now += timedelta(minutes=10)
            self.running.round()

    def over(self, read: Mapping[Person, datetime]) -> set[datetime]:
        """Give the closed days that those who were read by then have brought over the limit."""
        sums: Counter[datetime] = Counter()
        for person, at in read.items():
            for day in {day_of(one) for one, _ in person.spent}:
                spent = sum(row.cost_points for one, row in person.spent if day_of(one) == day)
                sums[day] += spent if at <= day + DAY <= self.running.now else 0
        return {day for day, points in sums.items() if points >= LIMIT}


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
    assert set(roster.present) == set(running.poes)
    assert roster.unsent == ()
    for channel in (running.slack, running.sns):
        days = Counter(
            one.standing.window.start
            for one in channel.of("all")
            if isinstance(one, BudgetAlert) and one.rule == "Day of all"
        )
        assert set(days.values()) <= {1}
        closed = {day for day in days if day + DAY <= running.now}
        assert story.over(story.read_since) <= closed <= story.over(story.first_read)

"""A history whose rows come late and change their cost, and a page that goes wrong in every known way."""

from bisect import insort
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from standins.poe_store import microseconds
from standins.simulated_poe import SimulatedPoe

RETENTION = timedelta(days=30)
Page = dict[str, Any]


class UnrulyPoe(SimulatedPoe):
    """Poe's list over rows that can be changed."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []
        self._newest_first: list[dict[str, Any]] = []
        self.spoil: Callable[[Page], Page] = unspoiled

    def appear(self, created: datetime, points: int, visible_at: datetime) -> None:
        """Add a row that the list shows from an instant on."""
        number = len(self.rows)
        row = {
            "creation_time": microseconds(created) + number,
            "bot_name": f"bot-{number % 3}",
            "query_id": f"q{number}",
            "usage_type": "API",
            "cost_points": points,
            "visible_at": microseconds(visible_at),
        }
        self.rows.append(row)
        insort(self._newest_first, row, key=lambda one: -int(one["creation_time"]))

    def spend(self, chance: Random, rows: int, points: int) -> None:
        """Add rows created within the last hour, some of which the list shows later."""
        for _ in range(rows):
            created = self.clock() - timedelta(seconds=chance.randrange(3_000))
            late = timedelta(minutes=chance.choice((0, 0, 0, 5, 50)))
            self.appear(created, points, max(created + late, self.clock()))

    def correct(self, chance: Random, by: int) -> None:
        """Change the cost of a few of the rows created in the last 20 hours."""
        young = microseconds(self.clock() - timedelta(hours=20))
        for row in chance.sample(self.rows, min(5, len(self.rows))):
            if row["creation_time"] >= young:
                row["cost_points"] += by

    def page(self, limit: int = 20, starting_after: str | None = None) -> Page:
        """Give one page as it is now, or spoiled."""
        listed = self.listed()
        start = [row["query_id"] for row in listed].index(starting_after) + 1 if starting_after else 0
        data = listed[start : start + limit]
        return self.spoil({"has_more": start + limit < len(listed), "length": len(data), "data": data})

    def balance(self) -> dict[str, object]:
        """Give what is left: less with everything that the list shows, and never a grant."""
        return {"current_point_balance": 2_000 - self.total()}

    def listed(self) -> list[dict[str, Any]]:
        """Give the rows that are listed now, newest first."""
        now = self.clock()
        oldest, newest = microseconds(now - RETENTION), microseconds(now)
        return [
            row
            for row in self._newest_first
            if row["visible_at"] <= newest and row["creation_time"] >= oldest
        ]

    def total(self, since: datetime | None = None) -> int:
        """Give the sum of all rows that are listed now."""
        del since
        return sum(int(row["cost_points"]) for row in self.listed())


def unspoiled(page: Page) -> Page:
    """Give a page as it is."""
    return page


def spoiled(page: Page, chance: Random) -> Page:
    """Spoil a page: one row of a wrong type, a missing field, nothing at all, or the wrong shape."""
    data = [dict(row) for row in page["data"]]
    if data:
        wrong: object = chance.choice([True, None, 1.5, "many", [], {}])
        chance.choice(data)[chance.choice(["cost_points", "creation_time", "bot_name"])] = wrong
    return chance.choice(
        [
            page | {"data": data},
            {"data": page["data"]},
            {"has_more": True, "data": []},
            {"has_more": "yes", "data": page["data"]},
            {"error": "no"},
            {"has_more": False, "data": page["data"][: len(page["data"]) // 2]},
            page | {"data": list(reversed(page["data"]))},
        ]
    )

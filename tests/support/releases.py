"""What stacks of earlier releases left behind, as `python -m lab.record_release` has recorded it."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from lab.record_release import RELEASES, Recorded, Use, poe
from standins.simulated_poe import SimulatedPoe

FOLDERS = sorted(RELEASES.glob("release-*"))
Points = Counter[tuple[str, str]]
"""By account and key of the table's item."""
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_MICROSECONDS = re.compile(r"\b1[789]\d{14}\b")
_MICROSECOND, _DAY = timedelta(microseconds=1), timedelta(days=1)


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded release: when its last tick was, its table, its config, its keys, and Poe's history."""

    folder: Path
    at: datetime
    items: list[dict[str, Any]]
    config: str
    keys: Mapping[str, str]
    used: Mapping[str, list[Use]]

    def secret(self, webhook: str) -> str:
        """Give the secret with the address of a stand-in."""
        return json.dumps({"accounts": self.keys, "slack_webhook_url": webhook})

    def poes(self) -> dict[str, SimulatedPoe]:
        """Give each account's Poe, by its key."""
        return {key: poe(self.used[name], key) for name, key in self.keys.items()}

    def points(self) -> Points:
        """Add up what was used in each quarter hour and each day, of each account and of all together."""
        points: Points = Counter()
        for account, used in self.used.items():
            for at, _, cost in used:
                slot = datetime.fromtimestamp(at // 1_000_000 // 900 * 900, UTC)
                for name in (account, "all"):
                    for key in (f"slot#{slot:%Y-%m-%dT%H:%MZ}", f"day#{slot:%Y-%m-%d}"):
                        points[name, key] += cost
        return points


def recorded(folder: Path, until: datetime | None = None) -> Release:
    """Read a recorded release; with `until`, moved by whole days to end within the day before that."""
    texts = [(folder / name).read_text() for name in ("table.jsonl", "history.json", "budgets.toml")]
    at = msgspec.json.decode(texts[1], type=Recorded).at
    table, history, config = (_later(text, ((until or at) - at) // _DAY) for text in texts)
    moved = msgspec.json.decode(history, type=Recorded)
    return Release(
        folder=folder,
        at=moved.at,
        items=[json.loads(line) for line in table.splitlines()],
        config=config,
        keys=json.loads((folder / "secret.json").read_text())["accounts"],
        used=moved.used,
    )


def place(item: Mapping[str, Any]) -> tuple[str, str]:
    """Give an item's account and key."""
    return item["pk"]["S"], item["sk"]["S"]


def counted(items: Iterable[Mapping[str, Any]]) -> Points:
    """Give what the quarter hours and days of a table hold."""
    totals = [one for one in items if one["sk"]["S"].startswith(("slot#", "day#"))]
    return +Counter({place(one): int(one["points"]["N"]) for one in totals})


def waiting(items: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Name the alerts that a channel is still owed."""
    alerts = [one for one in items if one["sk"]["S"].startswith("alert#")]
    return {place(one) for one in alerts if one["owed"] != one.get("accepted")}


def _later(text: str, days: int) -> str:
    """Move every date of a text, and every instant in microseconds."""
    by = timedelta(days=days)
    moved = _DATE.sub(lambda found: f"{datetime.fromisoformat(found[0]) + by:%Y-%m-%d}", text)
    return _MICROSECONDS.sub(lambda found: str(int(found[0]) + by // _MICROSECOND), moved)

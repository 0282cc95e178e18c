"""The snoozes of an account in the table: who writes at once loses nothing, and nothing unreadable counts."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from budget_alert.errors import LostRaceError
from budget_alert.ledger.items import Item, item
from budget_alert.ledger.snooze_book import SnoozeBook, place_of
from budget_alert.snoozes import MOST, Snooze, Snoozes
from tests.support.ledgers import NOW
from tests.support.tables import Backend, MemoryTable

pytest_plugins = ["tests.promises.dynamodb"]
HOUR = timedelta(hours=1)
PARTITION, KEY = place_of("default")


def snooze(rule: str = "Everything", start: datetime = NOW, until: datetime = NOW + HOUR) -> Snooze:
    """Make a plain one."""
    return Snooze(rule=rule, start=start, until=until, by="Ada")


def test_a_snooze_is_kept_apart_from_the_account_and_taken_away_again(backend: Backend) -> None:
    """In a partition of its own, for 400 days after the last one ends; each account has its own."""
    book = SnoozeBook(backend.table())
    other = SnoozeBook(backend.table().of("research"))
    assert book.read() == Snoozes()
    book.put(snooze())
    other.put(snooze("<!channel> #|\n"))
    assert book.put(snooze("Burst")).each == book.read().each == (snooze(), snooze("Burst"))
    stored = backend.table().of(PARTITION).get(KEY)
    assert stored
    assert int(stored["expires_at"]["N"]) == (NOW + HOUR + timedelta(days=400)).timestamp()
    assert list(backend.table().range("a", "z")) == []
    assert book.undo("Everything", NOW) == book.read()
    assert (book.read().of("Everything", NOW), book.read().of("Burst", NOW)) == (None, snooze("Burst"))
    assert other.read().each == (snooze("<!channel> #|\n"),)


def test_an_undo_of_nothing_writes_nothing(backend: Backend) -> None:
    """One who presses twice does no harm."""
    assert SnoozeBook(backend.table()).undo("Everything", NOW) == Snoozes()
    assert [name for name, _ in backend.calls] == ["GetItem"]


class Meanwhile(MemoryTable):
    """A table into which another writes before the first so many writes of ours."""

    writes = 0

    def of(self, account: str) -> "Meanwhile":
        """Give the items of another account."""
        made = Meanwhile(self.client, account)
        made.writes = self.writes
        return made

    def write(self, guard: Item, version: int, *items: Any) -> None:
        """Write after somebody else has."""
        if self.writes:
            self.writes -= 1
            SnoozeBook(MemoryTable(self.client)).put(snooze(f"Other {self.writes}"))
        super().write(guard, version, *items)


def test_of_two_who_write_at_once_both_are_kept() -> None:
    """Who lost reads again and adds to what the other has written; at the end it gives up and says so."""
    table = Meanwhile()
    table.writes = 4
    SnoozeBook(table).put(snooze())
    assert len(SnoozeBook(table).read().each) == 5
    table.writes = 9
    with pytest.raises(LostRaceError):
        SnoozeBook(table).put(snooze("Late"))


@pytest.mark.parametrize(
    "body",
    [
        '{"each": [{"rule": "B"}]}',
        "[]",
        "{",
        '{"each": [{"rule": "B", "start": "2026-11-22T10:15:00", "until": "2026-11-22T11:15:00"}]}',
        '{"each": [{"rule": "B", "start": "2026-11-22T10:15:00Z", "until": "9999-12-31T23:59:59Z"}]}',
    ],
)
def test_what_cannot_be_read_silences_nothing(body: str) -> None:
    """Whoever may write snoozes cannot stop the monitor by them."""
    table = MemoryTable()
    table.of(PARTITION).items[KEY] = {"pk": {"S": PARTITION}, "sk": {"S": KEY}, "body": {"S": body}}
    assert SnoozeBook(table).read() == Snoozes()


def test_what_is_compressed_is_not_unpacked() -> None:
    """400 KB of an item can be 400 MB unpacked."""
    packed = item(PARTITION, KEY, Snoozes(tuple(snooze("x" * 80) for _ in range(MOST))), NOW)
    table = MemoryTable()
    table.of(PARTITION).items[KEY] = {**packed, "packed": {"B": b"anything"}}
    assert SnoozeBook(table).read() == Snoozes()

from datetime import UTC, datetime, timedelta

import msgspec

from budget_alert.ledger.items import body_of
from budget_alert.poe.wire import parse_page
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Day
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from lab.bench.ledger import ledger_of
from lab.bench.scan import Answer, Bodies
from lab.bench.usage import Account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_walk_reads_every_row_once_to_the_end() -> None:
    """The pages hang together, newest row first, and each row can be read."""
    account = Account(newest=NOW, per_slot=10, rows=250)
    bodies = [account.page(None), account.page(f"{99:016x}"), account.page(f"{199:016x}")]
    scan = Scan(State(started_at=NOW), NOW, timedelta(hours=1)).read(Bodies(bodies), lambda: True)
    assert (scan.entries, scan.unreadable, scan.error) == (250, 0, None)
    assert sum(totals.queries for totals in scan.head.slots.values()) == 250


def test_msgspec_alone_reads_the_rows_into_the_types_they_have() -> None:
    """What decoding and counting is compared with reads all that ours reads."""
    body = Account(newest=NOW, per_slot=10).page(None)
    ours, theirs = parse_page(body).entries, msgspec.json.decode(body, type=Answer).data
    assert [(one.created, one.query_id, one.bot, one.points) for one in ours] == [
        (one.creation_time, one.query_id, one.bot_name, one.cost_points) for one in theirs
    ]
    assert {one.api_key for one in ours} == {one.api_key_name or "" for one in theirs}


def test_rows_that_are_not_shown_yet_come_first_once_they_are() -> None:
    """So a tick finds new usage."""
    account = Account(newest=NOW, per_slot=10, unseen=2)
    hidden = parse_page(account.page(None)).entries[0].query_id
    assert hidden == parse_page(msgspec.structs.replace(account, unseen=0).page(None)).entries[2].query_id


def test_a_ledger_of_some_days_has_their_quarter_hours_and_days_with_every_bot() -> None:
    """Two whole days and half of today."""
    items = list(ledger_of(Account(newest=NOW, per_slot=4, bots=7), 2))
    slots = [one for one in items if one["sk"]["S"].startswith("slot#")]
    days = [one for one in items if one["sk"]["S"].startswith("day#")]
    assert (len(slots), len(days), len(items)) == (2 * 96 + 48, 3, 2 * 96 + 48 + 3 + 1)
    assert len(body_of(slots[0], Totals).by_bot()) == 7
    assert body_of(days[0], Day).total.queries == 96 * 7

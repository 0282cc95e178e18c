"""The status of a deployed stack: what its function has counted and sent, as transcripts show it."""

import re
from datetime import UTC, datetime, timedelta

from poe_budget.cli.status import Status
from poe_budget.versions import NEWER_PROGRAM, NEWER_STACK, OWN
from standins.poe_store import Grants, PoeAccount, Shown
from tests.cli.monitor import Monitor
from tests.cli.running import KEY
from tests.support.configs import BALANCE
from tests.support.world import MONTH

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_status_from_nothing_to_used_up(monitor: Monitor) -> None:
    """Before a tick, without an entry, late, below the limit and at it, where --fail ends with status 1."""
    monitor.shows("status")
    monitor.tick()
    monitor.shows("status")
    monitor.world.later(minutes=61)
    monitor.shows("status")
    monitor.tick(999)
    assert monitor.run("status", "--fail").status == 0
    monitor.tick(1)
    monitor.shows("status", "--fail")
    assert monitor.run("status").status == 0


def test_status_of_a_budget(monitor: Monitor) -> None:
    """How full, price, pace, outlook, next threshold, what was sent and counted, for programs too."""
    monitor.world.configure("usd_per_million_points = 30\n" + MONTH + 'forecast_at = ["100%"]\n')
    monitor.world.now = NOON
    for days in range(1, 21):
        monitor.world.spend(40, NOON - days * DAY)
    monitor.world.tick()
    monitor.tick(60)
    monitor.shows("status")
    monitor.shows("status", "--json")
    monitor.report(Status, "status")


def test_status_of_another_release(monitor: Monitor) -> None:
    """Where the stack and the program are not of one release, a line says what to bring up to date."""
    monitor.tick()
    said = {None: NEWER_STACK, "0.1.9": NEWER_STACK, OWN: "", "999.0.0": NEWER_PROGRAM}
    for version, words in said.items():
        monitor.function.release = version
        ended = monitor.run("status")
        assert (ended.status, len(ended.err.splitlines())) == (0, bool(words))
        assert words in ended.err


def test_what_is_expected_is_not_below_what_is_used(monitor: Monitor) -> None:
    """Percent of what is used and of what is expected are rounded alike: 26.8 % and no more is 26 % twice."""
    monitor.world.now = NOON
    monitor.world.configure(MONTH.replace("1_000", "100_000"))
    monitor.world.spend(26_800, NOON - 14 * DAY)
    monitor.world.tick()
    (budget,) = monitor.report(Status, "status").budgets
    (end,) = [words for words in budget.words if words.startswith("By 1 Dec 00:00: about ")]
    found = re.search(r"about ([\d.]+) k \((\d+) %\)", end)
    assert found
    assert (float(found[1]) >= 26.8, int(found[2]) >= 26) == (True, True)
    assert "26 % used" in monitor.run("status").out


def test_status_by_other_configs(monitor: Monitor) -> None:
    """A threshold known no more, a rolling window, a snooze, unknown grants, a file with a hostile name."""
    monitor.tick(0)
    monitor.tick(600)
    monitor.world.configure(MONTH.replace('"50%", ', ""))
    monitor.shows("status")
    rolling = MONTH.replace('"month"', '"7d"') + "snooze_until = 2026-12-24\n"
    monitor.world.configure(rolling + MONTH.replace('"month"', '"billing"').replace("Everything", "Plan"))
    monitor.tick(10)
    monitor.shows("status")
    file = monitor.config(MONTH.replace("Everything", r"[bold]\u202egnp").replace("1_000", "2_000"))
    assert "\u202e" not in monitor.shows("status", file).out


def test_status_with_a_balance(monitor: Monitor) -> None:
    """What is left is what the function heard last, or, with a key or asked to, what Poe says now."""
    monitor.world.poe.account = PoeAccount(points=1_000, begins=NOON - 20 * DAY, grants=Grants.MONTHLY)
    monitor.world.configure(MONTH + BALANCE)
    monitor.world.now = NOON
    monitor.world.spend(600, NOON - DAY / 2)
    monitor.world.tick()
    asked = len(monitor.world.poe.balance_requests)
    monitor.shows("status")
    assert len(monitor.world.poe.balance_requests) == asked
    monitor.shows("status", "--ask-poe")
    assert monitor.run("status", POE_API_KEY=KEY).out == monitor.run("status", "--ask-poe").out


def test_status_while_the_first_reading_goes_on(monitor: Monitor) -> None:
    """Its gap is shown, and sums are at least."""
    for number in range(500):
        monitor.world.spend(1, monitor.world.now - number * timedelta(minutes=5))
    monitor.world.tick(pages=2)
    monitor.shows("status")


def test_status_in_trouble(monitor: Monitor) -> None:
    """Which config is in force instead of a bad one, alerts that wait, and that nobody listens."""
    monitor.world.configure(MONTH)
    monitor.tick(1)
    monitor.world.configure("nonsense")
    monitor.tick(1)
    monitor.shows("status")
    monitor.world.keep_secret(monitor.world.secret_text().replace(monitor.world.slack_url, ""))
    monitor.world.forget_listeners()
    monitor.world.spend(500, monitor.world.later(minutes=5))
    assert "NobodyListeningError" in monitor.run("tick").err
    monitor.shows("status")


def test_status_that_cannot_be_shown(monitor: Monitor) -> None:
    """No usable config, no key where one is wanted, and no table are one line each."""
    monitor.world.configure("nonsense")
    monitor.tick(1)
    monitor.shows("status")
    monitor.world.configure(MONTH)
    monitor.tick(1)
    monitor.world.poe.account = PoeAccount(shown=Shown.NOT_AT_ALL)
    ended = monitor.run("status", "--ask-poe")
    assert (ended.status, "What is left" in ended.out) == (0, False)
    assert ended.err.startswith("Note: what is left is not known: ")
    monitor.world.keep_secret('{"poe_api_key": "hidden words"}')
    assert "hidden" not in monitor.shows("status", "--ask-poe").err
    monitor.world.dynamodb.delete_table(TableName="ledger")
    monitor.shows("status")

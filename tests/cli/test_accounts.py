"""A stack whose secret names several accounts, as the commands look after it."""

import json
from datetime import timedelta

import pytest

from poe_budget.cli.diff import Diff
from poe_budget.cli.push import Pushed
from poe_budget.cli.status import Status
from poe_budget.function import Tick
from tests.cli.monitor import Monitor
from tests.cli.running import KEY
from tests.support.configs import BALANCE
from tests.support.world import MONTH, START

EACH = MONTH.replace("Everything", "Each")
PROD = MONTH.replace("Everything", "Prod") + 'accounts = ["prod*"]\n'
SUM = MONTH.replace("Everything", "Sum").replace("1_000", "4_000") + "together = true\n"
CONFIG = EACH + PROD + SUM


@pytest.fixture
def several(monitor: Monitor) -> Monitor:
    """Give a stack of two accounts, which spent 600 points each.

    They differ in name only: the simulated Poe has one account, whatever opens it.
    """
    monitor.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "research": KEY}}))
    monitor.world.configure(CONFIG)
    monitor.world.spend(600, monitor.world.later(minutes=5))
    return monitor


def test_status_of_accounts(several: Monitor) -> None:
    """A tick is that of all; a status is of one account by its rules, of their sum, or a line for each."""
    tick = several.report(Tick, "tick")
    assert [(each.account, each.points) for each in tick.accounts] == [("prod-eu", 600), ("research", 600)]
    several.world.spend(7, several.world.later(minutes=5))
    several.shows("tick")
    several.shows("status", "--account", "research")
    several.shows("status", "--account", "all")
    other = several.config(PROD + SUM.replace("Sum", "Total"))
    several.shows("status", other, "--account", "research")
    several.shows("status", other, "--account", "all")
    assert several.run("status", "--account", "all").out == several.run("status").out
    several.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "new": KEY}}))
    several.shows("status")
    several.shows("status", "--account", "ci")
    several.world.keep_secret("{")
    several.shows("status")


def test_status_of_accounts_in_trouble(several: Monitor) -> None:
    """Each has its fullest budget and what is wrong with it; one that is used up is found with --fail."""
    several.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "research": "wrong"}}))
    several.world.later(minutes=10)
    several.run("tick")
    several.world.spend(100, several.world.later(minutes=5))
    several.run("tick")
    several.shows("status", "--fail")
    assert several.run("status").status == 0
    assert several.run("status", "--fail", "--account", "prod-eu").status == 0
    found = several.report(Status, "status")
    assert [(each.account, [one.name for one in each.budgets]) for each in found.accounts] == [
        ("prod-eu", ["Each", "Prod"]),
        ("research", ["Each"]),
    ]
    assert found.health is not None
    assert ("research", "key") in [(each.account, each.trouble) for each in found.health.troubles]
    assert several.report(Status, "status", several.config(EACH.replace("1_000", "500"))).used_up


def test_the_balance_of_an_account(several: Monitor) -> None:
    """It is asked with the account's own key; what is left is left on no sum."""
    several.report(Tick, "tick")
    one = several.report(Status, "status", "--account", "research", "--ask-poe")
    asked = len(several.world.poe.balance_requests)
    every = several.report(Status, "status", "--account", "all", "--ask-poe")
    assert one.balance is not None
    assert one.balance.asked
    assert every.balance is None
    assert len(several.world.poe.balance_requests) == asked


def test_what_another_config_would_send_of_an_account(several: Monitor) -> None:
    """The changes are those of the whole config, the alerts, new or once more, those of the account."""
    several.report(Tick, "tick")
    file = several.config(CONFIG.replace("4_000", "1_000").replace("1_000", "700") + BALANCE)
    for name, coming in (("research", {"Each"}), ("all", {"Sum"})):
        found = several.report(Diff, "diff", file, "--account", name)
        assert {each.name for each in found.changes} == {"Each", "Prod", "Sum", "B"}
        assert {one.rule for one in found.coming} == coming
    some = SUM.replace("4_000", "1_000") + 'accounts = ["prod*"]\n'
    several.world.configure(EACH + some)
    several.report(Tick, "tick")
    higher = several.config((EACH + some).replace("1_000", "9_000"))
    for name, again in (("prod-eu", {"Each"}), ("all", {"Sum"})):
        diff = several.report(Diff, "diff", higher, "--account", name)
        assert {one.budget for one in diff.rearmed} == again


def test_a_config_is_put_in_force_for_all(several: Monitor) -> None:
    """Whichever account it is looked at for, and undone so."""
    several.report(Tick, "tick")
    file = several.config(EACH)
    pushed = several.report(Pushed, "push", file, "--account", "prod-eu", "--yes")
    assert {each.name for each in pushed.diff.changes} == {"Prod", "Sum"}
    assert several.newest() == EACH
    several.report(Pushed, "rollback", "--account", "research", "--yes")
    assert several.newest() == CONFIG


def test_snoozes_of_accounts(several: Monitor) -> None:
    """A rule is snoozed for one account or for the sum; of the wrong one it is said which is meant."""
    several.report(Tick, "tick")
    for rule, account in (("Each", "research"), ("Sum", "all"), ("Sum", "research"), ("Each", "all")):
        several.shows("snooze", rule, "--for", "1d", "--account", account, USER="Ada")
    several.shows("snooze", "--account", "prod-eu")
    several.shows("status", "--account", "research")


def test_why_a_rule_of_accounts_alerted_or_did_not(several: Monitor) -> None:
    """By what one account has used and was sent, or by their sum, now and as it was."""
    several.report(Tick, "tick")
    several.world.spend(300, several.world.later(minutes=5))
    several.report(Tick, "tick")
    several.world.spend(900, several.world.later(minutes=60))
    several.report(Tick, "tick")
    at = f"{START + timedelta(minutes=15):%Y-%m-%dT%H:%M}"
    for rule, account in (("Each", "research"), ("Sum", "all"), ("Sum", "research")):
        several.shows("explain", rule, "--account", account)
    several.shows("explain", "Each", "--account", "research", "--at", at)
    several.shows("explain", "Sum", "--at", at)

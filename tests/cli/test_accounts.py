"""A stack whose secret names several accounts, as the commands look after it."""

import json

import pytest

from poe_budget.cli.diff import Diff
from poe_budget.cli.push import Pushed
from poe_budget.cli.status import Status
from poe_budget.function import Tick
from tests.cli.running import KEY, one_line
from tests.cli.watched import Watched
from tests.support.configs import BALANCE
from tests.support.world import MONTH

EACH = MONTH.replace("Everything", "Each")
PROD = MONTH.replace("Everything", "Prod") + 'accounts = ["prod*"]\n'
SUM = MONTH.replace("Everything", "Sum").replace("1_000", "4_000") + "together = true\n"
CONFIG = EACH + PROD + SUM


@pytest.fixture
def several(watch: Watched) -> Watched:
    """Give a stack that watches two accounts, which spent 600 points each.

    They are told apart by their names only: the simulated Poe has one account, whatever opens it.
    """
    watch.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "research": KEY}}))
    watch.world.configure(CONFIG)
    watch.world.spend(600, watch.world.later(minutes=5))
    return watch


def standings(watch: Watched, *arguments: object) -> dict[str, int]:
    """Give the points of each budget that a status shows."""
    status: Status = watch.report(Status, "status", *arguments)
    return {budget.name: budget.points for budget in status.budgets}


def test_a_tick_is_that_of_every_account(several: Watched) -> None:
    """What it did is their sum, in words and for programs."""
    tick: Tick = several.report(Tick, "tick")
    assert [(each.account, each.points) for each in tick.accounts] == [("prod-eu", 600), ("research", 600)]
    several.world.spend(7, several.world.later(minutes=5))
    assert "of 2 accounts and added 14 points" in several.run("tick").out


def test_a_status_is_that_of_one_account_or_of_their_sum(several: Watched) -> None:
    """Each stands by the rules that are about it."""
    several.report(Tick, "tick")
    assert standings(several, "--account", "prod-eu") == {"Each": 600, "Prod": 600}
    assert standings(several, "--account", "research") == {"Each": 600}
    assert standings(several, "--account", "all") == {"Sum": 1_200}
    other = several.config(PROD + SUM.replace("Sum", "Total"))
    assert standings(several, other, "--account", "research") == {}
    assert standings(several, other, "--account", "all") == {"Total": 1_200}
    titles = [several.run("status", "--account", name).out.split(" at ")[0] for name in ("prod-eu", "all")]
    assert titles == ["The stack watch, account prod-eu", "The stack watch, all accounts"]


def test_every_account_in_a_line_with_its_trouble(several: Watched) -> None:
    """Without a name it is all of them, each with its fullest budget and what is wrong, as for `all`."""
    several.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "research": "wrong", "late": KEY}}))
    several.world.later(minutes=10)
    several.run("tick")
    several.world.spend(100, several.world.later(minutes=5))
    several.run("tick")
    ended = several.run("status")
    shown = [line.strip() for line in ended.out.splitlines()]
    refused = "research: Poe refuses the API key, so nothing is counted, since 3 Nov 2026 00:15 (UTC)"
    assert "prod-eu: 70 % of Each used; all is well" in shown
    assert any(
        line.startswith("research: at least 0 % of Each used; Poe refuses the API key") for line in shown
    )
    assert refused in shown
    assert "All is well" not in shown
    assert several.run("status", "--account", "all").out == ended.out
    assert (several.run("status", "--fail").status, ended.status) == (1, 0)
    assert several.run("status", "--fail", "--account", "prod-eu").status == 0


def test_every_account_for_programs(several: Watched) -> None:
    """Each is there with its budgets and its health, and the health of all holds that of each."""
    several.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "research": "wrong"}}))
    several.world.later(minutes=10)
    several.run("tick")
    found: Status = several.report(Status, "status")
    assert [(each.account, [one.name for one in each.budgets]) for each in found.accounts] == [
        ("prod-eu", ["Each", "Prod"]),
        ("research", ["Each"]),
    ]
    assert found.health is not None
    assert ("research", "key") in [(each.account, each.trouble) for each in found.health.troubles]
    used: Status = several.report(Status, "status", several.config(EACH.replace("1_000", "500")))
    assert used.used_up


def test_accounts_of_which_nothing_is_known(several: Watched) -> None:
    """One in the secret that no tick has reached, one that is in none, and a secret that cannot be read."""
    several.report(Tick, "tick")
    several.world.keep_secret(json.dumps({"accounts": {"prod-eu": KEY, "new": KEY}}))
    assert "new: nothing is counted yet" in several.run("status").out
    assert (
        "the function of watch has counted nothing, account ci; name one that the stack's secret names"
        in one_line(several.run("status", "--account", "ci"))
    )
    several.world.keep_secret("{")
    ended = several.run("status")
    assert ended.status == 0
    assert "which accounts there are is not known: the secret of watch cannot be used" in ended.err
    assert "1,200 of 4,000 points" in ended.out


def test_the_balance_of_an_account(several: Watched) -> None:
    """It is asked with the account's own key; what is left is left on no sum."""
    several.report(Tick, "tick")
    one: Status = several.report(Status, "status", "--account", "research", "--ask-poe")
    asked = len(several.world.poe.balance_requests)
    every: Status = several.report(Status, "status", "--account", "all", "--ask-poe")
    assert one.balance is not None
    assert one.balance.asked
    assert every.balance is None
    assert len(several.world.poe.balance_requests) == asked
    ended = several.run("status", "--account", "prod-eu", "--ask-poe")
    assert KEY not in ended.out + ended.err


def test_what_another_config_would_send_of_an_account(several: Watched) -> None:
    """The changes are those of the whole config, the alerts, new or once more, those of the account."""
    several.report(Tick, "tick")
    file = several.config(CONFIG.replace("4_000", "1_000").replace("1_000", "700") + BALANCE)
    found: dict[str, Diff] = {
        name: several.report(Diff, "diff", file, "--account", name) for name in ("research", "all")
    }
    changed = {each.name for each in found["all"].changes}
    assert changed == {each.name for each in found["research"].changes} == {"Each", "Prod", "Sum", "B"}
    assert {one.rule for one in found["research"].coming} == {"Each"}
    assert {one.rule for one in found["all"].coming} == {"Sum"}
    some = SUM.replace("4_000", "1_000") + 'accounts = ["prod*"]\n'
    several.world.configure(EACH + some)
    several.report(Tick, "tick")
    higher = several.config((EACH + some).replace("1_000", "9_000"))
    for name, again in (("prod-eu", {"Each"}), ("all", {"Sum"})):
        diff: Diff = several.report(Diff, "diff", higher, "--account", name)
        assert {one.budget for one in diff.rearmed} == again


def test_a_config_is_put_in_force_for_all(several: Watched) -> None:
    """Whichever account it is looked at for, and undone so."""
    several.report(Tick, "tick")
    file = several.config(EACH)
    pushed: Pushed = several.report(Pushed, "push", file, "--account", "prod-eu", "--yes")
    assert {each.name for each in pushed.diff.changes} == {"Prod", "Sum"}
    assert several.newest() == EACH
    several.report(Pushed, "rollback", "--account", "research", "--yes")
    assert several.newest() == CONFIG

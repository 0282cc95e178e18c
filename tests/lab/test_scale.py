from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.ledger import ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.rules.notified import Notified
from budget_alert.usage import combined
from budget_alert.usage.totals import Totals
from lab.scale.__main__ import main
from lab.scale.accounts import BUDGETS, CONFIG, INTERVAL
from lab.scale.checks import Verdict
from lab.scale.deployment import HIDDEN, MILLISECONDS, MOST_RECEIVES
from lab.scale.limits import LIMITS, limits
from lab.scale.mishaps import NONE, Chances
from lab.scale.simulation import Simulation
from lab.tables import WIDTH
from tests.readme.pages import documented
from tests.stack.deployed import source

STORM = Chances(
    refused=0.05,
    broken=0,
    away=0.05,
    stumbles=0.05,
    repeats=0.1,
    unsent=0.05,
    killed=0.2,
    failing=0.2,
    beside=0.3,
    cut_off=0.2,
    busy=0.1,
)


def test_a_small_run_agrees_with_plain_calculation(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what it measured and what it compared, in 80 columns, and returns 0."""
    assert main(["--accounts", "12", "--rounds", "6"]) == 0
    said = capsys.readouterr().out
    assert "0 differences from plain calculation." in said
    assert all(one in said for one in ("The run", "What went wrong", "Dollars a month", "slots of all"))
    assert max(map(len, said.splitlines())) <= WIDTH


def test_a_storm_changes_nothing() -> None:
    """However often ticks are killed, repeated, disordered and failed, all is counted, and sent once."""
    run = Simulation(accounts=20, rounds=12, seed=2, chances=STORM).run()
    found = Verdict(run)
    assert not found.differences
    assert found.compared["alerts sent"] > 3
    assert all(run.mishaps.happened[name] for name in ("killed", "beside", "repeats", "failing"))


def test_accounts_come_and_go_and_all_agrees() -> None:
    """Who joins, leaves and is renamed, among all that goes wrong, is counted, summed and sent right."""
    chances = msgspec.structs.replace(Chances(), leaves=0.07, renamed=0.07, joins=0.3)
    run = Simulation(accounts=30, rounds=14, seed=3, chances=chances).run()
    assert not Verdict(run).differences
    assert all(run.mishaps.happened[name] > 5 for name in ("leaves", "renamed", "joins"))


def _without_a_slot(real: Callable[..., Any]) -> Callable[..., Any]:
    def written(account: str, stored: Any, changes: Any, *more: Any) -> Any:
        kept = dict(list(changes.items())[:-1]) if len(changes) > 3 else changes
        return real(account, stored, kept, *more)

    return written


BREAKS: dict[str, tuple[object, str, Callable[[Any], Any], str]] = {
    "a slot is left out": (ledger, "slot_writes", _without_a_slot, "slots at"),
    "the sum of all leaves an account out": (
        combined,
        "of_account",
        lambda real: (
            lambda account, totals: Totals() if account == "research-0001" else real(account, totals)
        ),
        "all: slots of all at",
    ),
    "what was sent is forgotten": (Notified, "covers", lambda _: lambda *_a: False, "was sent"),
    "nothing waits for a channel": (Outbox, "alerts", lambda _: lambda *_a: [], "was taken by nobody"),
    "every threshold counts as sent": (Notified, "covers", lambda _: lambda *_a: True, "was not sent"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_the_checks_find_a_broken_function(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of the ledger is broken, a difference in the right place says so."""
    where, name, breaking, words = BREAKS[broken]
    monkeypatch.setattr(where, name, breaking(getattr(where, name)))
    found = Verdict(Simulation(accounts=12, rounds=12, chances=NONE).run())
    assert any(words in difference for difference in found.differences)


def test_a_difference_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing is remembered as accepted, the command says what differs."""
    monkeypatch.setattr(Outbox, "mark", lambda *_a: [])
    assert main(["--accounts", "3", "--rounds", "2"]) == 1
    assert "times by SNS" in capsys.readouterr().out


def test_what_is_simulated_is_what_the_template_deploys() -> None:
    """Interval, time limit, and how long and how often a message comes again are the template's."""
    template = source()
    minutes = template["Parameters"]["IntervalMinutes"]["Default"]
    times = template["Mappings"]["TimeoutSeconds"][str(minutes)]
    assert timedelta(minutes=minutes) == INTERVAL
    assert times["Tick"] * 1000 == MILLISECONDS
    assert timedelta(seconds=times["Hidden"]) == HIDDEN
    queue = template["Resources"]["DueTicks"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MOST_RECEIVES


def test_the_config_means_what_the_plain_budgets_say() -> None:
    """The function reads the names, the limits and the thresholds that the checks go by."""
    found = parse(CONFIG)
    assert [(budget.name, budget.points, budget.together) for budget in found.budgets] == [
        (plain.name, plain.points, plain.together) for plain in BUDGETS
    ]
    assert [tuple(level.points for level in budget.alert_at) for budget in found.budgets] == [
        plain.thresholds for plain in BUDGETS
    ]


def test_the_page_has_the_limits_that_are_worked_out(capsys: pytest.CaptureFixture[str]) -> None:
    """The table of the page is the one that the command prints without a run."""
    assert main(["--limits"]) == 0
    assert capsys.readouterr().out.strip() == str(limits())
    assert documented("Limit") == list(map(list, limits().rows))
    assert all(one.each * one.binds_at <= one.most * 1.001 for one in LIMITS)

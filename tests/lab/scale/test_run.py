import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from budget_alert.ledger import items, writes
from budget_alert.ledger.outbox import Outbox
from budget_alert.rules.notified import Notified
from budget_alert.usage import combined
from budget_alert.usage.totals import Totals
from lab.scale.__main__ import main
from lab.scale.checks import Verdict, verdict
from lab.scale.faults import NONE, Chances
from lab.scale.simulation import Plan, Simulation

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
SMALL = Plan(accounts=12, rounds=6)


def judged(plan: Plan) -> Verdict:
    """Run a simulation and compare what it left with plain calculation."""
    return verdict(Simulation(plan).run())


def test_a_small_run_agrees_with_plain_calculation(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what it measured and what it compared, and returns 0."""
    assert main(["--accounts", "12", "--rounds", "6"]) == 0
    told = capsys.readouterr().out
    assert "0 differences from plain calculation." in told
    words = " ".join(told.replace("│", " ").split())
    assert all(one in words for one in ("The run", "What went wrong", "Dollars a month", "slots of all"))


def test_a_run_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """All that was measured and compared is there for machines, and a round served each account once."""
    assert main(["--accounts", "3", "--rounds", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["facts"]["accounts"] == 3
    assert document["facts"]["kinds"]["account"]["calls"]["poe GET"] >= 1
    assert document["verdict"]["compared"]["slots"] > 0
    assert document["dollars"]["lines"]["DynamoDB"] > 0


@pytest.mark.parametrize(
    "wrong", [["--accounts", "0"], ["--accounts", "1051"], ["--rounds", "0"], ["--unknown"]]
)
def test_wrong_arguments_are_wrong_use(wrong: list[str]) -> None:
    """No accounts, more than a secret holds, and no rounds end with status 2."""
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2


@pytest.mark.parametrize("seed", [2, 5])
def test_a_storm_changes_nothing(seed: int) -> None:
    """However often ticks are killed, repeated, disordered and failed, all is counted, and told once."""
    run = Simulation(Plan(accounts=20, rounds=12, seed=seed, chances=STORM)).run()
    found = verdict(run)
    assert found.differences == ()
    assert found.compared["alerts told"] > 3
    assert all(run.faults.happened[name] for name in ("killed", "beside", "repeats", "failing"))


@pytest.mark.parametrize("seed", [3, 4, 6])
def test_accounts_come_and_go_and_all_agrees(seed: int) -> None:
    """Who joins, leaves and is renamed, among all that goes wrong, is counted, summed and told right."""
    chances = msgspec.structs.replace(Chances(), leaves=0.07, renamed=0.07, joins=0.3)
    run = Simulation(Plan(accounts=30, rounds=14, seed=seed, chances=chances)).run()
    assert verdict(run).differences == ()
    assert all(run.faults.happened[name] > 5 for name in ("leaves", "renamed", "joins"))


def test_what_cannot_be_written_is_put_aside_and_counted_later() -> None:
    """An account that the table throttles fails until its messages are put aside; then all is made up for."""
    chances = msgspec.structs.replace(NONE, broken=0.5)
    run = Simulation(Plan(accounts=6, rounds=26, chances=chances)).run()
    assert run.queue.dead
    assert run.recorder.failed["message"] > len(run.queue.dead)
    assert verdict(run).differences == ()


def test_a_run_is_the_same_each_time() -> None:
    """The same seed brings the same accounts, the same mishaps and the same alerts."""
    first, second = (Simulation(SMALL).run() for _ in range(2))
    assert first.faults.happened == second.faults.happened
    assert first.recorder.events.told == second.recorder.events.told
    assert first.recorder.done == second.recorder.done


def test_an_account_whose_key_was_never_good_keeps_nothing_from_being_told() -> None:
    """What the other accounts spend together is told all the same."""
    chances = msgspec.structs.replace(NONE, refused_always=0.1)
    assert judged(Plan(accounts=30, rounds=24, chances=chances)).differences == ()


def _more_points(real: Callable[..., Any]) -> Callable[..., Any]:
    def made(account: str, start: Any, totals: Any) -> Any:
        item = real(account, start, totals)
        return item | {"points": {"N": str(totals.points + 1)}}

    return made


def _without_a_slot(real: Callable[..., Any]) -> Callable[..., Any]:
    def written(account: str, stored: Any, changes: Any, *more: Any) -> Any:
        kept = dict(list(changes.items())[:-1]) if len(changes) > 3 else changes
        return real(account, stored, kept, *more)

    return written


BREAKS: dict[str, tuple[object, str, Callable[[Any], Any], str]] = {
    "a slot is left out": (writes, "slot_writes", _without_a_slot, "slots at"),
    "the sum of all leaves an account out": (
        combined,
        "of_account",
        lambda real: (
            lambda account, totals: Totals() if account == "research-0001" else real(account, totals)
        ),
        "all: slots of all at",
    ),
    "what was told is forgotten": (Notified, "holds", lambda _: lambda *_a: False, "was told"),
    "nothing is remembered as accepted": (Outbox, "mark", lambda _: lambda *_a: None, "times by SNS"),
    "nothing waits for a channel": (Outbox, "alerts", lambda _: lambda *_a: [], "was taken by nobody"),
    "every threshold counts as told": (Notified, "holds", lambda _: lambda *_a: True, "was not told"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_the_checks_find_a_broken_function(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of the ledger is broken, a difference in the right place says so."""
    where, name, breaking, words = BREAKS[broken]
    monkeypatch.setattr(where, name, breaking(getattr(where, name)))
    if name == "slot_writes":
        monkeypatch.setattr("budget_alert.ledger.ledger.slot_writes", getattr(where, name))
    if name == "of_account":
        monkeypatch.setattr("budget_alert.usage.combined.of_account", getattr(where, name))
    found = judged(Plan(accounts=12, rounds=12, chances=NONE))
    assert any(words in difference for difference in found.differences)


def test_an_item_whose_numbers_are_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item says its sums twice, for the function and for others, and both are read."""
    monkeypatch.setattr(writes, "slot_item", _more_points(items.slot_item))
    with pytest.raises(ValueError, match="points are not those of its parts"):
        judged(SMALL)


def test_a_difference_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says what differs and returns 1."""
    monkeypatch.setattr(Outbox, "mark", lambda *_a: None)
    assert main(["--accounts", "3", "--rounds", "2"]) == 1
    assert "times by SNS" in capsys.readouterr().out

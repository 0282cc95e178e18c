from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from budget_alert.config.reading import parse
from budget_alert.ledger import items, writes
from budget_alert.ledger.outbox import Outbox
from budget_alert.rules.notified import Notified
from budget_alert.usage import combined
from budget_alert.usage.totals import Totals
from lab.scale.__main__ import main
from lab.scale.accounts import BUDGETS, INTERVAL, config
from lab.scale.checks import Verdict, verdict
from lab.scale.deployment import HIDDEN, MILLISECONDS, MOST_RECEIVES, Letter, StandardQueue
from lab.scale.limits import LIMITS, limits
from lab.scale.mishaps import NONE, Chances
from lab.scale.simulation import Plan, Simulation
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
SMALL = Plan(accounts=12, rounds=6)
NOW = datetime(2026, 11, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def judged(plan: Plan) -> Verdict:
    """Run a simulation and compare what it left with plain calculation."""
    return verdict(Simulation(plan).run())


def test_a_small_run_agrees_with_plain_calculation(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what it measured and what it compared, in 80 columns, and returns 0."""
    assert main(["--accounts", "12", "--rounds", "6"]) == 0
    said = capsys.readouterr().out
    assert "0 differences from plain calculation." in said
    assert all(one in said for one in ("The run", "What went wrong", "Dollars a month", "slots of all"))
    assert max(map(len, said.splitlines())) <= WIDTH


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
    assert found.compared["alerts sent"] > 3
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
    "what was told is forgotten": (Notified, "holds", lambda _: lambda *_a: False, "was sent"),
    "nothing is remembered as accepted": (Outbox, "mark", lambda _: lambda *_a: [], "times by SNS"),
    "nothing waits for a channel": (Outbox, "alerts", lambda _: lambda *_a: [], "was taken by nobody"),
    "every threshold counts as told": (Notified, "holds", lambda _: lambda *_a: True, "was not sent"),
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
    found = parse(config())
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


@pytest.fixture
def queue() -> StandardQueue:
    """Give a queue of a message for each of thirty accounts."""
    made = StandardQueue(Random(1), HIDDEN)  # noqa: S311 - it shuffles
    for one in range(30):
        made.send(f'{{"account":"a{one}"}}', NOW)
    return made


def accounts(letters: list[Letter]) -> list[str]:
    """Name the accounts of messages."""
    return [letter.account for letter in letters]


def test_a_message_comes_again_until_it_is_deleted_or_dead(queue: StandardQueue) -> None:
    """Hidden for a while, it then says how often it was received, and when first."""
    first = queue.receive(NOW)
    queue.delete(first[1:])
    queue.delete(queue.receive(NOW) + queue.receive(NOW))
    assert queue.receive(NOW + HIDDEN - SECOND) == []
    for time in range(1, MOST_RECEIVES):
        assert queue.next_at() == NOW + time * HIDDEN
        (again,) = queue.receive(NOW + time * HIDDEN)
        assert again.record()["attributes"] == {
            "ApproximateReceiveCount": str(time + 1),
            "SentTimestamp": str(int(NOW.timestamp() * 1000)),
            "ApproximateFirstReceiveTimestamp": str(int(NOW.timestamp() * 1000)),
        }
    assert queue.receive(NOW + MOST_RECEIVES * HIDDEN) == []
    assert (accounts(queue.dead), queue.next_at()) == (accounts(first[:1]), None)


def test_batches_come_in_no_order(queue: StandardQueue) -> None:
    """Each message is in one batch of at most ten; a delayed one waits."""
    queue.send('{"account":"all"}', NOW, delay=timedelta(minutes=2))
    batches = [accounts(queue.receive(NOW)) for _ in range(4)]
    assert [len(batch) for batch in batches] == [10, 10, 10, 0]
    every = [account for batch in batches for account in batch]
    assert sorted(every) == sorted(f"a{one}" for one in range(30))
    assert every != [f"a{one}" for one in range(30)]
    assert accounts(queue.receive(NOW + timedelta(minutes=2))) == ["all"]

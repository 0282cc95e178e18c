from collections.abc import Sequence

import pytest

from budget_alert.ledger.items import KEPT
from lab.costs import sheets
from lab.costs.__main__ import measured
from lab.costs.assumed import MESSAGES_A_MONTH
from lab.costs.deployed import MINUTES
from lab.costs.free import ALWAYS, NOTHING
from lab.costs.many import ACCOUNTS_A_SECRET
from lab.costs.prices import LONG_CONFIG
from lab.costs.sheets import IN_TURN, Model, dollars, total
from lab.evaluation.tables import Sheet
from tests.readme.pages import section, table

# One worker measures once for all tests.
pytestmark = pytest.mark.xdist_group("readme-costs")
COSTS = section("## What it costs")
SAID = " ".join(COSTS.split())
UNDER = 0.60


@pytest.fixture(scope="module")
def model() -> Model:
    """Give the model of what ticks were seen to use."""
    return measured()


def written(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as they stand in the README, so that a difference shows what to put there."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def columns(sheet: Sheet, *heads: str) -> list[list[str]]:
    """Return the rows of a sheet, of some columns."""
    places = [sheet.heads.index(head) for head in heads]
    return [[row[place] for place in places] for row in sheet.rows]


def test_the_table_is_what_the_measured_calls_cost(model: Model) -> None:
    """Each number is what the ticks were seen to use times AWS's prices, to the cent."""
    sheet = sheets.intervals(model)
    assert written(table(COSTS, "Interval")) == written(sheet.rows[:-1])
    assert f"| {' | '.join(sheet.heads)} |" in COSTS


def test_an_idle_account_costs_what_is_said(model: Model) -> None:
    """The sentence about an idle account names its costs, without the free tiers and with them."""
    idle = model.idle().use()
    more, less = dollars(total(idle)), dollars(total(idle, ALWAYS))
    assert f"An idle account costs {more} at the default interval, {less} with the free tiers." in SAID


def test_the_example_costs_what_is_said(model: Model) -> None:
    """The config with every kind of rule adds what it is said to add."""
    more = total(model.richer().use()) - total(model.busy().use())
    longer = dollars(LONG_CONFIG.dollars)
    assert f"The example config adds {dollars(more)}, a config above 4 KB {longer}," in SAID


def test_the_default_is_cheap(model: Model) -> None:
    """A busy account pays less than 60 cents at the default interval, its secret included."""
    assert total(model.busy().use(), ALWAYS) < UNDER


def test_the_monitoring_costs_what_is_said(model: Model) -> None:
    """Metrics, alarms and dashboard are as many as is said, and what they cost where they are not free."""
    kept = model.busy().stack
    use = model.busy().use()
    price = dollars(total(use, NOTHING) - total(use))
    said = f"{kept.metrics} metrics, {kept.alarms} alarms and {kept.dashboards} dashboard cost {price}."
    assert said in SAID
    assert {seen.metrics for seen in (model.default, model.example)} == {kept.metrics}


def test_the_sizes_of_memory_cost_what_is_said(model: Model) -> None:
    """The table of sizes is the model's, and so is the memory that a tick needs."""
    rows = columns(sheets.memory(model), "Memory", "Cold tick", "Warm tick", "All cold", "All warm")
    assert written(table(COSTS, "Memory")) == written(rows)
    assert f"A tick needs {model.timed.needs_mb():.0f} MB" in SAID


def test_many_accounts_cost_what_is_said(model: Model) -> None:
    """The table of many accounts is the model's, and so is where one stack is full."""
    rows = columns(sheets.fleets(model), "Accounts", "Stacks", "Takes", "With AWS's free tiers", "Each")
    assert written(table(COSTS, "Accounts")) == written(rows)
    assert f"above {ACCOUNTS_A_SECRET} they do not fit into one secret" in SAID
    assert f"{IN_TURN} accounts are read in turn" in SAID


def test_a_tick_asks_for_as_little_as_the_model_takes(model: Model) -> None:
    """Each tick reads the secret once and asks Poe, and only a tick that tells publishes, one message."""
    usual = [
        *model.default.busy.values(),
        model.default.idle,
        *model.example.busy.values(),
        model.example.idle,
    ]
    telling = [model.default.telling, model.example.telling]
    assert {work.secret_calls for work in usual + telling} == {1}
    assert {work.published for work in telling} == {1}
    assert {work.published for work in usual} == {0}
    assert all(work.poe_calls >= 1 for work in usual + telling)


def test_what_is_only_assumed_is_said() -> None:
    """The page names the messages, the interval and the days that the model takes."""
    assert f"{MESSAGES_A_MONTH} messages a month" in SAID
    assert f"{KEPT.days} days" in SAID
    assert MINUTES == 5
    assert "every five minutes" in SAID

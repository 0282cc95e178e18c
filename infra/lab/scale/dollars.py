"""What a month at the rate of a run costs, by AWS's list prices and the model of costs."""

from collections.abc import Iterator, Mapping
from typing import Any

from budget_alert.identity import TOGETHER
from lab.costs.assumed import ACCOUNTS_A_BATCH, EMPTY_RECEIVES_A_MINUTE, LAMBDA_LINES
from lab.costs.bill import Bill, bill
from lab.costs.deployed import MEMORY_MB, STACK
from lab.costs.free import MONITORING
from lab.costs.lambdas import MB_A_GB
from lab.costs.single import MINUTES_A_MONTH, charged, stored
from lab.costs.use import Use, Work
from lab.scale.configs import INTERVAL
from lab.scale.facts import all_ms, batch_work, work_for
from lab.scale.recorder import ALL, DISPATCH, INVOCATION
from lab.scale.simulation import START, Simulation
from lab.scale.timing import billed_ms
from standins.dynamodb import size_of

MINUTES = INTERVAL.total_seconds() / 60
ITEM_BYTES = 100
"""What DynamoDB adds to each item that it stores."""


def month(run: Simulation) -> Bill:
    """Price a month of what the rounds after the first one did; no daily audit is in it."""
    intervals = MINUTES_A_MONTH / MINUTES
    waiting = Use(queued=MINUTES_A_MONTH * EMPTY_RECEIVES_A_MINUTE)
    used = _round(run) * intervals + waiting + STACK.use(round(MINUTES)) + stored(_day_bytes(run))
    return bill(used, MONITORING)


def _round(run: Simulation) -> Use:
    """Give what one round uses: its dispatch, its batches, and the tick of all together."""
    rounds = len(run.spread)
    batches = run.recorder.done[INVOCATION] / (rounds - 1)
    queued = (run.queue.receives + run.queue.deletes) / rounds
    dispatch, together, batch = work_for(run, DISPATCH), work_for(run, ALL), batch_work(run)
    lines = Work(logged=LAMBDA_LINES * (batches + 1), queued=queued)
    accounts = batch * (run.plan.accounts / ACCOUNTS_A_BATCH)
    milliseconds = (
        billed_ms(dispatch, 0)
        + all_ms(run)
        + billed_ms(batch, ACCOUNTS_A_BATCH) * run.plan.accounts / ACCOUNTS_A_BATCH
    )
    return charged(accounts + dispatch + together + lines) + Use(
        invocations=batches + 1,
        scheduled=1,
        gb_seconds=milliseconds / 1000 * MEMORY_MB / MB_A_GB,
    )


def _day_bytes(run: Simulation) -> float:
    """Say what the day before the rounds has left in the table."""
    return sum(size_of(item) + ITEM_BYTES for item in _items(run))


def _items(run: Simulation) -> Iterator[Mapping[str, Any]]:
    table = run.deployment.clients.table
    for account in (*run.deployment.members, TOGETHER):
        for prefix in ("slot#", "day#"):
            yield from table.items_of(account, f"{prefix}{START:%Y-%m-%d}")

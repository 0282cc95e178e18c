"""What a finished run measured, in numbers."""

from collections.abc import Mapping

import msgspec

from lab.costs.assumed import ACCOUNTS_A_BATCH
from lab.costs.use import Work
from lab.scale.configs import INTERVAL
from lab.scale.edge import Used
from lab.scale.recorder import ACCOUNT, ALL, DISPATCH, INVOCATION
from lab.scale.simulation import Simulation
from lab.scale.timing import billed_ms, work_of

KINDS = (ACCOUNT, ALL, INVOCATION, DISPATCH)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work: how often it was done, and its calls, units and seconds here on average."""

    done: int
    calls: Mapping[str, float]
    units: Mapping[str, float]
    seconds: float


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run measured; `kinds` leaves out its first round, which reads everything for the first time.

    `seconds` is what the run took, `billed_ms` what Lambda would bill of a full batch for each tick,
    `served` how many accounts one concurrent invocation can so serve in an interval, `all_seconds` what the
    tick of all together takes there, `round_seconds` the longest round in simulated time.
    """

    accounts: int
    rounds: int
    seed: int
    spending: int
    rows: int
    invocations: int
    ticks: int
    seconds: float
    ticks_a_second: float
    billed_ms: float
    served: int
    all_seconds: float
    round_seconds: float
    alerts: int
    dead: int
    queued: Mapping[str, int]
    kinds: Mapping[str, Kind]
    first: Mapping[str, Kind]
    mishaps: Mapping[str, int]
    failed: Mapping[str, int]


def facts(run: Simulation, seconds: float) -> Facts:
    """Give what a run measured that took so many seconds."""
    kinds = {name: _kind(run, name) for name in KINDS}
    first = {name: _kind(run, f"first {name}") for name in KINDS}
    billed = billed_ms(batch_work(run), ACCOUNTS_A_BATCH) / ACCOUNTS_A_BATCH
    ticks = run.recorder.done
    return Facts(
        accounts=run.plan.accounts,
        rounds=len(run.spread),
        seed=run.plan.seed,
        spending=sum(bool(member.rows) for member in run.members),
        rows=sum(len(member.rows) for member in run.members),
        invocations=sum(kind.done for name in (INVOCATION, DISPATCH) for kind in (kinds[name], first[name])),
        ticks=sum(number for name, number in ticks.items() if name.endswith((ACCOUNT, ALL))),
        seconds=seconds,
        ticks_a_second=ticks[ACCOUNT] / max(run.recorder.seconds[ACCOUNT], 1e-9),
        billed_ms=billed,
        served=int(INTERVAL.total_seconds() * 1000 / billed),
        all_seconds=all_ms(run) / 1000,
        round_seconds=max(run.spread),
        alerts=len({one.name for one in run.recorder.events.told}),
        dead=len(run.queue.dead),
        queued={"sent": run.queue.sent, "receives": run.queue.receives, "deletes": run.queue.deletes},
        kinds=kinds,
        first=first,
        mishaps=dict(run.faults.happened),
        failed=dict(run.recorder.failed),
    )


def work_for(run: Simulation, kind: str) -> Work:
    """Say what a kind of work used once on average, after the first round."""
    return work_of(run.recorder.used.get(kind, Used())) * (1 / max(run.recorder.done[kind], 1))


def batch_work(run: Simulation) -> Work:
    """Say what a full batch of accounts uses on average."""
    return work_for(run, ACCOUNT) * ACCOUNTS_A_BATCH + work_for(run, INVOCATION)


def all_ms(run: Simulation) -> int:
    """Say for how long the tick of all together is billed."""
    seconds = run.recorder.seconds[ALL] / max(run.recorder.done[ALL], 1)
    return billed_ms(work_for(run, ALL) + work_for(run, INVOCATION), 0, seconds * 1000)


def _kind(run: Simulation, name: str) -> Kind:
    used, done = run.recorder.used.get(name, Used()), run.recorder.done[name]
    times = max(done, 1)
    return Kind(
        done=done,
        calls={call: number / times for call, number in sorted(used.calls.items())},
        units={unit: number / times for unit, number in sorted(used.units.items())},
        seconds=run.recorder.seconds[name] / times,
    )

"""What a run measured, as tables; and what a month at its rate costs, by AWS's list prices."""

from collections import Counter
from collections.abc import Iterator, Mapping

from budget_alert.identity import TOGETHER
from lab.costs.model import (
    ACCOUNTS_A_BATCH,
    EMPTY_RECEIVES_A_MINUTE,
    LAMBDA_LINES,
    MINUTES_A_MONTH,
    gb_seconds,
    stack,
    stored,
    work_of,
)
from lab.costs.observed import ITEM_BYTES
from lab.costs.prices import Amounts, bill
from lab.scale.accounts import INTERVAL
from lab.scale.checks import Verdict
from lab.scale.recorder import ACCOUNT, ALL, DISPATCH, INVOCATION
from lab.scale.simulation import START, Simulation, billed_ms
from lab.tables import NOTHING, Sheet
from standins.dynamodb import size_of

MINUTES = INTERVAL.total_seconds() / 60
_HEADS = {ACCOUNT: "An account", ALL: "All", INVOCATION: "A batch", DISPATCH: "A dispatch"}
_UNITS = {"reads": "DynamoDB read units", "writes": "DynamoDB write units", "logged": "bytes logged"}


def sheets(run: Simulation, verdict: Verdict, seconds: float) -> Iterator[Sheet]:
    """Give all tables of a run that took so many seconds."""
    yield _run(run, seconds)
    yield _calls("Calls and units of a tick after the first round", run, "")
    yield _calls("Calls and units of a tick of the first round", run, "first ")
    wrong = run.mishaps.happened + Counter({f"failed: {name}": n for name, n in run.recorder.failed.items()})
    yield Sheet("What went wrong", ("What", "Times"), _counts(wrong))
    lines = bill(month(run))
    rows = [(str(service), f"${amount:,.2f}") for service, amount in lines.items()]
    rows.append(("together", f"${sum(lines.values()):,.2f}"))
    yield Sheet("Dollars a month at this rate", ("Service", "Dollars"), rows)
    yield Sheet("Compared with plain calculation", ("What", "How many"), _counts(verdict.compared))


def month(run: Simulation) -> Amounts:
    """Give what a month of what the rounds after the first one did uses; no daily audit is in it."""
    intervals = MINUTES_A_MONTH / MINUTES
    waiting = Amounts(queued=MINUTES_A_MONTH * EMPTY_RECEIVES_A_MINUTE)
    day_bytes = sum(
        size_of(item) + ITEM_BYTES
        for account in (*run.deployment.members, TOGETHER)
        for prefix in ("slot#", "day#")
        for item in run.deployment.aws.table.items_of(account, f"{prefix}{START:%Y-%m-%d}")
    )
    return _round(run) * intervals + waiting + stack(MINUTES) + stored(day_bytes)


def _round(run: Simulation) -> Amounts:
    """Give what one round uses: its dispatch, its batches, and the tick of all together."""
    rounds = len(run.spread)
    batches = run.recorder.used[INVOCATION]["done"] / (rounds - 1)
    full = len(run.members) / ACCOUNTS_A_BATCH
    batch, dispatch = batch_work(run), work_of(_once(run, DISPATCH))
    milliseconds = billed_ms(dispatch, 0) + all_ms(run) + billed_ms(batch, ACCOUNTS_A_BATCH) * full
    return (
        batch * full
        + dispatch
        + work_of(_once(run, ALL))
        + Amounts(
            queued=(run.queue.receives + run.queue.deletes) / rounds,
            logged=LAMBDA_LINES * (batches + 1),
            invocations=batches + 1,
            scheduled=1,
            gb_seconds=gb_seconds(milliseconds),
        )
    )


def batch_work(run: Simulation) -> Amounts:
    """Say what a full batch of accounts uses on average."""
    return work_of(_once(run, ACCOUNT) * ACCOUNTS_A_BATCH + _once(run, INVOCATION))


def all_ms(run: Simulation) -> int:
    """Say for how long the tick of all together is billed."""
    once = _once(run, ALL)
    return billed_ms(work_of(once + _once(run, INVOCATION)), 0, once["seconds"] * 1000)


def _once(run: Simulation, kind: str) -> Amounts:
    """Say what a kind of work used on average."""
    used = run.recorder.used[kind]
    return used * (1 / max(used["done"], 1))


def _run(run: Simulation, seconds: float) -> Sheet:
    used, queue = run.recorder.used, run.queue
    spending, rows = sum(bool(one.rows) for one in run.members), sum(len(one.rows) for one in run.members)
    invocations, ticks = (
        sum(used[f"{when}{kind}"]["done"] for when in ("", "first ") for kind in kinds)
        for kinds in ((INVOCATION, DISPATCH), (ACCOUNT, ALL))
    )
    billed = billed_ms(batch_work(run), ACCOUNTS_A_BATCH) / ACCOUNTS_A_BATCH
    said = {
        "accounts": f"{len(run.members):,}, {spending:,} of them with any usage ({rows:,} rows)",
        "rounds": f"{len(run.spread):,}, five minutes apart, the last two calm",
        "invocations, and ticks": f"{invocations:,.0f}, {ticks:,.0f}",
        "alerts": f"{len({(one['account'], one['id']) for one in run.recorder.sent}):,}",
        "messages of the queue": f"{queue.sent:,}, {len(queue.dead):,} of them dead",
        "seconds on this machine": f"{seconds:,.0f}",
        "ticks of an account a second": f"{1 / max(_once(run, ACCOUNT)['seconds'], 1e-9):,.0f}",
        "such a tick in Lambda": f"{billed:,.0f} ms",
        "accounts an invocation serves": f"{INTERVAL.total_seconds() * 1000 / billed:,.0f} an interval",
        "the tick of all in Lambda": f"{all_ms(run) / 1000:,.1f} s",
        "the longest round, simulated": f"{max(run.spread):,.0f} s",
    }
    return Sheet("The run", ("What", "How much"), list(said.items()))


def _calls(title: str, run: Simulation, when: str) -> Sheet:
    """Say what each kind of work used on average."""
    kinds = [when + kind for kind in _HEADS]
    each = [_once(run, kind) for kind in kinds]
    units = {name: name for name in sorted({name for used in each for name in used if " " in name})} | _UNITS
    rows = [("done", *(f"{run.recorder.used[kind]['done']:,.0f}" for kind in kinds))]
    rows += [(words, *(_number(used[unit]) for used in each)) for unit, words in units.items()]
    rows.append(("milliseconds of CPU here", *(_number(used["seconds"] * 1000) for used in each)))
    return Sheet(title, ("", *_HEADS.values()), rows)


def _number(amount: float) -> str:
    return f"{amount:,.2f}" if amount else NOTHING


def _counts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), f"{number:,}") for name, number in sorted(counts.items()) if number]

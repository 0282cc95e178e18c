"""A run as tables, for a terminal."""

from collections.abc import Iterator, Mapping

from lab.costs.bill import Bill
from lab.evaluation.tables import Sheet
from lab.scale.checks import Verdict
from lab.scale.facts import Facts, Kind

_HEADS = {
    "account": "A tick of an account",
    "all": "A tick of all",
    "invocation": "A batch besides",
    "dispatch": "A dispatch",
}
_UNITS = {"reads": "DynamoDB read units", "writes": "DynamoDB write units", "logged": "bytes logged"}


def sheets(facts: Facts, verdict: Verdict, dollars: Bill) -> Iterator[Sheet]:
    """Give all tables of a run."""
    yield _run(facts)
    yield _calls("Calls and units after the first round, on average", facts.kinds)
    yield _calls("Calls and units of the first round, on average", facts.first)
    yield Sheet(
        "What went wrong", ("What", "Times"), [*_counts(facts.mishaps), *_counts(facts.failed, "failed: ")]
    )
    lines = [(str(service), f"${amount:,.2f}") for service, amount in dollars.lines.items()]
    yield Sheet(
        "Dollars a month at this rate",
        ("Service", "Dollars"),
        [*lines, ("together", f"${dollars.total:,.2f}")],
    )
    yield Sheet("Compared with plain calculation", ("What", "How many"), _counts(verdict.compared))


def _run(facts: Facts) -> Sheet:
    queued = ", ".join(f"{number:,} {name}" for name, number in facts.queued.items())
    rows = [
        ("accounts", f"{facts.accounts:,}, {facts.spending:,} of them with any usage ({facts.rows:,} rows)"),
        ("rounds", f"{facts.rounds:,}, five minutes apart, the last two of them calm"),
        ("invocations", f"{facts.invocations:,}"),
        ("ticks", f"{facts.ticks:,}"),
        ("alerts", f"{facts.alerts:,}"),
        ("messages of the queue", f"{queued}, {facts.dead:,} dead"),
        ("seconds on this machine", f"{facts.seconds:,.0f}"),
        ("ticks of an account a second, here", f"{facts.ticks_a_second:,.0f}"),
        ("a tick of an account in Lambda", f"{facts.billed_ms:,.0f} ms"),
        ("accounts for each concurrent invocation", f"{facts.served:,} an interval"),
        ("the tick of all in Lambda", f"{facts.all_seconds:,.1f} s"),
        ("the longest round, simulated", f"{facts.round_seconds:,.0f} s"),
    ]
    return Sheet("The run", ("What", "How much"), rows)


def _calls(title: str, kinds: Mapping[str, Kind]) -> Sheet:
    calls = sorted({call for kind in kinds.values() for call in kind.calls})
    rows = [("done", *(f"{kinds[name].done:,}" for name in _HEADS))]
    rows += [(call, *(_number(kinds[name].calls.get(call)) for name in _HEADS)) for call in calls]
    rows += [
        (words, *(_number(kinds[name].units.get(unit)) for name in _HEADS)) for unit, words in _UNITS.items()
    ]
    rows += [("milliseconds here", *(_number(kinds[name].seconds * 1000) for name in _HEADS))]
    return Sheet(title, ("", *_HEADS.values()), rows)


def _number(amount: float | None) -> str:
    return f"{amount:,.2f}" if amount else "-"


def _counts(counts: Mapping[str, int], before: str = "") -> list[tuple[str, str]]:
    return [
        (before + name.replace("_", " "), f"{number:,}") for name, number in sorted(counts.items()) if number
    ]

"""`poe-budget explain`: what was found of a rule, what was sent, and why the rest was not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import click
import msgspec

from budget_alert.alerts import Alert
from budget_alert.config.schema import BalanceRule, Budget, Config, NamedRule
from budget_alert.instants import slot_end, slot_of
from budget_alert.ledger.items import KEPT
from budget_alert.ledger.outbox import Owed
from budget_alert.messages.parts import reasons
from budget_alert.messages.times import day_and_time, moment
from budget_alert.messages.wording import clean, listed, quoted
from budget_alert.rules.evaluation import Evaluation
from budget_alert.usage.entries import PoeBalance
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, ask_poe, of_account, of_stack
from poe_budget.cli.sentences import meaning
from poe_budget.cli.snooze import SilentRule, instant, rule_called, silent_rules, silent_words
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.explaining.as_of import LOOKS_BACK, evaluation_as_of, just_sent, since
from poe_budget.explaining.explained import Threshold, Written, rows, sent_words, thresholds_of, written
from poe_budget.output import progress, say_report
from poe_budget.past.deployed import uncounted, whose
from poe_budget.past.history import now
from poe_budget.snapshot import Present, Remembered, evaluation_at, seen


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What `explain --json` prints: a rule as it stood at the instant `at`, and why nothing more was sent.

    `kind` is the rule's as the config calls it, `means` what it does, `config` where it is from. `thresholds`
    are all that were looked at, window by window. `sent` are the last alerts by then, oldest first. `notes`
    say in sentences what is not known.
    """

    rule: str
    kind: str
    means: str
    at: datetime
    source: str
    config: str
    timezone: str
    snoozed: tuple[SilentRule, ...]
    thresholds: tuple[Threshold, ...]
    sent: tuple[Written, ...]
    notes: tuple[str, ...]


@click.command(
    cls=Command, example='poe-budget explain "Everything" --at 2026-11-26T09:00 --stack poe-budget'
)
@click.argument("rule")
@of_stack
@of_account
@click.option(
    "--at", metavar="TIME", help="As it was then, such as 2026-12-01T18:00 by the config's zone; else now."
)
@ask_poe
@as_json
def command(  # noqa: PLR0913 - one for each option
    *, rule: str, stack: str, account: str | None, at: str | None, ask_poe: bool, as_json: bool
) -> int:
    """Show why a rule of a deployed stack alerted, or did not.

    RULE is the name of a budget, a spike, a query or a balance rule. Each window that the function looks at
    stands there with its points and every threshold, and why nothing is sent of it, by the very decision that
    sends; below that, what was sent, and what each channel did with it. With --at all is as it was at the end
    of that quarter hour, by the config in force now, up to 400 days back. What was left on the account is
    kept nowhere, so of a balance rule only its alerts are shown then.
    """
    with progress("Reading the ledger"):
        found = seen(stack, account)
        rules = found.usable()
        if found.known.state.version == 0:
            raise OpsError(uncounted(stack, account))
        report = _explained(found, rules, rule, _time(found, rules, at), ask_poe=ask_poe)
    say_report(report, _lines(report), as_json=as_json)
    return 0


def _time(found: Present, config: Config, text: str | None) -> datetime | None:
    """Give the end of the quarter hour that is asked for; None for now."""
    if text is None:
        return None
    asked = instant(text, config.zone)
    first = max(found.known.state.started_at, now() - KEPT)
    if not first <= asked <= now():
        since = moment(first, config.timezone)
        raise WrongUseError(f"what was sent is known from {since} on, and up to now: name another --at")
    # Usage is kept by whole quarter hours.
    at = asked if asked == slot_of(asked) else slot_end(asked)
    return at if at <= now() else None


def _explained(
    found: Present, config: Config, asked: str, at: datetime | None, *, ask_poe: bool
) -> Explained:
    own = found.scope.rules(config)
    rule = rule_called(found, own, asked)
    kind = next(kind for kind, each in own.rules if each == rule)
    only = own.changed(lambda each: each if each == rule else None)
    until, account = at or now(), found.scope.account if found.scope.several else None
    with found.deployed.reading():
        alerts = _alerts(found, until)
        own_alerts = [one.alert for one in alerts if one.alert.rule == rule.name]
        if at:
            ledger = found.deployed.ledger(found.scope.account)
            evaluation = evaluation_as_of(only, ledger, found.known, at, [one.alert for one in alerts])
        else:
            evaluation = _present(found, only, since(only, until, own_alerts), ask_poe=ask_poe)
    thresholds = thresholds_of(evaluation, just_sent(own_alerts, until))
    return Explained(
        rule=rule.name,
        kind=kind,
        means=meaning(kind, rule).words,
        at=until,
        source=f"the stack {found.deployed.name}{whose(account)}",
        config=found.source,
        timezone=config.timezone,
        snoozed=silent_rules(evaluation),
        thresholds=thresholds,
        sent=written(one for one in alerts if one.alert.rule == rule.name),
        notes=(
            *_notes(found, evaluation, rule, at),
            *_in_welcomes(thresholds, own_alerts, until, config.timezone),
        ),
    )


def _alerts(found: Present, until: datetime) -> list[Owed]:
    outbox = found.deployed.outbox(found.scope.account)
    return [one for one in outbox.alerts(until - LOOKS_BACK) if one.written_at <= until]


def _present(found: Present, only: Config, since: datetime, *, ask_poe: bool) -> Evaluation:
    """Give what the next run would evaluate, had something been spent since then."""
    at, known = now(), found.known
    balance = found.balance(ask_poe=ask_poe) if only.balances else None
    if balance is None and only.balances and known.memory.reconciliation:
        balance = PoeBalance(points=known.memory.reconciliation.last)
    known = Remembered(known.state.unevaluated(since), known.memory, known.snoozes)
    return evaluation_at(only, found.deployed.ledger(found.scope.account), known, at, balance)


def _notes(found: Present, evaluation: Evaluation, rule: NamedRule, at: datetime | None) -> Iterator[str]:
    """Say what is not known of a rule."""
    zone, known = evaluation.config.timezone, found.known.memory.rules.get(rule.fingerprint)
    if known is None and rule.fingerprint in evaluation.config.fingerprints:
        yield "the rule is new: the next run takes it up"
    elif known and at and at < known.since:
        yield f"the rule is known since {moment(known.since, zone)}; before that another config was in force"
    if isinstance(rule, Budget) and not evaluation.budgets:
        yield "it follows Poe's grants of points, which are not known yet"
    if isinstance(rule, BalanceRule) and at:
        yield "what was left then is kept nowhere: only what was sent is shown"
    elif isinstance(rule, BalanceRule) and evaluation.balance is None:
        yield "what is left is not known: add --ask-poe, or wait for the next run"
    windows = [each.windows[-1] for each in evaluation.spikes] + [each.present for each in evaluation.budgets]
    if missing := [why for one in windows for why in reasons(evaluation.missing(one), zone)]:
        yield f"points are the least that they can be, because {listed(missing)}"


def _in_welcomes(
    thresholds: Iterable[Threshold], alerts: Iterable[Alert], at: datetime, zone: str
) -> Iterator[str]:
    """Say of what counts as sent without an alert of its own where it stood."""
    alerted, oldest = {alert.counted_at for alert in alerts}, at - LOOKS_BACK
    sent = {each.sent_at for each in thresholds if each.sent_at and each.sent_at > oldest}
    for one in sorted(sent - alerted):
        yield f"what was sent on {day_and_time(one, zone)} stood in the first message, with every budget"


def _lines(report: Explained) -> Iterator[str]:
    zone = report.timezone
    yield f"{quoted(report.rule)}, {report.source} at {moment(report.at, zone)}, by {clean(report.config)}"
    yield f"It {report.means}"
    yield from (silent_words(one, zone) for one in report.snoozed)
    if report.thresholds:
        yield ""
        yield from _table(list(rows(report.thresholds, zone)))
    elif report.kind == "query":
        yield "No query of the 24 hours before cost so much"
    yield from (f"Note: {note}" for note in report.notes)
    yield ""
    yield click.style("What was sent" if report.sent else "Nothing was sent", bold=True)
    yield from (f"  {sent_words(one, zone)}" for one in report.sent)


def _table(cells: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    for number, row in enumerate(cells):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield line if number else click.style(line, bold=True)

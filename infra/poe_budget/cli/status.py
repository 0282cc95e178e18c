"""`poe-budget status`: where every budget stands, and how the monitor is."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click
import msgspec

from budget_alert.alerts import named
from budget_alert.config.schema import Config
from budget_alert.messages.parts import reasons
from budget_alert.messages.times import moment
from budget_alert.messages.wording import bar, begin, clean, counted, name, percent
from budget_alert.rules.budget import MOST_SHOWN
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.scope import Scope
from poe_budget.cli.check import Candidate, candidate
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ
from poe_budget.cli.options import FINDING, Source, as_json, ask_poe, sources
from poe_budget.cli.snooze import SilentRule, silent_rules, silent_words
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.function import Deployed
from poe_budget.health import LATE_MINUTES, Coverage, Health, coverage_of, health_of, waiting, with_members
from poe_budget.output import notes, progress, say_report
from poe_budget.past.deployed import uncounted, whose
from poe_budget.past.history import History, now, scope_of
from poe_budget.past.poe import key_of, url_of
from poe_budget.snapshot import Remembered, SavedUsage, asked, evaluation_at, remembered_of, seen
from poe_budget.standing import BalanceStatus, BudgetStatus, balance_of, budgets_of, others_of
from poe_budget.versions import difference


class AccountStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One of several accounts; `coverage` and `health` are null where nothing of it was counted yet."""

    account: str
    budgets: tuple[BudgetStatus, ...] = ()
    coverage: Coverage | None = None
    health: Health | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What `status --json` prints: where everything stands at the instant `at`.

    `source` is where the usage is from, `config` where the config is. `unknown` budgets follow Poe's grants
    of points, of which nothing is known. `others` say what is left out of a budget for each key or bot.
    `balance` is null where it is not known, `health` where there is
    no deployed stack. Of several accounts together, `accounts` are each of them, and `health` is theirs too.
    """

    at: datetime
    source: str
    config: str
    timezone: str
    budgets: tuple[BudgetStatus, ...]
    others: tuple[str, ...] = ()
    unknown: tuple[str, ...]
    balance: BalanceStatus | None
    snoozed: tuple[SilentRule, ...]
    coverage: Coverage
    health: Health | None
    accounts: tuple[AccountStatus, ...] = ()

    @property
    def used_up(self) -> bool:
        """Whether a budget has reached its points, of whichever account."""
        budgets = [*self.budgets, *(budget for each in self.accounts for budget in each.budgets)]
        return any(budget.used_up for budget in budgets)


@click.command(cls=Command, example="poe-budget status --stack poe-budget")
@click.argument(
    "config",
    metavar="[FILE]",
    required=False,
    type=READ,
)
@sources
@ask_poe
@click.option("--fail", is_flag=True, help="End with 1 where a budget is used up, or a trouble goes on.")
@as_json
def command(
    *,
    config: Path | None,
    source: Source,
    ask_poe: bool,
    fail: bool,
    as_json: bool,
) -> int:
    """Show where every budget stands, and how the monitor is.

    Of a deployed stack it shows what its function has counted and sent, by the config in force. FILE is
    another config, in TOML, to go by; without a stack it is needed. Of several accounts it shows what goes by
    their sum, and each of them in a line; with --account it is about one. What is left on the account is
    asked with POE_API_KEY, if that is set; otherwise it is what the function heard last.
    """
    source.check()
    new = candidate(config, as_json=as_json) if config else None
    if source.stack:
        status = _of_stack(source.stack, source.account, new, ask_poe=ask_poe)
    elif new:
        history, scope = source.history(), scope_of(source.account)
        status = _of_history(new, history, scope, ask_poe=ask_poe or not source.file)
    else:
        file = f" --file {source.file}" if source.file else ""
        example = f"poe-budget status budgets.toml{file}"
        raise WrongUseError(f"name a config (`{example}`), or a stack with --stack")
    say_report(status, _lines(status), as_json=as_json)
    well = status.health is None or status.health.well
    return FINDING if fail and (status.used_up or not well) else 0


def _of_stack(name: str, account: str | None, other: Candidate | None, *, ask_poe: bool) -> Status:
    """Tell where everything stands that a function monitors, by the config in force or by `other`."""
    accounts: tuple[AccountStatus, ...] = ()
    with progress("Reading the ledger") as reporter:
        found = seen(name, account)
        deployed, scope, known = found.deployed, found.scope, found.known
        notes(filter(None, [difference(deployed.release)]))
        if known.state.version == 0 and scope.several:
            raise OpsError(uncounted(name, scope.account))
        if known.state.version == 0:
            tick = f"`poe-budget tick --stack {name}`"
            raise OpsError(f"the function of {name} has not ticked yet: {tick} lets it")
        source, rules = (other.name, other.config) if other else (found.source, found.usable())
        evaluation = found.evaluation(rules, ask_poe=ask_poe)
        named = _named_in_secret(deployed) if scope.together else ()
        with deployed.reading():
            health = health_of(known, deployed.outbox(scope.account))
            for number, each in enumerate(named, 1):
                accounts = (*accounts, _account_of(deployed, each, rules))
                reporter.reached(number / len(named), f"{number:,} of {len(named):,} accounts read")
        health = with_members(health, (one.health for one in accounts if one.health))
    stack = f"The stack {name}{whose(scope.account if scope.several else None)}"
    return _status_of(evaluation, known, (stack, source), health, accounts)


def _of_history(new: Candidate, history: History, scope: Scope, *, ask_poe: bool) -> Status:
    """Tell where everything stands at the end of a history, of which nothing was ever sent."""
    balance = asked(key_of(os.environ), url_of(os.environ)) if ask_poe else None
    known = remembered_of(history)
    evaluation = evaluation_at(
        scope.rules(new.config), SavedUsage(history.slots), known, history.end, balance
    )
    # What came before the history is no gap that anybody will read.
    read = msgspec.structs.replace(known.state, gaps=())
    return _status_of(evaluation, Remembered(read, known.memory), (history.source, new.name))


def _status_of(
    evaluation: Evaluation,
    known: Remembered,
    sources: tuple[str, str],
    health: Health | None = None,
    accounts: tuple[AccountStatus, ...] = (),
) -> Status:
    """Put together what is known; `sources` are where the usage is from, and where the config."""
    known_windows = {each.rule.name for each in evaluation.budgets}
    return Status(
        at=evaluation.now,
        source=sources[0],
        config=sources[1],
        timezone=evaluation.config.timezone,
        budgets=budgets_of(evaluation),
        others=others_of(evaluation),
        unknown=tuple(one.name for one in evaluation.config.budgets if one.name not in known_windows),
        balance=balance_of(evaluation),
        snoozed=silent_rules(evaluation),
        coverage=coverage_of(known.state, evaluation.now),
        health=health,
        accounts=accounts,
    )


def _account_of(deployed: Deployed, account: str, config: Config) -> AccountStatus:
    """Tell where an account stands by the rules that are about it; raises LedgerError."""
    at, ledger = now(), deployed.ledger(account)
    state, memory, _, snoozes = ledger.begun()
    if state is None:
        return AccountStatus(account=account)
    known = Remembered(state, memory, snoozes)
    return AccountStatus(
        account=account,
        budgets=budgets_of(evaluation_at(scope_of(account).rules(config), ledger, known, at)),
        coverage=coverage_of(state, at),
        health=health_of(known, deployed.outbox(account), account),
    )


def _named_in_secret(deployed: Deployed) -> tuple[str, ...]:
    """Name the accounts of the stack's secret; that it does not say is only noted."""
    try:
        keyring = deployed.keyring()
        if not keyring.problem:
            return keyring.accounts
        why = f"the secret of {deployed.name} cannot be used"
    except OpsError as error:
        why = str(error)
    notes([f"which accounts there are is not known: {why}; name one with --account"])
    return ()


def _lines(status: Status) -> Iterator[str]:
    zone = status.timezone
    yield f"{clean(status.source)} at {moment(status.at, zone)}, by {clean(status.config)}"
    for budget in _largest(status.budgets):
        passed = budget.passed_percent
        time = "" if passed is None else f", {percent(passed)} of its time is over"
        used = f"{bar(budget.percent)} {_least(budget)}{percent(budget.percent)} used{time}"
        yield from _part(name(named(budget.name, budget.value)), (used, *budget.words))
    if status.others:
        yield from _part("Keys and bots without a row", status.others)
    for unknown in status.unknown:
        yield from _part(name(unknown), ["It follows Poe's grants of points, which are not known yet"])
    if status.balance:
        yield from _part("What is left", status.balance.words)
    rows = {budget.name for budget in status.budgets}
    if silent := [silent_words(one, zone) for one in status.snoozed if one.rule not in rows]:
        yield from _part("What is snoozed", silent)
    if status.health is None:
        since = f"Everything from {moment(status.coverage.since, zone)} on"
        yield from _part("What is counted", (since, *_missing(status.coverage, zone)))
    else:
        yield from _part("What is counted", _coverage(status.coverage, zone))
        if status.accounts:
            yield from _part("The accounts", (_account(each, zone) for each in status.accounts))
        yield from _part("How the monitor is", _health(status.health, zone))


def _largest(budgets: Iterable[BudgetStatus]) -> Iterator[BudgetStatus]:
    """Leave out, of a budget for each key or bot, all but the few that spent most."""
    rows = Counter[str]()
    for budget in budgets:
        rows[budget.name] += 1
        if rows[budget.name] <= MOST_SHOWN:
            yield budget


def _part(heading: str, words: Iterable[str]) -> Iterator[str]:
    yield ""
    yield click.style(heading, bold=True)
    yield from (f"  {line}" for line in words)


def _least(budget: BudgetStatus) -> str:
    return "" if budget.complete else "at least "


def _account(one: AccountStatus, zone: str) -> str:
    """Say in a line where an account stands: its fullest budget, and what is wrong with it."""
    if one.coverage is None or one.health is None:
        return f"{name(one.account)}: nothing is counted yet"
    words = []
    if one.budgets:
        fullest = max(one.budgets, key=lambda each: each.percent)
        used = percent(fullest.percent, exact=True)
        words.append(f"{_least(fullest)}{used} of {name(named(fullest.name, fullest.value))} used")
    words += [f"{clean(each.words)}, since {moment(each.since, zone)}" for each in one.health.troubles]
    words += waiting(one.health, zone)
    if one.coverage.completed_at is None:
        words.append("the first reading goes on")
    elif one.coverage.lag_minutes > LATE_MINUTES:
        words.append(f"last read in full {counted(one.coverage.lag_minutes, 'minute')} ago, which is late")
    elif one.health.well:
        words.append("all is well")
    return f"{name(one.account)}: {'; '.join(words)}"


def _coverage(coverage: Coverage, zone: str) -> Iterator[str]:
    if coverage.completed_at is None:
        yield "Never all of the usage yet: the first reading goes on"
    else:
        ago = counted(coverage.lag_minutes, "minute")
        late = ", which is late" if coverage.lag_minutes > LATE_MINUTES else ""
        yield f"Everything up to {moment(coverage.completed_at, zone)}, {ago} ago{late}"
    if coverage.newest_entry_at:
        yield f"The newest entry is of {moment(coverage.newest_entry_at, zone)}"
    yield from _missing(coverage, zone)
    for gap in coverage.gaps:
        yield f"Still unread: {moment(gap.start, zone)} to {moment(gap.end, zone)}"


def _missing(coverage: Coverage, zone: str) -> Iterator[str]:
    yield from (f"But {reason}" for reason in reasons(coverage.missing, zone))


def _health(health: Health, zone: str) -> Iterator[str]:
    if health.well:
        yield "All is well"
    for trouble in health.troubles:
        whose = f"{name(trouble.account)}: " if trouble.account else ""
        yield f"{whose}{begin(clean(trouble.words))}, since {moment(trouble.since, zone)}"
        yield f"  {clean(trouble.advice)}"
    yield from waiting(health, zone)
    if health.listening is False:
        yield "Nobody listens on the topic"

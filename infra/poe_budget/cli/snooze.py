"""`poe-budget snooze`: silence a rule of a deployed stack for a while, or see which are silent."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import msgspec

from budget_alert.alerts import Snoozed
from budget_alert.config.kinds import LENGTH
from budget_alert.config.periods import midnight
from budget_alert.config.schema import Budget, Config, DigestRule, NamedRule, SpikeRule
from budget_alert.config.spelling import did_you_mean, either, shown
from budget_alert.errors import ConfigError
from budget_alert.messages.parts import silence
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import quoted
from budget_alert.rules.budget import present_standings
from budget_alert.rules.evaluation import Evaluation, with_configs
from budget_alert.snoozes import LONGEST, Snoozable, Snoozes, called, of_budget
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_account, of_stack
from poe_budget.errors import WrongUseError
from poe_budget.output import progress, say_report
from poe_budget.snapshot import Present, seen

_WINDOW = "window"
_NOBODY = "the command line"


class SilentRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is silent from `since` until `until`, as `by` wanted.

    `since` is null, and `by` is "", where the config says so. `planned_from` is when what was planned began,
    null where nothing was.
    """

    rule: str
    since: datetime | None
    until: datetime
    by: str
    planned_from: datetime | None


class SilentRules(msgspec.Struct, frozen=True, kw_only=True):
    """What `snooze --json` prints: the rules of an account that are silent now, be it by this command."""

    account: str
    timezone: str
    snoozed: tuple[SilentRule, ...]


def _length(value: str) -> timedelta:
    try:
        found: timedelta | None = LENGTH.read(value)
    except ConfigError as error:
        raise click.BadParameter(str(error)) from error
    if found is None:
        raise click.BadParameter(f"{shown(value)} {LENGTH.wrong}; {LENGTH.right}")
    return found


@click.command(cls=Command, example='poe-budget snooze "Everything" --for 6h --stack poe-budget')
@click.argument("rule", required=False)
@of_stack
@of_account
@click.option("--for", "length", type=_length, metavar="LENGTH", help="For so long, such as 6h or 7d.")
@click.option(
    "--until",
    metavar="TIME",
    help="Until then, such as 2026-12-01T18:00 by the config's zone; or `window`: until its window ends.",
)
@click.option("--off", is_flag=True, help="Not any more: take the snooze back.")
@click.option(
    "--planned", is_flag=True, help="Leave what is used out of what is usual and of forecasts, for good."
)
@as_json
def command(  # noqa: PLR0913 - one for each option
    *,
    rule: str | None,
    stack: str,
    account: str | None,
    length: timedelta | None,
    until: str | None,
    off: bool,
    planned: bool,
    as_json: bool,
) -> int:
    """Silence a rule of a deployed stack for a while.

    RULE is the name of a budget, a spike, a query or a balance rule; without one you see which are silent.
    While a budget is silent, a threshold above what is used now is sent all the same, and so is the forecast
    that it will be used up. What still holds at the end is sent once. What was --planned, from the beginning
    of the day (or of the spike) until the end, is left out of what is usual for good; --off takes that back,
    after the end with --planned.
    """
    asked = [one for one in (length, until, off or None) if one is not None]
    if len(asked) != (1 if rule else 0) or (planned and not rule):
        raise WrongUseError("name a rule and one of --for, --until and --off; or none, to see what is silent")
    with progress("Reading the ledger"):
        found = seen(stack, account)
        rules = found.usable()
        evaluation = found.evaluation(rules, ask_poe=None)
    if rule:
        with found.deployed.reading():
            if off:
                snoozes = _undo(found, evaluation, rule, planned=planned)
            else:
                named = rule_called(found, evaluation.config, rule)
                snoozes = _put(found, evaluation, named, length or until or "", planned=planned)
        snoozes = with_configs(snoozes, evaluation.config)
        evaluation = msgspec.structs.replace(evaluation, snoozes=snoozes)
    report = SilentRules(
        account=found.scope.account, timezone=evaluation.config.timezone, snoozed=silent_rules(evaluation)
    )
    say_report(report, _lines(report, rule), as_json=as_json)
    return 0


def silent_rules(evaluation: Evaluation) -> tuple[SilentRule, ...]:
    """Give the rules that are silent, in the config's order."""
    return tuple(
        SilentRule(
            rule=rule,
            since=one.start if one.by else None,
            until=one.until,
            by=one.by,
            planned_from=one.planned_from,
        )
        for rule, one in evaluation.silent().items()
    )


def silent_words(one: SilentRule, zone: str) -> str:
    """Say in a line until when a rule is silent, who wanted that, and what was planned."""
    planned = f"; planned since {day_and_time(one.planned_from, zone)}" if one.planned_from else ""
    return f"{quoted(one.rule)} is silent {silence(Snoozed(one.until, one.by), zone)}{planned}"


def _put(
    found: Present, evaluation: Evaluation, rule: NamedRule, until: timedelta | str, *, planned: bool
) -> Snoozes:
    """Snooze a rule for so long, or until a time; raises LedgerError and WrongUseError."""
    now, target = evaluation.now, _target(evaluation, rule)
    end = _instant(until, target, evaluation.config.zone) if isinstance(until, str) else now + until
    if not now < end <= now + LONGEST:
        raise WrongUseError("a snooze ends after now, and within 400 days: name another time")
    by = os.environ.get("USER") or os.environ.get("USERNAME") or _NOBODY
    book = found.deployed.snoozes(found.scope.account)
    return book.put(target.snoozed(now, end, by, planned=planned))


def _undo(found: Present, evaluation: Evaluation, asked: str, *, planned: bool) -> Snoozes:
    """Take a snooze back, also of a rule that the config does not know any more; raises as `_put`."""
    kept = (one.rule for one in found.known.snoozes.each if called(one.rule) == asked)
    rule = next(kept, None) or rule_called(found, evaluation.config, asked).name
    return found.deployed.snoozes(found.scope.account).undo(rule, evaluation.now, planned=planned)


def rule_called(found: Present, config: Config, asked: str) -> NamedRule:
    """Find the rule of a name, among those that are about the account; raises WrongUseError."""
    every = found.in_force.config or config
    if rule := next((one for one in _snoozable(config) if one.name == asked), None):
        return rule
    if other := next((one for one in _snoozable(every) if one.name == asked), None):
        whose = "single accounts, and this is none of them: name one with --account"
        if other.together:
            whose = "all accounts together: name --account all"
        raise WrongUseError(f"the rule {shown(asked)} is about {whose}")
    names = [one.name for one in _snoozable(config)]
    otherwise = f"there is {either([shown(name) for name in names])}" if names else "there is none to snooze"
    raise WrongUseError(f"no rule is called {shown(asked)}: {did_you_mean(asked, names, otherwise)}")


def _snoozable(config: Config) -> list[NamedRule]:
    return [rule for _, rule in config.rules if not isinstance(rule, DigestRule)]


def _target(evaluation: Evaluation, rule: NamedRule) -> Snoozable:
    """Give what is said of a rule as it stands."""
    now, zone = evaluation.now, evaluation.config.zone
    standings = {one.rule: one for one in reversed(present_standings(evaluation, outlook=True))}
    if rule.name in standings:
        target = of_budget(standings[rule.name], now, zone)
        # Of each key or bot so much may be used that none of the others has used.
        each = rule.each if isinstance(rule, Budget) else None
        return msgspec.structs.replace(target, rule=rule.name, points=0, foreseen=0) if each else target
    today = midnight(zone, now.astimezone(zone).date())
    return Snoozable(rule=rule.name, began_at=now - rule.window if isinstance(rule, SpikeRule) else today)


def _instant(text: str, target: Snoozable, zone: ZoneInfo) -> datetime:
    if text == _WINDOW:
        if target.ends_at is None:
            raise WrongUseError(f"{shown(target.rule)} has no window that ends: name --for or a time")
        return target.ends_at
    return instant(text, zone, ", or `window`")


def instant(text: str, zone: ZoneInfo, otherwise: str = "") -> datetime:
    """Read a time, on the zone's clock unless it names another; raises WrongUseError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        example = f"write it like 2026-12-01 or 2026-12-01T18:00{otherwise}"
        raise WrongUseError(f"{shown(text)} is no time; {example}") from error
    # What the clock shows twice, or skips, is read by the clock of before.
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _lines(report: SilentRules, changed: str | None) -> Iterator[str]:
    silent = {one.rule: one for one in report.snoozed}
    for one in silent.values():
        if changed in (None, one.rule):
            yield f"{silent_words(one, report.timezone)}."
    if not silent:
        yield "No rule is snoozed."
    elif changed and changed not in silent:
        yield f"{quoted(changed)} is not snoozed."

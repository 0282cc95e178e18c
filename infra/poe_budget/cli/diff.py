"""`poe-budget diff`: what another config would change in a deployed stack."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import click
import msgspec

from budget_alert.alerts import Kind, Severity, named
from budget_alert.config.schema import AnyRule, Config, DigestRule
from budget_alert.messages.budgets import as_written
from budget_alert.messages.compose import section_of
from budget_alert.messages.wording import begin, clean, name, points
from budget_alert.rules.decision import held_by
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.known_troubles import compared
from budget_alert.rules.notified import Notified
from budget_alert.rules.troubles import Found, Trouble
from poe_budget.cli.check import Candidate, candidate
from poe_budget.cli.command import Command
from poe_budget.cli.options import (
    as_json,
    ask_poe,
    config_file,
    of_account,
    of_stack,
)
from poe_budget.cli.sentences import meaning, setting
from poe_budget.output import notes, progress, say_report
from poe_budget.snapshot import Present, seen

_KEEPS = "It keeps what was sent."
_AFRESH = "It starts afresh: what it has passed already is said once, as information."
_UNASKED = "what is left is not known here, so balance rules are left out: set POE_API_KEY, or add --ask-poe"


class How(StrEnum):
    """What becomes of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """It is changed, and remembers what was sent of it."""
    AFRESH = "afresh"
    """It is changed so that it starts afresh: what it has passed already is said once, as information."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one rule: its kind in the config, its name, and what it means before and after.

    `before` is null for a rule that is added, `after` for one that is removed.
    """

    kind: str
    name: str
    how: How
    before: str | None
    after: str | None


class Rearmed(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was sent in the present window and can be sent once more, at `points` now.

    With `forecast` it is one of `forecast_at`.
    """

    budget: str
    threshold: str
    points: int
    forecast: bool


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that the next tick would send: its kind, its severity, its rule, and its first line."""

    kind: Kind
    severity: Severity
    rule: str
    words: str


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """What `diff --json` prints: what a config would change against the one in force.

    `against` says where the one in force is from; `same` that the parameter holds the very text.
    `setting_before` and `setting` say what holds for all rules. `coming` is what the next tick would send,
    of what is counted by now, with the new config in force.
    """

    file: str
    against: str
    same: bool
    setting_before: str | None
    setting: str
    changes: tuple[Change, ...]
    rearmed: tuple[Rearmed, ...]
    coming: tuple[Coming, ...]


_SIGNS = {How.ADDED: "+", How.REMOVED: "-", How.CHANGED: "~", How.AFRESH: "~"}


@click.command(cls=Command, example="poe-budget diff budgets.toml --stack poe-budget")
@config_file
@of_stack
@of_account
@ask_poe
@as_json
def command(*, file: Path, stack: str, account: str | None, ask_poe: bool, as_json: bool) -> int:
    """Show what another config would change in a deployed stack.

    FILE is a config, in TOML. It is compared with the one in force: which rules come, go or change, which
    thresholds can be sent once more, and what the next tick would send: of one account, where there are
    several. Nothing is changed.
    """
    new = candidate(file, as_json=as_json)
    with progress("Comparing"):
        diff = difference(seen(stack, account), new, ask_poe=ask_poe)
    say_report(diff, lines(diff), as_json=as_json)
    return 0


def difference(found: Present, new: Candidate, *, ask_poe: bool) -> Diff:
    """Tell what a config would change against the one in force, and what the next tick would then send.

    Nothing is written. Raises OpsError where something cannot be read.
    """
    before, scope = found.in_force.config, found.scope
    evaluation = found.evaluation(new.config, ask_poe=ask_poe)
    if evaluation.config.balances and evaluation.balance is None:
        notes([_UNASKED])
    return Diff(
        file=new.name,
        against=found.source,
        # While there is no parameter, the same text pins what another deployment could change.
        same=found.newest.number is not None and found.newest.text == new.text,
        setting_before=setting(before) if before else None,
        setting=setting(new.config),
        changes=tuple(changes(before, new.config, several=scope.several)),
        rearmed=tuple(_rearmed(scope.rules(before) if before else None, evaluation)),
        coming=_coming_of(evaluation, mended=bool(found.in_force.mistakes)),
    )


def lines(diff: Diff) -> Iterator[str]:
    """Say it for people."""
    against = clean(diff.against)
    if diff.same:
        yield f"{clean(diff.file)} is what is in force: {against}."
    elif not diff.changes and diff.setting == diff.setting_before:
        yield f"{clean(diff.file)} means the same as {against}."
    else:
        yield f"{clean(diff.file)} against {against}:"
    if diff.setting != diff.setting_before:
        was = f"; until now {diff.setting_before}" if diff.setting_before else ""
        yield f"~ {begin(diff.setting)}{was}."
    for change in diff.changes:
        yield from _in_words(change)
    if diff.rearmed:
        yield "To be sent once more, when it is reached:"
        for one in diff.rearmed:
            threshold = as_written(one.threshold) + (" as a forecast" if one.forecast else "")
            yield f"- {name(one.budget)}: {threshold}, which is now {points(one.points)}"
    if not diff.coming:
        yield "With it, the next tick would send nothing of what is counted by now."
        return
    yield "With it, the next tick would send:"
    yield from (f"- {one.severity}: {one.words}" for one in diff.coming)


def _in_words(change: Change) -> Iterator[str]:
    words = change.before if change.after is None else change.after
    yield f"{_SIGNS[change.how]} {change.kind} {name(change.name)}: {words}."
    if change.how in (How.CHANGED, How.AFRESH):
        if change.before != change.after:
            yield f"    Until now it {change.before}."
        yield f"    {_AFRESH if change.how is How.AFRESH else _KEEPS}"


def changes(before: Config | None, after: Config, *, several: bool = False) -> Iterator[Change]:
    """Tell what becomes of every rule that does not stay as it is, first of those that go.

    `several` says that it is a config for several accounts.
    """
    old, new = _rules(before), _rules(after)
    for kind, called in [*(key for key in old if key not in new), *new]:
        (was, meant), (rule, means) = (each.get((kind, called), (None, None)) for each in (old, new))
        if was != rule:
            how = _how(was, rule, several=several)
            yield Change(kind=kind, name=called, how=how, before=meant, after=means)


def _how(old: AnyRule | None, new: AnyRule | None, *, several: bool) -> How:
    if old is None or new is None:
        return How.ADDED if new else How.REMOVED
    if isinstance(old, DigestRule) or isinstance(new, DigestRule):
        return How.CHANGED
    same = old.fingerprint == new.fingerprint and not (several and _sum(old) != _sum(new))
    return How.CHANGED if same else How.AFRESH


def _sum(rule: AnyRule) -> tuple[str, ...] | None:
    """Name the accounts that a rule goes by the sum of; None for one that goes by each of them."""
    return rule.accounts if rule.together else None


def _rules(config: Config | None) -> dict[tuple[str, str], tuple[AnyRule, str]]:
    """Give every rule and what it means, by its kind and its name."""
    pairs = [(rule, meaning(kind, rule)) for kind, rule in config.rules] if config else []
    return {(meant.kind, meant.name): (rule, meant.words) for rule, meant in pairs}


def _rearmed(before: Config | None, evaluation: Evaluation) -> Iterator[Rearmed]:
    """Tell which thresholds, known by their spelling, were sent in the present windows and can be again."""
    known = {budget.fingerprint: budget for budget in (before.budgets if before else ())}
    for each in evaluation.budgets:
        new, end = each.rule, each.present.end
        old = known.get(new.fingerprint, new)
        levels = (old.alert_at, new.alert_at, False), (old.forecast_at, new.forecast_at, True)
        for key, (were, are, forecast) in zip((each.present_key, each.forecast_key), levels, strict=True):
            sent = evaluation.notified.get(key, Notified())
            known_as = {level.text for level in were if held_by(sent, level, end)}
            for level in are:
                if level.text in known_as and not held_by(sent, level, end):
                    yield Rearmed(
                        budget=named(new.name, new.value),
                        threshold=level.text,
                        points=level.points,
                        forecast=forecast,
                    )


def _coming_of(evaluation: Evaluation, *, mended: bool) -> tuple[Coming, ...]:
    """Tell what the next tick would send; `mended` says that the newest config cannot be used until then."""
    found = [Found(Trouble.CONFIG)] if mended else []
    of_troubles, _ = compared(evaluation.memory.troubles, found, evaluation.config.timezone, evaluation.now)
    return tuple(
        Coming(
            kind=alert.kind,
            severity=alert.severity,
            rule=alert.rule,
            words=section_of([alert]).headline,
        )
        for alert in (*evaluate(evaluation).alerts, *of_troubles)
    )

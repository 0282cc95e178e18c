"""What a config would change in a deployed stack, worked out and shown."""

from collections.abc import Iterator, Mapping

from budget_alert.messages.progress import as_written
from budget_alert.messages.wording import begin, clean, name, points
from poe_budget.cli.comparing import changes, coming, rearmed
from poe_budget.cli.deployment import case_by
from poe_budget.cli.output import notes
from poe_budget.cli.sentences import setting
from poe_budget.cli.stacked import Candidate
from poe_budget.deployed.changes import Change, Coming, Diff, How, Rearmed
from poe_budget.deployed.present import Present

_SIGNS = {How.ADDED: "+", How.REMOVED: "-", How.CHANGED: "~", How.AFRESH: "~"}
_KEEPS = "It keeps what was told."
_AFRESH = "It starts afresh: what it has passed already is said once, as information."
_UNASKED = "what is left is not known here, so balance rules are left out: set POE_API_KEY, or add --ask-poe"


def difference(found: Present, new: Candidate, environ: Mapping[str, str], *, ask_poe: bool) -> Diff:
    """Tell what a config would change against the one in force, and what the next tick would then tell.

    Nothing is written. Raises OpsError where something cannot be read.
    """
    before, scope = found.in_force.config, found.scope
    case = case_by(found, new.config, environ, ask_poe=ask_poe)
    if case.config.balances and case.balance is None:
        notes([_UNASKED])
    return Diff(
        file=new.name,
        against=found.source,
        # While there is no parameter, the same text pins what another deployment could change.
        same=found.newest.number is not None and found.newest.text == new.text,
        setting_before=setting(before) if before else None,
        setting=setting(new.config),
        changes=tuple(changes(before, new.config, several=scope.several)),
        rearmed=tuple(rearmed(scope.rules(before) if before else None, case)),
        coming=coming(case, mended=bool(found.in_force.mistakes)),
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
        yield from _change(change)
    if diff.rearmed:
        yield "To be told once more, when it is reached:"
        yield from (f"- {_threshold(one)}" for one in diff.rearmed)
    yield from _coming(diff.coming)


def _change(change: Change) -> Iterator[str]:
    words = change.before if change.after is None else change.after
    yield f"{_SIGNS[change.how]} {change.kind} {name(change.name)}: {words}."
    if change.before is not None and change.after is not None:
        if change.before != change.after:
            yield f"    Until now it {change.before}."
        yield f"    {_AFRESH if change.how is How.AFRESH else _KEEPS}"


def _threshold(one: Rearmed) -> str:
    kind = " as a forecast" if one.forecast else ""
    return f"{name(one.budget)}: {as_written(one.threshold)}{kind}, which is now {points(one.points)}"


def _coming(alerts: tuple[Coming, ...]) -> Iterator[str]:
    if not alerts:
        yield "With it, the next tick would tell nothing of what is counted by now."
        return
    yield "With it, the next tick would tell:"
    for one in alerts:
        yield f"- {one.severity}: {one.words}"

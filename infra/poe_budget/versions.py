"""Of which release this program is, of which a deployed stack, and what to do where they differ."""

import re

from budget_alert import __version__
from budget_alert.messages.wording import clean
from poe_budget.errors import OpsError

OWN = __version__
"""The program and the function come in one package, and so are of one release."""
FIRST_NAMED = "0.2.0"
"""The first release whose stacks name it, in their output `Version`."""
NEWER_PROGRAM = "`git pull` and `make -C infra demo` in your clone give this program anew"
NEWER_STACK = "`poe-budget deploy` brings it up to date"
_RELEASE = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")


def difference(stack_version: str | None, own: str = OWN) -> str | None:
    """Say how the release of a stack differs from the program's, and what to do; None where it does not.

    A stack that names no version is older than 0.2.0. Raises OpsError for what is no version.
    """
    theirs, ours = _order(stack_version), _order(own)
    if theirs == ours:
        return None
    is_of = f"the stack is of {_named(stack_version)}, this program of {own}"
    return f"{is_of}: {NEWER_STACK if theirs < ours else NEWER_PROGRAM}"


def refuse_downgrade(stack_version: str | None, own: str) -> None:
    """Raise OpsError where `own` would put an older release in place of a stack's."""
    if _order(own) < _order(stack_version):
        raise OpsError(
            f"the stack is of {_named(stack_version)} and this program of {own}, which may be unable to "
            f"read what the stack has written: {NEWER_PROGRAM}"
        )


def _named(version: str | None) -> str:
    return version or f"a release before {FIRST_NAMED}"


def _order(version: str | None) -> tuple[int, ...]:
    if version is None:
        return ()
    if not _RELEASE.fullmatch(version):
        raise OpsError(f"the stack names {clean(version)!r} as its version: name a stack of this project")
    return tuple(map(int, version.split(".")))

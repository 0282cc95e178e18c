"""A test message through a deployed stack's own channels, from its making to its answers."""

import msgspec

from budget_alert.messages.alerts import Severity
from budget_alert.messages.compose import compose
from budget_ops.cli.deployment import case_by, in_force, ticked
from budget_ops.deployed import testing
from budget_ops.deployed.answers import Answer, Answered, answers
from budget_ops.deployed.invoking import Tick
from budget_ops.deployed.present import present

GOOD = (Answer.ACCEPTED, Answer.UNUSED)


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What `test-alert --json` prints: the title of the message, and what each channel answered.

    `tick` is what the tick did that sent it; null where that failed, and then `error` says how.
    """

    title: str
    severity: Severity
    channels: tuple[Answered, ...]
    tick: Tick | None
    error: str

    @property
    def good(self) -> bool:
        """Whether somebody has heard it, and all went well."""
        given = [one.answer for one in self.channels]
        return not self.error and Answer.ACCEPTED in given and all(answer in GOOD for answer in given)


def tested(stack: str, severity: Severity) -> Tested:
    """Put a test message into the outbox of a stack, and let its function tick; raises OpsError."""
    found = ticked(stack)
    # Nothing of the message goes by what is left, so Poe is not asked.
    case = case_by(found, in_force(found), {}, ask_poe=False)
    alert = testing.made(case, severity)
    testing.posted(found.deployed, found.known.state, alert)
    done = found.deployed.invoke()
    owed, known = testing.outcome(found.deployed, alert), present(found.deployed, case.now).known
    return Tested(
        title=compose([alert], found.deployed.settings.account).title,
        severity=severity,
        channels=answers(owed, known, done.log),
        tick=done.tick,
        error=done.error,
    )

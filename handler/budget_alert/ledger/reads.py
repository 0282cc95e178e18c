"""What an evaluation asks for -> the evaluation with it, read in two steps: usage, then what was notified."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import msgspec

from budget_alert.rules.each import parted
from budget_alert.rules.evaluate import keys_to_read, present_keys
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Notified
from budget_alert.rules.succession import notified_by_both
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import RecordedUsage, Slots, Span


class Kept(Protocol):
    """RecordedUsage, and what was notified of it: the ledger, or what stands in for it."""

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give what is needed to sum these spans; `also` names whole days to give besides."""

    def notified(self, keys: Sequence[str]) -> Mapping[str, Notified]:
        """Give what was notified under each key that has something."""


def read_for(
    evaluation: Evaluation, kept: Kept, roster: Roster | None = None, before: Kept | None = None
) -> Evaluation:
    """Read what an evaluation asks for; raises what `kept` raises.

    `roster` is who is summed, None where the usage is that of one account. `before` keeps what was notified
    by who reported for all up to now, where that changes.
    """
    usage, span = kept.usage(evaluation.spans(), evaluation.past_days), evaluation.costly_span
    if roster:
        usage = replace(usage, absent=roster.absent(evaluation.now))
    read = msgspec.structs.replace(evaluation, usage=usage, costly=kept.slots(span) if span else {})
    keys = keys_to_read(read)
    if before is None:
        return parted(msgspec.structs.replace(read, notified=kept.notified(keys)))
    keys = list(dict.fromkeys([*keys, *present_keys(read)]))
    notified = kept.notified(keys)
    taken = notified_by_both(notified, before.notified(keys))
    return parted(msgspec.structs.replace(read, notified={**notified, **taken}, taken_over=taken))

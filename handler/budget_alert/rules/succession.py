"""One account becomes several, or several one -> what the new reporter for all takes over."""

from collections.abc import Mapping

import msgspec

from budget_alert.rules.known_troubles import KnownTrouble
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.troubles import Trouble, Whose

OF_ALL = {trouble.rule for trouble in Trouble if trouble.whose is Whose.ALL}
OF_BOTH = {trouble.rule for trouble in Trouble if trouble.whose is Whose.BOTH}


def inherited(own: Memory, before: Memory, *, reported: bool, goes_on: bool) -> Memory:
    """Give the new reporter's memory: troubles that concern everybody are those that the last one knew.

    So what the new one knew of them when it reported the last time is forgotten: their end was the other's to
    say. `reported` says that it has had ticks of its own meanwhile, as one of the accounts, `goes_on` that
    the last reporter has them from now on.
    """
    digested = [at for at in (own.digested_until, before.digested_until) if at]
    heard = before if before.listened_at else own
    return msgspec.structs.replace(
        own,
        troubles=_troubles(own.troubles, before.troubles, reported=reported, goes_on=goes_on),
        rules={**before.rules, **own.rules},
        config=before.config or own.config,
        listened_at=heard.listened_at,
        listening=heard.listening,
        slack=before.slack,
        digested_until=max(digested, default=None),
    )


def _troubles(
    own: Mapping[str, KnownTrouble], before: Mapping[str, KnownTrouble], *, reported: bool, goes_on: bool
) -> dict[str, KnownTrouble]:
    foreign = OF_ALL if reported else OF_ALL | OF_BOTH
    kept = {trouble: one for trouble, one in own.items() if trouble not in foreign}
    handed = OF_ALL if goes_on else OF_ALL | OF_BOTH
    taken = {trouble: one for trouble, one in before.items() if trouble in handed}
    still = {trouble: one for trouble, one in kept.items() if not one.over}
    return {**kept, **taken, **still}


def notified_by_both(own: Mapping[str, Notified], before: Mapping[str, Notified]) -> dict[str, Notified]:
    """Count as notified what either has sent, where the last reporter has sent something."""
    return {key: _both(own.get(key, Notified()), one) for key, one in before.items()}


def _both(own: Notified, before: Notified) -> Notified:
    crossings = tuple(dict.fromkeys((*own.crossings, *before.crossings)))
    values = {value: _both(own.values.get(value, Notified()), one) for value, one in before.values.items()}
    return Notified(crossings, {**own.values, **values})

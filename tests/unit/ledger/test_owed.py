"""Which channels an alert waits for, whatever became of it and whoever is there today."""

import pytest
from hypothesis import given, strategies as st

from budget_alert.ledger.outbox import Owed
from tests.support.made_messages import alert

channels = st.frozensets(st.sampled_from(["slack", "sns", "teams"]))


@st.composite
def alerts(draw: st.DrawFn) -> Owed:
    """Give an alert owed to somebody, with any history."""
    owed = draw(channels.filter(bool))
    return Owed(key="alert#1", alert=alert(), owed=owed, accepted=draw(channels), refused=draw(channels))


def owed_to(*names: str, accepted: str = "", refused: str = "") -> Owed:
    """Make an alert; names of several channels are divided by blanks."""
    return Owed(
        key="alert#1",
        alert=alert(),
        owed=frozenset(names),
        accepted=frozenset(accepted.split()),
        refused=frozenset(refused.split()),
    )


CASES: dict[str, tuple[Owed, str, str]] = {
    "new": (owed_to("slack", "sns"), "slack sns", "slack sns"),
    "one has it": (owed_to("slack", "sns", accepted="slack"), "slack sns", "sns"),
    "both have it": (owed_to("slack", "sns", accepted="slack sns"), "slack sns", ""),
    "a channel added since": (owed_to("slack"), "slack sns", "slack"),
    "refused by one, the other is owed": (owed_to("slack", "sns", refused="slack"), "slack sns", "sns"),
    "refused by all it was owed to": (owed_to("slack", refused="slack"), "slack sns", "slack sns"),
    "refused, and taken by another": (owed_to("slack", refused="slack", accepted="sns"), "slack sns", ""),
    "a channel removed since": (owed_to("slack", "sns", accepted="sns"), "sns", ""),
    "only a removed channel was owed": (owed_to("slack"), "sns", "sns"),
    "taken before it was removed": (owed_to("slack", accepted="slack"), "sns", ""),
    "nobody is there": (owed_to("sns"), "", ""),
}


@pytest.mark.parametrize(("one", "here", "waits"), CASES.values(), ids=CASES)
def test_an_alert_waits_for(one: Owed, here: str, waits: str) -> None:
    """It waits for whom it was written for, less those removed; what nobody can take goes to all."""
    assert one.waits_for(here.split()) == frozenset(waits.split())


@given(one=alerts(), here=channels)
def test_it_waits_only_for_who_is_there_and_has_it_not(one: Owed, here: frozenset[str]) -> None:
    """No channel that accepted an alert is ever sent it again, and none that was removed is waited for."""
    assert one.waits_for(here) <= here - one.accepted


@given(one=alerts(), here=channels)
def test_it_is_sent_or_somebody_must_send_it(one: Owed, here: frozenset[str]) -> None:
    """With any channel there, an alert is sent or waits for one: nothing can be lost."""
    if here:
        assert one.is_sent(here) != bool(one.waits_for(here))
    else:
        assert one.is_sent(here) == bool(one.accepted)


@given(one=alerts(), here=channels, removed=channels)
def test_a_removed_channel_stops_nothing(one: Owed, here: frozenset[str], removed: frozenset[str]) -> None:
    """What a channel that stays had to take, it still has to take once another is gone."""
    stays = one.waits_for(here) - removed
    assert stays <= one.waits_for(here - removed)


@given(one=alerts(), here=channels, added=channels)
def test_an_added_channel_is_owed_nothing_that_others_can_take(
    one: Owed, here: frozenset[str], added: frozenset[str]
) -> None:
    """A channel that came later gets an older alert only where nobody else took it or will."""
    new = added - here - one.owed
    if one.accepted or (one.owed & here) - one.refused:
        assert not one.waits_for(here | added) & new

"""What is decided is written, then sent, to whoever listens."""

from datetime import timedelta

import pytest

from budget_alert.alerts import Kind
from budget_alert.errors import ChannelError, LostRaceError, NobodyListeningError
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.secret import Keyring
from budget_alert.usage.state import State
from tests.support.fake_channels import DOWN, REFUSED
from tests.support.ledgers import NOW, notified_at
from tests.support.made_messages import alert
from tests.support.office import WEBHOOK, Office

DAY = timedelta(days=1)
UNKNOWN = ChannelError("SNS could not be reached")
LISTENED = Memory(listened_at=NOW, listening=True, slack=True)


@pytest.fixture
def office() -> Office:
    """Give an office with nothing sent yet."""
    return Office()


def test_where_nothing_is_to_be_sent_nothing_is_written(office: Office) -> None:
    """A tick without news costs neither a write nor a look at the outbox or at the topic."""
    office.tick("a")
    office.calls()
    looked = office.sns.looked
    assert office.tick() == (0, 0)
    assert set(office.calls()) == {"GetItem"}
    assert office.sns.looked == looked


def test_what_is_only_remembered_is_written_and_sent_to_nobody(office: Office) -> None:
    """Steps without an alert reach the ledger, and no channel."""
    office.tick()
    office.send(Decision(notices=(Notice("told#a", notified_at(1)),)))
    assert set(office.backend.ledger().notified(["told#a"])) == {"told#a"}
    assert office.slack.asked == office.sns.asked == 0


def test_listeners_are_looked_for_on_the_first_tick_and_daily(office: Office) -> None:
    """In between, without anything to send, what was found is remembered and not looked for."""
    office.tick()
    assert (office.sns.looked, office.backend.ledger().memory()) == (1, LISTENED)
    office.now = NOW + DAY - timedelta(seconds=1)
    office.send(Decision())
    assert office.sns.looked == 1
    office.now = NOW + DAY
    office.send(Decision())
    assert office.sns.looked == 2
    assert office.backend.ledger().memory().listened_at == NOW + DAY


def test_listeners_are_looked_for_before_anything_is_sent(office: Office) -> None:
    """Also before what is still pending is; the notes are written only where they changed."""
    office.tick()
    office.slack.answers = [DOWN]
    office.tick("a")
    assert office.sns.looked == 2
    office.calls()
    assert office.tick() == (1, 0)
    assert office.sns.looked == 3
    assert office.backend.transactions() == [{"cursor"}]
    assert office.backend.ledger().memory() == LISTENED


def test_a_slack_that_was_never_there_is_owed_nothing(office: Office) -> None:
    """Nor one that was taken out before the secret could not be read any more."""
    for known in (Keyring(slack_known=False), Keyring(), Keyring(slack_known=False)):
        office.secret = known
        assert office.tick("x" + str(office.now))[1] == 0
    office.secret = Keyring(slack_url=WEBHOOK)
    office.tick()
    assert office.slack.taken == []


def test_what_waited_for_a_listener_is_sent_by_slack_once_there_is_slack(office: Office) -> None:
    """Who waits for nobody in particular gets the first channel there is."""
    office.secret, office.sns.listening = Keyring(), False
    assert office.tick() == (0, 0), "a tick without news has nothing that could be missed"
    with pytest.raises(NobodyListeningError, match=r"^Alerts wait .*confirm the topic's e-mail"):
        office.tick("a")
    office.secret = Keyring(slack_url=WEBHOOK)
    assert office.tick()[1] == 0
    assert "a" in office.slack.taken[0]


def test_a_topic_that_cannot_be_looked_at_is_as_it_was(office: Office) -> None:
    """While SNS does not say, what was last known holds, and nothing is claimed about it."""
    office.tick()
    office.sns.problem = UNKNOWN
    assert office.tick("a") == (1, 0)
    assert office.sns.taken == [["a"]]
    assert str(UNKNOWN) in office.log.lines[0]["reason"]


def test_a_topic_that_was_never_looked_at_is_not_named(office: Office) -> None:
    """Slack gets what there is, and not that nobody listens: that is not known."""
    office.sns.problem = UNKNOWN
    assert office.tick("a") == (1, 0)
    assert (office.slack.taken, office.sns.asked, office.health()) == ([["a"]], 0, [])
    assert office.backend.ledger().memory() == Memory(slack=True)


@pytest.mark.parametrize("refusing", ["slack", "sns"])
def test_a_channel_that_refuses_is_named_through_the_other(office: Office, refusing: str) -> None:
    """Once when it begins and once when it ends, in the same tick; alerts are sent by who takes them."""
    bad, good = (office.slack, office.sns) if refusing == "slack" else (office.sns, office.slack)
    bad.answers = [REFUSED, REFUSED]
    assert office.tick("a") == (2, 0)
    assert office.tick("b") == (1, 0)
    assert office.health() == [(refusing, "critical")]
    assert bad.taken == []
    assert office.tick("c") == (2, 0)
    assert office.health() == [(refusing, "critical"), (refusing, "info")]
    begun, ended = (
        one.alert.id for one in office.backend.outbox().alerts(NOW) if one.alert.kind is Kind.HEALTH
    )
    assert good.taken == [["a"], [begun], ["b"], ["c"], [ended]]
    assert bad.taken == [["c"], [ended]]


def test_a_lost_claim_sends_nothing(office: Office) -> None:
    """Another tick was first: it sends, and this one says that it lost."""
    old = office.backend.ledger().record(State(started_at=NOW), State(started_at=NOW), {}, {})
    office.tick("a")
    with pytest.raises(LostRaceError):
        office.send(Decision(others=(alert(id="b"),)), old)
    assert office.slack.taken == office.sns.taken == [["a"]]


def test_a_stuck_alert_does_not_hold_back_the_place_to_look_from(office: Office) -> None:
    """What was sent is looked at no more, though something newer waits."""
    office.slack.answers = [DOWN, None, DOWN]
    assert office.tick("a") == (0, 1)
    assert office.tick() == (1, 0)
    office.tick("b")
    state = office.backend.ledger().state()
    assert state is not None
    assert state.outbox_since == NOW + timedelta(minutes=10)


def other_tick(office: Office) -> None:
    """Let another tick write in between."""
    state = office.backend.ledger().state() or State(started_at=NOW)
    office.backend.ledger().apply(state, Decision(others=(alert(id="x"),)), ["slack"], office.now)


def test_a_race_lost_while_sending_of_a_refusal_hides_nothing(office: Office) -> None:
    """The refusal is named by a later tick that meets it."""
    office.tick()
    office.slack.answers = [REFUSED]
    office.sns.during = lambda: other_tick(office)
    assert office.tick("a")[0] == 1
    assert office.health() == []
    assert office.sns.taken == [["a"]]

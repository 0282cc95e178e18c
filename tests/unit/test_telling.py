"""What is decided is written, then told, to whoever listens."""

from datetime import timedelta

import pytest

from budget_alert.alerts import Kind
from budget_alert.errors import ChannelError, LostRaceError, NobodyListeningError
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.secret import Webhook
from budget_alert.usage.state import State
from tests.support.desk import WEBHOOK, Desk
from tests.support.fake_channels import DOWN, REFUSED
from tests.support.ledgers import NOW, told
from tests.support.tables import Backend, Failing
from tests.support.telling import alert

pytest_plugins = ["tests.promises.dynamodb"]

DAY = timedelta(days=1)
UNKNOWN = ChannelError("SNS could not be reached")
LISTENED = Memory(listened_at=NOW, listening=True, slack=True)


@pytest.fixture
def desk(moto: Backend) -> Desk:
    """Give a desk with nothing told yet."""
    return Desk(moto)


def test_alerts_are_written_then_told_to_all(desk: Desk) -> None:
    """Slack and SNS each get one message, the outbox is known to be empty again, and the mark is cleared."""
    assert desk.tick("a", "b") == (2, 0)
    assert desk.slack.taken == desk.topic.taken == [["a", "b"]]
    state = desk.backend.ledger().state()
    assert state is not None
    assert state.outbox_since is None
    assert {one.owed for one in desk.backend.outbox().alerts(NOW)} == {frozenset({"slack", "sns"})}


def test_where_nothing_is_to_be_told_nothing_is_written(desk: Desk) -> None:
    """A tick without news costs neither a write nor a look at the outbox or at the topic."""
    desk.tick("a")
    desk.written()
    looked = desk.topic.looked
    assert desk.tick() == (0, 0)
    assert {operation for operation, _ in desk.backend.calls} == {"GetItem"}
    assert desk.topic.looked == looked


def test_what_is_only_remembered_is_written_and_told_to_nobody(desk: Desk) -> None:
    """Steps without an alert reach the ledger, and no channel."""
    desk.tick()
    desk.tell(Decision(notices=(Notice("told#a", told(1)),)))
    assert set(desk.backend.ledger().told(["told#a"])) == {"told#a"}
    assert desk.slack.asked == desk.topic.asked == 0


def test_listeners_are_looked_for_on_the_first_tick_and_daily(desk: Desk) -> None:
    """In between, without anything to tell, what was found is remembered and not looked for."""
    desk.tick()
    assert (desk.topic.looked, desk.backend.ledger().memory()) == (1, LISTENED)
    desk.now = NOW + DAY - timedelta(seconds=1)
    desk.tell(Decision())
    assert desk.topic.looked == 1
    desk.now = NOW + DAY
    desk.tell(Decision())
    assert desk.topic.looked == 2
    assert desk.backend.ledger().memory().listened_at == NOW + DAY


def test_listeners_are_looked_for_before_anything_is_told(desk: Desk) -> None:
    """Also before what is still pending is; the notes are written only where they changed."""
    desk.tick()
    desk.slack.answers = [DOWN]
    desk.tick("a")
    assert desk.topic.looked == 2
    desk.written()
    assert desk.tick() == (1, 0)
    assert desk.topic.looked == 3
    assert desk.written() == [{"cursor"}]
    assert desk.backend.ledger().memory() == LISTENED


def test_a_topic_nobody_listens_to_is_no_channel(desk: Desk) -> None:
    """Alerts are owed to Slack alone, and that nobody listens is told there, once; so is its end."""
    desk.topic.listening = False
    assert desk.tick("a") == (2, 0)
    assert desk.tick("b") == (1, 0)
    assert (desk.topic.asked, len(desk.slack.taken)) == (0, 2)
    assert desk.health() == [("topic", "critical")]
    desk.topic.listening = True
    assert desk.tick("c") == (2, 0)
    assert desk.health() == [("topic", "critical"), ("topic", "info")]
    assert len(desk.topic.taken[0]) == 2


def test_with_nobody_at_all_alerts_wait_and_the_tick_raises(desk: Desk) -> None:
    """They are told at once when somebody listens, all of them, by the next tick."""
    desk.webhook, desk.topic.listening = Webhook(), False
    for name in ("a", "b"):
        with pytest.raises(
            NobodyListeningError, match=r"^Alerts wait .*confirm the topic's e-mail"
        ) as caught:
            desk.tick(name)
        desk.now += timedelta(minutes=5)
    assert (caught.value.pending, caught.value.oldest) == (2, NOW)
    assert desk.health() == []
    assert {one.owed for one in desk.backend.outbox().alerts(NOW)} == {frozenset({"sns"})}
    desk.topic.listening = True
    assert desk.tick() == (2, 0)
    assert desk.topic.taken == [["a", "b"]]
    assert desk.tick() == (0, 0)


def test_what_is_written_while_the_secret_is_unread_is_owed_to_slack_too(desk: Desk) -> None:
    """Slack hears it, and a trouble's beginning, once its address is known again; SNS hears it at once."""
    desk.tick("a")
    desk.webhook = Webhook(is_known=False)
    assert desk.tick("b") == (0, 1)
    desk.webhook = Webhook(WEBHOOK)
    assert desk.tick() == (1, 0)
    assert desk.slack.taken == desk.topic.taken == [["a"], ["b"]]


def test_a_slack_that_was_never_there_is_owed_nothing(desk: Desk) -> None:
    """Nor one that was taken out before the secret could not be read any more."""
    for known in (Webhook(is_known=False), Webhook(), Webhook(is_known=False)):
        desk.webhook = known
        assert desk.tick("x" + str(desk.now))[1] == 0
    desk.webhook = Webhook(WEBHOOK)
    desk.tick()
    assert desk.slack.taken == []


def test_what_waited_for_a_listener_is_told_by_slack_once_there_is_slack(desk: Desk) -> None:
    """Who waits for nobody in particular gets the first channel there is."""
    desk.webhook, desk.topic.listening = Webhook(), False
    with pytest.raises(NobodyListeningError):
        desk.tick("a")
    desk.webhook = Webhook(WEBHOOK)
    assert desk.tick()[1] == 0
    assert "a" in desk.slack.taken[0]


def test_nobody_listening_raises_only_where_something_waits(desk: Desk) -> None:
    """A tick without news has nothing that could be missed."""
    desk.webhook, desk.topic.listening = Webhook(), False
    assert desk.tick() == (0, 0)


def test_a_topic_that_cannot_be_looked_at_is_as_it_was(desk: Desk) -> None:
    """While SNS does not say, what was last known holds, and nothing is claimed about it."""
    desk.tick()
    desk.topic.problem = UNKNOWN
    assert desk.tick("a") == (1, 0)
    assert desk.topic.taken == [["a"]]
    assert str(UNKNOWN) in desk.log.lines[0]["reason"]


def test_a_topic_that_was_never_looked_at_is_not_spoken_of(desk: Desk) -> None:
    """Slack is told what there is, and not that nobody listens: that is not known."""
    desk.topic.problem = UNKNOWN
    assert desk.tick("a") == (1, 0)
    assert (desk.slack.taken, desk.topic.asked, desk.health()) == ([["a"]], 0, [])
    assert desk.backend.ledger().memory() == Memory(slack=True)


@pytest.mark.parametrize("refusing", ["slack", "sns"])
def test_a_channel_that_refuses_is_told_of_through_the_other(desk: Desk, refusing: str) -> None:
    """Once when it begins and once when it ends, in the same tick; alerts are told by who takes them."""
    bad, good = (desk.slack, desk.topic) if refusing == "slack" else (desk.topic, desk.slack)
    bad.answers = [REFUSED, REFUSED]
    assert desk.tick("a") == (2, 0)
    assert desk.tick("b") == (1, 0)
    assert desk.health() == [(refusing, "critical")]
    assert bad.taken == []
    assert desk.tick("c") == (2, 0)
    assert desk.health() == [(refusing, "critical"), (refusing, "info")]
    begun, ended = (
        one.alert.id for one in desk.backend.outbox().alerts(NOW) if one.alert.kind is Kind.HEALTH
    )
    assert good.taken == [["a"], [begun], ["b"], ["c"], [ended]]
    assert bad.taken == [["c"], [ended]]


def test_a_lost_claim_tells_nothing(desk: Desk) -> None:
    """Another tick was first: it tells, and this one says that it lost."""
    old = desk.backend.ledger().record(State(started_at=NOW), State(started_at=NOW), {}, {})
    desk.tick("a")
    with pytest.raises(LostRaceError):
        desk.tell(Decision(others=(alert(id="b"),)), old)
    assert desk.slack.taken == desk.topic.taken == [["a"]]


def test_a_stuck_alert_does_not_hold_back_the_place_to_look_from(desk: Desk) -> None:
    """What was told is looked at no more, though something newer waits."""
    desk.slack.answers = [DOWN, None, DOWN]
    assert desk.tick("a") == (0, 1)
    assert desk.tick() == (1, 0)
    desk.tick("b")
    state = desk.backend.ledger().state()
    assert state is not None
    assert state.outbox_since == NOW + timedelta(minutes=10)


def other_tick(desk: Desk) -> None:
    """Let another tick write in between."""
    state = desk.backend.ledger().state() or State(started_at=NOW)
    desk.backend.ledger().apply(state, Decision(others=(alert(id="x"),)), ["slack"], desk.now)


def test_a_race_lost_after_telling_hides_nothing(desk: Desk) -> None:
    """What was told counts; that the outbox is empty is left to the tick that wrote in between."""
    desk.tick()
    desk.topic.during = lambda: other_tick(desk)
    assert desk.tick("a")[0] == 1
    desk.topic.during = lambda: None
    state = desk.backend.ledger().state()
    assert state is not None
    assert state.outbox_since is not None
    assert desk.tick() == (1, 0)
    assert desk.slack.taken == [["a"], ["x"]]


def test_a_race_lost_while_telling_of_a_refusal_hides_nothing(desk: Desk) -> None:
    """The refusal is told of by a later tick that meets it."""
    desk.tick()
    desk.slack.answers = [REFUSED]
    desk.topic.during = lambda: other_tick(desk)
    assert desk.tick("a")[0] == 1
    assert desk.health() == []
    assert desk.topic.taken == [["a"]]


def test_an_empty_outbox_that_could_not_be_noted_is_looked_at_again(desk: Desk) -> None:
    """The write is lost, the alerts are told, and the next tick finds nothing left to send."""
    desk.tick()
    lost = LostRaceError("as if another tick had been first")
    desk.client = Failing(desk.backend.client, "transact_write_items", lost, after=1)
    assert desk.tick("a") == (1, 0)
    desk.client = None
    assert desk.tick() == (0, 0)
    assert desk.slack.asked == 1
    state = desk.backend.ledger().state()
    assert state is not None
    assert state.outbox_since is None


def test_no_address_is_ever_logged(desk: Desk) -> None:
    """Whatever goes wrong, the webhook stays a secret."""
    desk.slack.answers = [DOWN, REFUSED, ValueError("https://hooks.slack.example/secret")]
    for name in ("a", "b", "c"):
        desk.tick(name)
    assert len(desk.log.lines) == 3
    assert "secret" not in desk.log.text

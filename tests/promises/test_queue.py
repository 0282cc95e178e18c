"""Several accounts through a queue: each message is a tick, in whatever order and however late it comes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.alerts import ChannelTest, Severity
from budget_alert.app import lambda_handler
from budget_alert.errors import SecretError
from standins.poe_store import microseconds
from tests.promises.test_handler import Context
from tests.support.team import Team, key_of, team_deployment
from tests.support.world import KEY, START

FIVE = timedelta(minutes=5)


@pytest.fixture
def new() -> Iterator[Team]:
    """Give a team of three accounts, monitored through the queue."""
    with team_deployment("research", "production", "staging", queued=True) as team:
        yield team


@pytest.fixture
def queued(new: Team) -> Team:
    """Give a team that was welcomed."""
    new.serve()
    new.sent()
    return new


def sent_at(at: datetime, account: str = "research", **more: str) -> dict[str, object]:
    """Make a message that was sent at an instant and is received now."""
    sent = str(microseconds(at) // 1000)
    return {
        "MessageId": f"{account} {sent}",
        "Body": json.dumps({"account": account}),
        "Attributes": {"SentTimestamp": sent, **more},
    }


def test_a_batch_serves_each_of_its_accounts(new: Team) -> None:
    """The schedule only puts accounts there; what is counted and sent is what it is in turn."""
    new.spend("production", 600)
    answer = new.round()
    assert (answer["queued"], answer["pages"]) == (4, 0)
    assert new.items("research") == []
    assert new.drain() == 0
    assert sorted(new.go_on()) == [
        ("all", "welcome", "welcome", None),
        ("production", "welcome", "welcome", None),
    ]
    new.spend("staging", 500)
    new.round(START + 2 * FIVE)
    assert new.drain(batch=1) == 0
    assert new.sent() == [("all", "budget", "Together", 1000)]
    assert new.points("all") == 1100


def test_what_a_tick_has_sent_is_not_delivered_again(new: Team) -> None:
    """A refused key is no matter for a retry; it does not stop the others of its batch either."""
    new.refuse("production")
    new.spend("research", 600)
    new.round()
    assert new.drain() == 0
    assert ("production", "health", "key", None) in new.sent()
    assert new.points("research") == 600


def test_what_a_tick_could_not_do_is_delivered_again(queued: Team, caplog: pytest.LogCaptureFixture) -> None:
    """Only that account's message is; a text that names no account is, too. The log says why."""
    queued.spoil("staging")
    names = ("research", "staging", "production")
    bodies = [*(json.dumps({"account": name}) for name in names), "poison"]
    messages = [{"MessageId": str(number), "Body": body} for number, body in enumerate(bodies)]
    assert queued.invoke(messages) == {"1", "3"}
    said = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert [(line["due"], line["reason"].split(" ")[0]) for line in said] == [
        ('{"account": "staging"}', "The"),
        ("poison", "DecodeError,"),
    ]


def test_a_late_message_is_passed_over_where_its_work_was_done_since_it_was_sent(new: Team) -> None:
    """So each account is served however late the messages are, and a backlog of them is shed."""
    new.spend("research", 5)
    new.world.later(minutes=30)
    new.invoke([sent_at(START)])
    assert new.points("research") == 5
    new.spend("research", 7)
    new.invoke([sent_at(START + number * FIVE) for number in range(1, 5)])
    assert new.points("research") == 5
    new.invoke([sent_at(START + FIVE, ApproximateReceiveCount="2")])
    assert new.points("research") == 12


def test_work_is_done_where_every_message_outlasts_the_interval(queued: Team) -> None:
    """Each is three intervals late: after each tick those that were sent before it are passed over."""
    ticked = []
    for number in range(1, 13):
        queued.world.now = START + (number + 3) * FIVE
        queued.spend("research", 1)
        queued.invoke([sent_at(START + number * FIVE)])
        ticked.append(queued.points("research"))
    assert ticked == [1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9]


@pytest.mark.parametrize("ahead", [timedelta(minutes=-20), timedelta(minutes=20)])
def test_a_message_has_its_age_by_the_clock_of_the_queue(queued: Team, ahead: timedelta) -> None:
    """Minutes between that clock and the function's make no message late, and none timely."""
    queued.spend("research", 5)
    queued.world.now = START + FIVE
    by_queue = queued.world.now + ahead
    received = str(microseconds(by_queue + timedelta(seconds=1)) // 1000)
    queued.invoke([sent_at(by_queue, ApproximateFirstReceiveTimestamp=received)])
    assert queued.points("research") == 5
    queued.spend("research", 7)
    queued.invoke([sent_at(by_queue - 3 * FIVE, ApproximateFirstReceiveTimestamp=received)])
    assert queued.points("research") == 5


def test_ticks_that_come_too_late_again_and_again_are_named(queued: Team) -> None:
    """One interval that is passed over is none; the end is sent when ticks come in time."""
    for number in (1, 2):
        queued.world.now = START + number * 3 * FIVE
        queued.invoke([sent_at(queued.world.now - timedelta(minutes=9), "all")])
        assert ("all", "health", "queue", None) in queued.sent() or number == 1
    queued.world.now += FIVE
    queued.invoke([sent_at(queued.world.now, name) for name in ("research", "production", "staging")])
    queued.invoke([sent_at(queued.world.now - timedelta(minutes=2), "all")])
    assert [rule for _, _, rule, _ in queued.sent()].count("queue") == 1
    queued.invoke([sent_at(queued.world.now, "all")])
    assert queued.sent() == []


def serve(team: Team, *names: str, busy: bool = True) -> None:
    """Serve accounts one after the other, where they are busy with usage of the first two between them."""
    for name in names:
        for spender in list(team.spent)[: 2 * busy]:
            team.spend(spender, 3)
        team.tick(name)
        team.world.later(seconds=20 * busy)


def test_busy_twins_are_named_and_so_is_a_second_pair() -> None:
    """Their newest rows are never the same, for somebody spends between their readings."""
    with team_deployment("ada", "bob", "cleo", "dora", queued=True) as team:
        for twin, name in (("cleo", "ada"), ("dora", "bob")):
            team.poes.accounts[key_of(twin)] = team.poe(name)
            team.poe(name).keys.add(key_of(twin))
        for number in range(4):
            team.world.now = START + number * FIVE
            serve(team, "ada", "bob", "cleo", "dora", "all")
        assert [sent for sent in team.sent() if sent[2] == "twins"] == [("all", "health", "twins", None)]
        said = str(team.world.slack.payloads)
        assert all(f'"{one}" and "{two}" are one' in said for one, two in (("ada", "cleo"), ("bob", "dora")))


@pytest.mark.parametrize("busy", [True, False])
def test_swapped_keys_are_not_taken_for_twins(*, busy: bool) -> None:
    """Each has read for a while what is the other's history from now on, and all together come in between."""
    with team_deployment("ada", "bob", queued=True) as team:
        for number in range(10):
            team.world.now = START + number * FIVE
            if number == 4:
                team.hold({"ada": key_of("bob"), "bob": key_of("ada")})
            serve(team, "ada", "all", "bob", "all", busy=busy or number < 4)
        assert not [sent for sent in team.sent() if sent[2] == "twins"]


def test_an_account_that_has_left_is_passed_over(new: Team) -> None:
    """Its message was sent before it left; nothing is written of it."""
    assert new.tick("gone") == set()
    assert new.items("gone") == []
    new.world.keep_secret(KEY)
    assert new.tick("all") == set()
    assert new.items("all") == []


def test_without_a_secret_all_together_say_so_and_the_others_wait(queued: Team) -> None:
    """The schedule's own invocation says it, for it knows nobody to put into the queue."""
    queued.world.keep_secret("{")
    with pytest.raises(SecretError):
        queued.round(START + FIVE)
    assert queued.sent() == [("all", "health", "secret", None)]
    assert queued.tick("research") == set()


def test_a_test_needs_no_queue(queued: Team) -> None:
    """Who asks for one wants its answer."""
    assert queued.round(START + FIVE, test=ChannelTest(Severity.INFO))["channels"] == {"slack": "", "sns": ""}


def test_the_handler_serves_the_schedule_and_the_queue(new: Team) -> None:
    """Whatever event comes, one function answers it."""
    new.spend("research", 5, datetime.now(UTC))
    assert lambda_handler({"source": "aws.scheduler"}, Context())["queued"] == 4
    record = {"messageId": "1", "eventSource": "aws:sqs", "body": '{"account": "research"}', "attributes": {}}
    sent = {"SentTimestamp": str(microseconds(datetime.now(UTC)) // 1000), "ApproximateReceiveCount": "1"}
    event = {"Records": [{**record, "attributes": sent}]}
    assert lambda_handler(event, Context()) == {"batchItemFailures": []}
    assert len(new.items("research", "cursor")) == 1
    assert lambda_handler({"Records": "of something else"}, Context())["queued"] == 4

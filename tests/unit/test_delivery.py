"""One delivery: each channel gets what it is owed, once, whatever the others do."""

import pytest

from budget_alert.sending import Sent, deliver
from tests.support.fake_channels import REFUSED, STRANGE, UNSURE
from tests.support.ledgers import NOW
from tests.support.office import Office, counts
from tests.support.tables import Backend

pytest_plugins = ["tests.promises.dynamodb"]


@pytest.fixture
def office(moto: Backend) -> Office:
    """Give an office with nothing to do."""
    return Office(moto)


def test_an_empty_outbox_costs_nothing(office: Office) -> None:
    """Where nothing is owed, the table is not even read."""
    tools = office.tools()
    assert deliver(tools, tools.outbox, (office.slack,), None) == Sent()
    assert office.backend.calls == []


def test_all_that_waits_is_one_message_for_each_channel(office: Office) -> None:
    """Alerts of this tick and of earlier ones go together, and are not sent again."""
    office.owe("a", "b")
    office.later()
    office.owe("c")
    assert office.run() == (3, 0)
    assert office.run() == (0, 0)
    assert office.slack.taken == office.sns.taken == [["a", "b", "c"]]
    assert (office.slack.asked, office.sns.asked) == (1, 1)


def test_the_outbox_is_read_once(office: Office) -> None:
    """For two channels: a look at their leases, one at the alerts; then each is leased, marked, given up."""
    office.owe("a", "b")
    office.calls()
    assert office.run() == (2, 0)
    lease, mark, release = "UpdateItem", "TransactWriteItems", "UpdateItem"
    assert office.calls() == ["BatchGetItem", "Query", *[lease, mark, release] * 2]


def test_what_everybody_refuses_waits_and_is_tried_again(office: Office) -> None:
    """Nothing is lost: it is pending until somebody takes it, and the mark is written once."""
    office.slack.answers = [REFUSED, REFUSED]
    office.owe("a", to=("slack",))
    assert office.run(office.slack) == (0, 1)
    updates = sum(operation == "UpdateItem" for operation, _ in office.backend.calls)
    assert office.run(office.slack) == (0, 1)
    again = sum(operation == "UpdateItem" for operation, _ in office.backend.calls) - updates
    assert (updates, again) == (3, 2)
    assert office.run(office.slack) == (1, 0)
    assert office.slack.taken == [["a"]]


def test_an_alert_that_a_channel_refuses_holds_back_no_later_one(office: Office) -> None:
    """What was refused goes apart from what is new, so that one bad alert is not the end of all."""
    office.slack.refuses = "bad"
    office.owe("bad", to=("slack",))
    office.run(office.slack)
    office.later()
    office.owe("good", to=("slack",))
    sent = office.delivered(office.slack)
    assert counts(sent) == (1, 1)
    assert office.slack.taken == [["good"]]
    assert sent.answers == {"slack": str(REFUSED)}


def test_repeats_of_what_may_have_arrived_are_few(office: Office) -> None:
    """A channel that never answers gets an alert three times, then once a day, marked as maybe a repeat."""
    office.slack.answers = [UNSURE] * 6
    office.owe("a", to=("slack",))
    for _ in range(2 * 24 * 12):
        assert office.run(office.slack) == (0, 1)
        office.later(300)
    assert office.slack.asked == 3 + 1
    assert [title.startswith("Maybe a repeat: ") for title in office.slack.titles] == [
        False,
        True,
        True,
        True,
    ]


def test_what_may_have_arrived_is_told_through_another_in_the_end(office: Office) -> None:
    """After the third time a channel counts as one that refuses, which is said; its cure ends that."""
    office.slack.answers = [UNSURE] * 3
    office.owe("a", to=("slack",))
    for _ in range(2):
        assert office.run() == (0, 1)
        office.later()
    sent = office.delivered()
    assert counts(sent) == (1, 0)
    assert sent.answers == {"slack": str(UNSURE), "sns": ""}
    assert office.sns.taken == [["a"]]


def test_a_strange_answer_is_named_at_once(office: Office) -> None:
    """What is no “ok” is no silence: its words are said the first time, and repeats are as few."""
    office.slack.answers = [STRANGE] * 9
    office.owe("a", to=("slack",))
    assert office.delivered(office.slack).answers == {"slack": str(STRANGE)}
    for _ in range(9):
        office.later()
        office.run(office.slack)
    assert office.slack.asked == 3


def test_a_late_ok_ends_the_repeats(office: Office) -> None:
    """What is new goes apart from what may be there already, and once it is taken it is not sent again."""
    office.slack.answers = [UNSURE]
    office.owe("a", to=("slack",))
    office.run(office.slack)
    office.later()
    office.owe("b", to=("slack",))
    assert office.run(office.slack) == (2, 0)
    assert office.slack.taken == [["b"], ["a"]]


def test_a_message_holds_no_more_than_one_write_can_mark(office: Office) -> None:
    """All alerts of a message are marked in one write, so a kill between two marks cannot be."""
    for first in range(0, 240, 60):
        office.owe(*(f"a{number}" for number in range(first, first + 60)), to=("slack",))
    assert office.run(office.slack) == (240, 0)
    assert [len(taken) for taken in office.slack.taken] == [100, 100, 40]
    marks = [request for operation, request in office.backend.calls if "Update" in str(request)[:60]]
    assert [len(one["TransactItems"]) for one in marks if "TransactItems" in one] == [100, 100, 40]


def test_with_no_channel_all_stays_pending(office: Office) -> None:
    """Nobody is there to tell; how many wait is said, and since when."""
    office.owe("a", "b", to=("sns",))
    tools = office.tools()
    assert deliver(tools, tools.outbox, (), NOW) == Sent(pending=2, oldest=NOW)


@pytest.mark.parametrize(
    ("left", "shares"), [(22.0, [10.0, 20.0]), (6.0, [2.0, 4.0]), (1.0, [2.0, 2.0]), (-1.0, [2.0, 2.0])]
)
def test_a_channel_that_hangs_leaves_the_others_their_time(
    office: Office, left: float, shares: list[float]
) -> None:
    """The time left, less what marking takes, is shared by those still to be told; at least two seconds."""
    office.owe("a")
    office.left = left
    office.run()
    assert office.slack.seconds + office.sns.seconds == shares

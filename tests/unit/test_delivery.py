"""One delivery: each channel gets what it is owed, once, whatever the others do.

Of deliveries that are overtaken or failed by the table nothing is lost, and little repeated.
"""

from datetime import datetime, timedelta

import pytest
from botocore.exceptions import ConnectionClosedError

from budget_alert.errors import LedgerError
from budget_alert.ledger.outbox import Outbox
from budget_alert.sending import Sent, deliver
from tests.support.fake_channels import REFUSED, STRANGE, UNSURE
from tests.support.ledgers import NOW
from tests.support.office import Office, counts
from tests.support.tables import failing_once

NOTHING_ANSWERS = ConnectionClosedError(endpoint_url="http://127.0.0.1")
LEASE, MARK, RELEASE = 0, 1, 2
"""Which update of the table each is, where one channel takes one alert."""


@pytest.fixture
def office() -> Office:
    """Give an office with nothing sent yet."""
    return Office()


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
    assert office.run("slack") == (0, 1)
    updates = sum(operation == "UpdateItem" for operation, _ in office.backend.calls)
    assert office.run("slack") == (0, 1)
    again = sum(operation == "UpdateItem" for operation, _ in office.backend.calls) - updates
    assert (updates, again) == (3, 2)
    assert office.run("slack") == (1, 0)
    assert office.slack.taken == [["a"]]


def test_an_alert_that_a_channel_refuses_holds_back_no_later_one(office: Office) -> None:
    """What was refused goes apart from what is new, so that one bad alert is not the end of all."""
    office.slack.refuses = "bad"
    office.owe("bad", to=("slack",))
    office.run("slack")
    office.later()
    office.owe("good", to=("slack",))
    sent = office.delivered("slack")
    assert counts(sent) == (1, 1)
    assert office.slack.taken == [["good"]]
    assert sent.answers == {"slack": str(REFUSED)}


def test_repeats_of_what_may_have_arrived_are_few(office: Office) -> None:
    """A channel that never answers gets an alert three times, then once a day, marked as maybe a repeat."""
    office.slack.answers = [UNSURE] * 6
    office.owe("a", to=("slack",))
    for _ in range(2 * 24 * 12):
        assert office.run("slack") == (0, 1)
        office.later(300)
    assert office.slack.asked == 3 + 1
    assert [title.startswith("Maybe a repeat: ") for title in office.slack.titles] == [
        False,
        True,
        True,
        True,
    ]


def test_what_may_have_arrived_is_sent_through_another_in_the_end(office: Office) -> None:
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
    assert office.delivered("slack").answers == {"slack": str(STRANGE)}
    for _ in range(9):
        office.later()
        office.run("slack")
    assert office.slack.asked == 3


def test_a_late_ok_ends_the_repeats(office: Office) -> None:
    """What is new goes apart from what may be there already, and once it is taken it is not sent again."""
    office.slack.answers = [UNSURE]
    office.owe("a", to=("slack",))
    office.run("slack")
    office.later()
    office.owe("b", to=("slack",))
    assert office.run("slack") == (2, 0)
    assert office.slack.taken == [["b"], ["a"]]


def test_a_message_holds_no_more_than_one_write_can_mark(office: Office) -> None:
    """All alerts of a message are marked in one write, so a kill between two marks cannot be."""
    for first in range(0, 240, 60):
        office.owe(*(f"a{number}" for number in range(first, first + 60)), to=("slack",))
    assert office.run("slack") == (240, 0)
    assert [len(taken) for taken in office.slack.taken] == [100, 100, 40]
    marks = [request for operation, request in office.backend.calls if "Update" in str(request)[:60]]
    assert [len(one["TransactItems"]) for one in marks if "TransactItems" in one] == [100, 100, 40]


def test_with_no_channel_all_stays_pending(office: Office) -> None:
    """Nobody is there to tell; how many wait is said, and since when."""
    office.owe("a", "b", to=("sns",))
    tools = office.tools()
    assert deliver(tools, tools.outbox, {}, NOW) == Sent(pending=2, oldest=NOW)


@pytest.mark.parametrize(
    ("left", "shares"), [(22.0, [10.0, 20.0]), (6.0, [2.0, 4.0]), (1.0, [2.0, 2.0]), (-1.0, [2.0, 2.0])]
)
def test_a_channel_that_hangs_leaves_the_others_their_time(
    office: Office, left: float, shares: list[float]
) -> None:
    """The time left, less what marking takes, is shared by those still to be sent; at least two seconds."""
    office.owe("a")
    office.left = left
    office.run()
    assert office.slack.seconds + office.sns.seconds == shares


def fail(office: Office, update: int) -> None:
    """Let one of the next updates of the table fail."""
    office.client = failing_once(office.backend.client, "update_item", NOTHING_ANSWERS, update)


def test_what_another_delivery_has_sent_just_now_is_not_sent_again(office: Office) -> None:
    """Between reading the outbox and getting the lease another tick may come through: the lease says so."""

    class Overtaken(Outbox):
        def lease(self, channel: str, last: str, until: datetime) -> str | None:
            if not office.slack.asked:
                office.run("slack")
            return super().lease(channel, last, until)

    office.owe("a")
    late = office.delivered("slack", outbox=Overtaken(office.backend.table()))
    assert (late.sent, late.pending) == (1, 0)
    assert office.slack.asked == 1
    assert "slack" in office.backend.outbox().free(["slack"], NOW)


def test_two_deliveries_at_once_do_not_both_send(office: Office) -> None:
    """While one is sending, another finds the channel taken and leaves it alone."""
    office.owe("a")
    meanwhile = []
    office.slack.during = lambda: meanwhile.append(office.run("slack"))
    assert office.run() == (1, 0)
    assert meanwhile == [(0, 1)]
    assert (office.slack.taken, office.sns.taken) == ([["a"]], [["a"]])


def test_a_lease_lasts_until_the_tick_is_surely_over(office: Office) -> None:
    """From the present instant, however late in the tick, to five seconds beyond the function's end."""
    office.owe("a")
    office.later(200)
    ends = []

    def look() -> None:
        ends.append(office.backend.items("lease#")["lease#slack"]["leased_until"]["N"])

    office.slack.during = look
    office.run()
    assert ends == [str(int((NOW + timedelta(seconds=235)).timestamp() * 1000))]


def test_a_defect_in_one_channel_does_not_silence_the_others(office: Office) -> None:
    """What nobody foresaw is logged by its type alone, the alert stays owed, and the others are sent."""
    office.slack.answers = [RuntimeError("https://hooks.slack.example/secret")]
    office.owe("a")
    assert office.run() == (0, 1)
    assert office.sns.taken == [["a"]]
    (line,) = office.log.lines
    assert (line["level"], line["channel"]) == ("ERROR", "slack")
    assert "RuntimeError" in line["reason"]
    assert "secret" not in office.log.text
    assert office.run() == (1, 0)
    assert office.sns.asked == 1


def test_a_table_that_fails_while_marking_gives_the_lease_back(office: Office) -> None:
    """The tick fails, and the next one can send at once instead of waiting for a lease nobody uses."""
    office.owe("a")
    fail(office, MARK)
    with pytest.raises(LedgerError):
        office.run()
    assert office.run() == (1, 0)
    assert office.slack.taken == [["a"], ["a"]]


def test_a_lease_that_cannot_be_given_back_fails_nothing(office: Office) -> None:
    """What was sent and marked is so; the lease runs out by itself."""
    office.owe("a")
    fail(office, RELEASE)
    assert office.run() == (1, 0)
    assert office.sns.taken == [["a"]]
    assert "lease" in office.log.lines[0]["message"]


def test_a_table_that_fails_raises(office: Office) -> None:
    """Without a lease nothing is sent."""
    office.owe("a")
    fail(office, LEASE)
    with pytest.raises(LedgerError):
        office.run()
    assert office.slack.asked == office.sns.asked == 0

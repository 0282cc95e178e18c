"""Deliveries that are killed, overtaken or failed by the table: nothing is lost, and little repeated."""

from datetime import datetime, timedelta

import pytest
from botocore.exceptions import ConnectionClosedError

from budget_alert.errors import LedgerError
from budget_alert.ledger.outbox import Outbox
from tests.support.ledgers import NOW, KilledError
from tests.support.office import Office
from tests.support.tables import Backend, Failing

pytest_plugins = ["tests.promises.dynamodb"]

NOTHING_ANSWERS = ConnectionClosedError(endpoint_url="http://127.0.0.1")
LEASE, MARK, RELEASE = 0, 1, 2
"""Which update of the table each is, where one channel takes one alert."""


@pytest.fixture
def office(moto: Backend) -> Office:
    """Give an office with nothing to do."""
    return Office(moto)


def fail(office: Office, update: int, error: BaseException = NOTHING_ANSWERS) -> None:
    """Let one of the next updates of the table fail."""
    office.client = Failing(office.backend.client, "update_item", error, after=update, times=1)


def test_a_crash_between_acceptance_and_mark_repeats_and_never_loses(office: Office) -> None:
    """The message was accepted, and nobody knows: once the lease has run out it is sent again."""
    office.owe("a")
    fail(office, MARK, KilledError())
    with pytest.raises(KilledError):
        office.run()
    office.client = None
    assert office.slack.taken == [["a"]]
    office.later()
    assert office.run() == (1, 0)
    assert (office.slack.taken, office.sns.taken) == ([["a"], ["a"]], [["a"]])


def test_a_crash_in_the_middle_of_sending_loses_nothing(office: Office) -> None:
    """While the lease lasts nobody else sends to that channel; afterwards the next tick does."""
    office.owe("a")
    office.slack.answers = [KilledError()]
    with pytest.raises(KilledError):
        office.run()
    office.later(34)
    assert office.run() == (0, 1)
    assert (office.slack.asked, office.sns.taken) == (1, [["a"]])
    office.later(1)
    assert office.run() == (1, 0)
    assert office.slack.taken == [["a"]]


def test_two_deliveries_at_once_do_not_both_send(office: Office) -> None:
    """While one is sending, another finds the channel taken and leaves it alone."""
    office.owe("a")
    meanwhile = []
    office.slack.during = lambda: meanwhile.append(office.run(office.slack))
    assert office.run() == (1, 0)
    assert meanwhile == [(0, 1)]
    assert (office.slack.taken, office.sns.taken) == ([["a"]], [["a"]])


def test_what_another_delivery_has_sent_just_now_is_not_sent_again(office: Office) -> None:
    """Between reading the outbox and getting the lease another tick may come through: the lease says so."""

    class Overtaken(Outbox):
        def lease(self, channel: str, last: str, until: datetime) -> str | None:
            if not office.slack.asked:
                office.run(office.slack)
            return super().lease(channel, last, until)

    office.owe("a")
    late = office.delivered(office.slack, outbox=Overtaken(office.backend.table()))
    assert (late.sent, late.pending) == (1, 0)
    assert office.slack.asked == 1
    assert "slack" in office.backend.outbox().free(["slack"], NOW)


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
    """What nobody foresaw is logged by its type alone, the alert stays owed, and the others are told."""
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

"""The laws of the delivery over any ticks: nothing is lost, and without a crash nothing is sent twice."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import given, strategies as st

from budget_alert.sending import Sent
from standins.memory_aws import Killed
from tests.support.fake_channels import DOWN, REFUSED, FakeChannel, Log
from tests.support.office import Office

LOG = Log()
DEFECT = ValueError()
Tick = tuple[int, BaseException | None, BaseException | None]


def ticks(*outcomes: BaseException | None) -> st.SearchStrategy[list[Tick]]:
    """Give ticks: how many new alerts, and how Slack and SNS answer."""
    return st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(outcomes), st.sampled_from(outcomes)), max_size=8
    )


@dataclass
class Ticking(Office):
    """An account, with ticks that find new alerts."""

    log: Log = LOG
    ids: list[str] = field(default_factory=list)

    def delivers(self, count: int, slack: BaseException | None, sns: BaseException | None) -> Sent:
        """Write new alerts, and deliver to channels that answer so."""
        self.later(300)
        self.slack.answers, self.sns.answers = [slack] * 9, [sns] * 9
        new = [f"a{len(self.ids) + n}" for n in range(count)]
        self.ids += new
        self.owe(*new)
        return self.delivered()


def taken(channel: FakeChannel) -> Counter[str]:
    """Count how often a channel took each alert."""
    return Counter(name for ids in channel.taken for name in ids)


@given(history=ticks(None, DOWN, DEFECT))
def test_every_channel_takes_every_alert_once(history: list[Tick]) -> None:
    """However often channels are down, what was owed arrives once in each, and is counted as sent once."""
    office = Ticking()
    sent = sum(office.delivers(*tick).sent for tick in history)
    last = office.delivers(0, None, None)
    assert taken(office.slack) == taken(office.sns) == Counter(office.ids)
    assert (sent + last.sent, last.pending) == (len(office.ids), 0)


@given(history=ticks(None, DOWN, REFUSED))
def test_what_is_refused_for_good_is_sent_by_another(history: list[Tick]) -> None:
    """Whatever is refused where, every alert arrives somewhere, and nowhere twice."""
    office = Ticking()
    sent = sum(office.delivers(*tick).sent for tick in history)
    last = office.delivers(0, None, None)
    everywhere = taken(office.slack) + taken(office.sns)
    assert set(everywhere) == set(office.ids)
    assert max([*taken(office.slack).values(), *taken(office.sns).values()], default=1) == 1
    assert (sent + last.sent, last.pending) == (len(office.ids), 0)


@given(history=ticks(None, DOWN, REFUSED, Killed()))
def test_no_crash_loses_an_alert(history: list[Tick]) -> None:
    """Wherever a tick is killed while it sends, every alert arrives in the end."""
    office = Ticking()
    for tick in history:
        with suppress(Killed):
            office.delivers(*tick)
    assert office.delivers(0, None, None).pending == 0
    assert set(taken(office.slack) + taken(office.sns)) == set(office.ids)

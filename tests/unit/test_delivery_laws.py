"""The laws of the delivery over any ticks: nothing is lost, and without a crash nothing is sent twice."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, strategies as st

from budget_alert.ledger.ledger import Ledger
from budget_alert.rules.decision import Decision
from budget_alert.sending import Sent, deliver
from budget_alert.usage.state import State
from tests.support.fake_channels import DOWN, REFUSED, FakeChannel, Log
from tests.support.ledgers import NOW, KilledError
from tests.support.made_messages import alert
from tests.support.memory_table import MemoryTable
from tests.support.office import tools_of

LOG = Log()
DEFECT = ValueError()
Tick = tuple[int, BaseException | None, BaseException | None]


def ticks(*outcomes: BaseException | None) -> st.SearchStrategy[list[Tick]]:
    """Give ticks: how many new alerts, and how Slack and SNS answer."""
    return st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(outcomes), st.sampled_from(outcomes)), max_size=8
    )


@dataclass
class Office:
    """An account in memory."""

    slack: FakeChannel = field(default_factory=lambda: FakeChannel("slack"))
    sns: FakeChannel = field(default_factory=lambda: FakeChannel("sns"))
    table: MemoryTable = field(default_factory=MemoryTable)
    now: datetime = NOW
    written: int = 0

    def tick(self, count: int, slack: BaseException | None, sns: BaseException | None) -> Sent:
        """Write new alerts, and deliver to channels that answer so."""
        self.now += timedelta(minutes=5)
        self.slack.answers, self.sns.answers = [slack] * 9, [sns] * 9
        ledger = Ledger(self.table)
        fresh = [alert(id=f"a{self.written + n}") for n in range(count)]
        self.written += count
        state = ledger.state() or State(started_at=NOW)
        ledger.apply(state, Decision(others=tuple(fresh)), ["slack", "sns"], self.now)
        tools = tools_of(table=self.table, slack=self.slack, sns=self.sns, log=LOG, clock=lambda: self.now)
        return deliver(tools, tools.outbox, (self.slack, self.sns), NOW)

    @property
    def ids(self) -> set[str]:
        """Every alert that was written."""
        return {f"a{n}" for n in range(self.written)}


def taken(channel: FakeChannel) -> Counter[str]:
    """Count how often a channel took each alert."""
    return Counter(name for ids in channel.taken for name in ids)


@given(history=ticks(None, DOWN, DEFECT))
def test_every_channel_takes_every_alert_once(history: list[Tick]) -> None:
    """However often channels are down, what was owed arrives once in each, and is counted as sent once."""
    office = Office()
    sent = sum(office.tick(*tick).sent for tick in history)
    last = office.tick(0, None, None)
    assert taken(office.slack) == taken(office.sns) == Counter(office.ids)
    assert (sent + last.sent, last.pending) == (office.written, 0)


@given(history=ticks(None, DOWN, REFUSED))
def test_what_is_refused_for_good_is_sent_by_another(history: list[Tick]) -> None:
    """Whatever is refused where, every alert arrives somewhere, and nowhere twice."""
    office = Office()
    sent = sum(office.tick(*tick).sent for tick in history)
    last = office.tick(0, None, None)
    everywhere = taken(office.slack) + taken(office.sns)
    assert set(everywhere) == office.ids
    assert max([*taken(office.slack).values(), *taken(office.sns).values()], default=1) == 1
    assert (sent + last.sent, last.pending) == (office.written, 0)


@given(history=ticks(None, DOWN, REFUSED, KilledError()))
def test_no_crash_loses_an_alert(history: list[Tick]) -> None:
    """Wherever a tick is killed while it sends, every alert arrives in the end."""
    office = Office()
    for tick in history:
        with suppress(KilledError):
            office.tick(*tick)
    assert office.tick(0, None, None).pending == 0
    assert set(taken(office.slack) + taken(office.sns)) == office.ids

"""One account's sending, tick after tick, to channels that keep what they are sent."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from budget_alert.alerts import Kind
from budget_alert.deadline import Deadline
from budget_alert.ledger.outbox import Outbox
from budget_alert.messages.parts import Places
from budget_alert.rules.decision import Decision
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret
from budget_alert.sending import Sent, deliver, send
from budget_alert.tools import Tools
from budget_alert.usage.state import State
from tests.support.decisions import gathered
from tests.support.fake_channels import FakeChannel, Log
from tests.support.fast import settings
from tests.support.ledgers import NOW
from tests.support.made_messages import alert
from tests.support.tables import Backend, memory_backend

WEBHOOK = Secret("https://hooks.slack.example/secret")
NOWHERE = cast("Any", None)
"""Stands for what sending does not reach."""


@dataclass
class Office:
    """An account's outbox, its two channels, and ticks that send."""

    backend: Backend = field(default_factory=memory_backend)
    slack: FakeChannel = field(default_factory=FakeChannel)
    sns: FakeChannel = field(default_factory=FakeChannel)
    log: Log = field(default_factory=Log)
    now: datetime = NOW
    left: float = 30.0
    secret: Keyring = field(default_factory=lambda: Keyring(slack_url=WEBHOOK))
    client: Any = None
    """What stands for the table's client in the next ticks."""

    def owe(self, *ids: str, to: tuple[str, ...] = ("slack", "sns")) -> None:
        """Put alerts into the outbox."""
        ledger = self.backend.ledger()
        known = ledger.state() or State(started_at=NOW)
        ledger.apply(known, Decision(others=tuple(alert(id=name) for name in ids)), to, self.now)

    def delivered(self, *names: str, outbox: Outbox | None = None) -> Sent:
        """Deliver all since the beginning, to both channels unless told otherwise."""
        tools, both = self.tools(), {"slack": self.slack, "sns": self.sns}
        channels = {name: both[name] for name in names or both}
        return deliver(tools, outbox or tools.outbox, channels, NOW)

    def run(self, *names: str) -> tuple[int, int]:
        """Deliver so, and give how many were sent and how many are pending."""
        return counts(self.delivered(*names))

    def tick(self, *ids: str) -> tuple[int, int]:
        """Send alerts in a new tick, five minutes after the last, and count what was sent and is pending."""
        sent = self.send(Decision(others=tuple(alert(id=name) for name in ids)))
        self.later(300)
        return counts(sent)

    def send(self, decision: Decision, state: State | None = None) -> Sent:
        """Send what was decided, on the stored state unless another is given."""
        ledger = self.backend.ledger()
        state, memory = state or ledger.state() or State(started_at=NOW), ledger.memory()
        seen = gathered(now=self.now, state=state, memory=memory, secret=self.secret)
        return send(self.tools(), seen, state, decision)

    def tools(self) -> Tools:
        """Put together what a tick sends with."""
        return Tools(
            settings=settings(),
            clock=lambda: self.now,
            deadline=Deadline(lambda: self.left),
            secret=NOWHERE,
            config=NOWHERE,
            http=NOWHERE,
            history=NOWHERE,
            table=lambda *_: self.backend.table(self.client),
            fanout=None,
            topic=lambda: self.sns,
            slack=lambda _: self.slack,
            log=self.log.logger,
            meter=NOWHERE,
            places=Places(),
            scope=Scope(),
        )

    def later(self, seconds: float = 60) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def health(self) -> list[tuple[str, str]]:
        """Give the health alerts that were written: rule and severity, oldest first."""
        alerts = [one.alert for one in self.backend.outbox().alerts(NOW)]
        return [(one.rule, one.severity.value) for one in alerts if one.kind is Kind.HEALTH]

    def calls(self) -> list[str]:
        """Take the names of the calls to the table since last asked."""
        names = [operation for operation, _ in self.backend.calls]
        self.backend.calls.clear()
        return names


def counts(sent: Sent) -> tuple[int, int]:
    """Give how many were sent and how many are pending."""
    return sent.sent, sent.pending

"""An outbox, two channels that keep what they are told, and deliveries as ticks make them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from budget_alert.deadline import Deadline
from budget_alert.delivery import Delivered, Delivery
from budget_alert.ledger.outbox import Outbox
from budget_alert.rules.decision import Decision
from budget_alert.usage.state import State
from tests.support.fake_channels import FakeChannel, Log
from tests.support.ledgers import NOW
from tests.support.tables import Backend
from tests.support.telling import alert


@dataclass
class Office:
    """An outbox with two channels, and deliveries as ticks make them."""

    backend: Backend
    slack: FakeChannel = field(default_factory=lambda: FakeChannel("slack"))
    sns: FakeChannel = field(default_factory=lambda: FakeChannel("sns"))
    log: Log = field(default_factory=Log)
    now: datetime = NOW
    left: float = 30.0
    channels: tuple[FakeChannel, ...] | None = None
    """Today's channels; None for both."""

    def owe(self, *ids: str, to: tuple[str, ...] = ("slack", "sns")) -> None:
        """Put alerts into the outbox."""
        ledger = self.backend.ledger()
        known = ledger.state() or State(started_at=NOW)
        ledger.apply(known, Decision(others=tuple(alert(id=name) for name in ids)), to, self.now)

    def delivery(self, *channels: FakeChannel, client: Any = None, outbox: Outbox | None = None) -> Delivery:
        """Make a tick's delivery, to both channels unless told otherwise."""
        return Delivery(
            outbox=outbox or self.backend.outbox(client),
            channels=channels or self._today(),
            account="default",
            clock=lambda: self.now,
            deadline=Deadline(lambda: self.left),
            log=self.log.logger,
        )

    def _today(self) -> tuple[FakeChannel, ...]:
        return (self.slack, self.sns) if self.channels is None else self.channels

    def run(self, *channels: FakeChannel, client: Any = None) -> tuple[int, int]:
        """Deliver all since the beginning, and give how many were sent and how many are pending."""
        return counts(self.delivery(*channels, client=client).run(NOW))

    def later(self, seconds: float = 60) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


def counts(delivered: Delivered) -> tuple[int, int]:
    """Give how many were sent and how many are pending."""
    return delivered.sent, delivered.pending

"""Telling as ticks do it, one after the other, to channels that keep what they are told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from budget_alert.alerts import Kind
from budget_alert.deadline import Deadline
from budget_alert.delivery import Delivered
from budget_alert.rules.decision import Decision
from budget_alert.secret import Secret, Webhook
from budget_alert.telling import Teller, Telling
from budget_alert.usage.state import State
from tests.support.fake_channels import FakeChannel, FakeTopic, Log
from tests.support.ledgers import NOW
from tests.support.tables import Backend
from tests.support.telling import alert

WEBHOOK = Secret("https://hooks.slack.example/secret")
SLACK = Webhook(WEBHOOK)


@dataclass
class Desk:
    """One account's telling, tick after tick."""

    backend: Backend
    slack: FakeChannel = field(default_factory=lambda: FakeChannel("slack"))
    topic: FakeTopic = field(default_factory=lambda: FakeTopic("sns"))
    log: Log = field(default_factory=Log)
    now: datetime = NOW
    webhook: Webhook = SLACK
    client: Any = None

    def tick(self, *ids: str, evaluated: bool = False) -> tuple[int, int]:
        """Tell alerts in a new tick, five minutes after the last, and count what was sent and is pending."""
        delivered = self.tell(Decision(others=tuple(alert(id=name) for name in ids), evaluated=evaluated))
        self.now += timedelta(minutes=5)
        return delivered.sent, delivered.pending

    def tell(self, decision: Decision, state: State | None = None) -> Delivered:
        """Tell a claim, on the stored state unless another is given."""
        ledger = self.backend.ledger()
        teller = Teller(
            account="default",
            ledger=self.backend.ledger(self.client),
            outbox=self.backend.outbox(),
            topic=lambda: self.topic,
            slack=lambda _: self.slack,
            deadline=Deadline(lambda: 30),
            log=self.log.logger,
            clock=lambda: self.now,
            interval=timedelta(minutes=5),
        )
        return teller.tell(
            Telling(
                state=state or ledger.state() or State(started_at=NOW),
                memory=ledger.memory(),
                decision=decision,
                webhook=self.webhook,
                zone="Europe/London",
                now=self.now,
            )
        )

    def health(self) -> list[tuple[str, str]]:
        """Give the health alerts that were written: rule and severity, oldest first."""
        alerts = [one.alert for one in self.backend.outbox().alerts(NOW)]
        return [(one.rule, one.severity.value) for one in alerts if one.kind is Kind.HEALTH]

    def written(self) -> list[set[str]]:
        """Give the keys of each transaction since last asked."""
        transactions = self.backend.transactions()
        self.backend.calls.clear()
        return transactions

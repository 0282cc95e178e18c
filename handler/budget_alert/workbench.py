"""What the ticks of one invocation share, and what each of them needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from budget_alert.deadline import Deadline
from budget_alert.errors import SecretError
from budget_alert.fanout import Fanout
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.partitions import TablePartitions
from budget_alert.ledger.table import Table
from budget_alert.messages.parts import Link
from budget_alert.parameters import AccountSecret, SharedSecret
from budget_alert.poe.client import Poe
from budget_alert.telling import Teller
from budget_alert.tools import Tools
from budget_alert.usage.combined import is_several

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from aws_lambda_powertools import Logger

    from budget_alert.delivery import Channel
    from budget_alert.http import Http
    from budget_alert.parameters import ConfigReader, SecretReader
    from budget_alert.rules.scope import Scope
    from budget_alert.secret import Keyring, Secret
    from budget_alert.settings import Settings
    from budget_alert.telling import Topic


class Clients(Protocol):
    """AWS's clients."""

    def client(self, service: str) -> Any:  # noqa: ANN401 - which one it is, its name says
        """Give the client of a service, by AWS's name for it."""


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What the ticks of one invocation share.

    `remaining` counts down the seconds to the end of the function; `meter` emits metrics, and beside them the
    name of an account. `webhooks` are the channels to Slack, one for each address whoever sends there.
    """

    settings: Settings
    remaining: Callable[[], float]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    http: Http
    aws: Clients
    secret: SecretReader
    config: ConfigReader
    log: Logger
    meter: Callable[[Mapping[str, int], str], None]
    webhooks: dict[Secret, Channel] = field(default_factory=dict)

    @property
    def fanout(self) -> Fanout | None:
        """Give the queue in which accounts wait for their ticks; None where one invocation serves all."""
        url = self.settings.queue_url
        return Fanout(self.aws.client("sqs"), url, self.settings.interval) if url else None

    def keyring(self) -> Keyring | None:
        """Give what the secret holds; None where it does not say which accounts there are."""
        try:
            return SharedSecret(self.secret).read()
        except SecretError:
            return None

    def knows_several(self) -> bool:
        """Tell whether several accounts were watched when the secret was last read; raises LedgerError."""
        if roster := Ledger(self._table(TOGETHER)).roster():
            return roster.several
        return is_several(*(Ledger(self._table(account)).state() for account in (TOGETHER, ALONE)))

    def ticked_at(self, account: str) -> datetime | None:
        """Tell when an account's last tick began that has written; raises LedgerError."""
        state = Ledger(self._table(account)).state()
        return state.ticked_at if state else None

    def tools(self, scope: Scope, seconds: float | None = None) -> Tools:
        """Put together what one tick needs; it may take so many seconds, or all that is left."""
        deadline = Deadline(self._share(seconds))
        table = self._table(scope.account, deadline.left)
        ledger = Ledger(table)
        secret = AccountSecret(self.secret, scope.account)
        return Tools(
            scope=scope,
            settle=self.settings.settle,
            interval=self.settings.interval,
            clock=self.clock,
            deadline=deadline,
            secret=SharedSecret(self.secret) if scope.together else secret,
            config=self.config,
            poe=Poe(self.http, self.settings.poe_api_url, secret, deadline, self.sleep),
            ledger=ledger,
            partitions=lambda accounts: TablePartitions(table, accounts),
            teller=Teller(
                account=scope.account,
                speaks_for_all=scope.speaks_for_all,
                ledger=ledger,
                outbox=Outbox(table),
                topic=self._topic,
                slack=self._slack,
                deadline=deadline,
                log=self.log,
                clock=self.clock,
                interval=self.settings.interval,
                links=_links(self.settings),
            ),
            log=self.log,
            meter=lambda metrics: self.meter(metrics, scope.account),
        )

    def _table(self, account: str, left: Callable[[], float] | None = None) -> Table:
        client, name = self.aws.client("dynamodb"), self.settings.table_name
        return Table(client, name, account, sleep=self.sleep, left=left or self.remaining)

    def _share(self, seconds: float | None) -> Callable[[], float]:
        over = max(self.remaining() - seconds, 0) if seconds is not None else 0
        return lambda: self.remaining() - over

    # A tick that tells nothing needs neither of the channels, and most tell nothing.
    def _topic(self) -> Topic:
        from budget_alert.channels.sns import SnsChannel  # noqa: PLC0415 - as said above

        return SnsChannel(self.aws.client("sns"), self.settings.topic_arn)

    def _slack(self, webhook: Secret) -> Channel:
        from budget_alert.channels.slack import SlackChannel  # noqa: PLC0415 - as said above

        if webhook not in self.webhooks:
            self.webhooks[webhook] = SlackChannel(self.http, webhook.reveal(), self.sleep)
        return self.webhooks[webhook]


def _links(settings: Settings) -> tuple[Link, ...]:
    return (Link("Dashboard", settings.dashboard_url),) if settings.dashboard_url else ()

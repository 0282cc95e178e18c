"""The composition root: the only place that touches the environment, boto3 and urllib3."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.config import Config

from budget_alert.deadline import Deadline
from budget_alert.fanout import Fanout
from budget_alert.gathering import Tools
from budget_alert.identity import TOGETHER
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.partitions import TablePartitions
from budget_alert.ledger.table import Table
from budget_alert.messages.parts import Link
from budget_alert.parameters import AccountSecret, ConfigReader, SecretReader
from budget_alert.poe.client import Poe
from budget_alert.poe.connections import connections
from budget_alert.policy.scope import Scope
from budget_alert.settings import Settings, settings_from
from budget_alert.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from budget_alert.credentials import Secret
    from budget_alert.delivery import Channel
    from budget_alert.telling import Topic

AT_ONCE = 8
"""So many accounts are served side by side by one invocation."""
AWS_CALLS = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=AT_ONCE,
)
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "budget-alert")
log = Logger(service=SERVICE)
_printing = Lock()


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


@contextmanager
def workbench(
    remaining_seconds: Callable[[], float],
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Workbench]:
    """Put together what the ticks of one invocation share, and close its connections behind them.

    `remaining_seconds` counts down to the end of the function. Raises SettingsError.
    """
    settings = settings_from(os.environ)
    aws = _clients(_aws_environment(os.environ))
    with connections(AT_ONCE) as http:
        yield Workbench(
            settings=settings,
            remaining=remaining_seconds,
            clock=clock,
            sleep=sleep,
            http=http,
            aws=aws,
            secret=SecretReader(
                SecretsProvider(boto3_client=aws.client("secretsmanager")), settings.secret_id
            ),
            config=ConfigReader(
                SSMProvider(boto3_client=aws.client("ssm")),
                settings.budgets_parameter,
                settings.default_budgets,
            ),
        )


@contextmanager
def tools(
    remaining_seconds: Callable[[], float],
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Tools]:
    """Put together what one tick of an only account needs; as `workbench`."""
    with workbench(remaining_seconds, clock, sleep) as bench:
        yield bench.tools(Scope())


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What the ticks of one invocation share; the clients outlive it, to spare the next one."""

    settings: Settings
    remaining: Callable[[], float]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    http: urllib3.PoolManager
    aws: Clients
    secret: SecretReader
    config: ConfigReader

    @property
    def fanout(self) -> Fanout | None:
        """Give the queue in which accounts wait for their ticks; None where one invocation serves all."""
        url = self.settings.queue_url
        return Fanout(self.aws.client("sqs"), url, self.settings.interval) if url else None

    def knows_several(self) -> bool:
        """Tell whether several accounts were ever summed; raises LedgerError."""
        return Ledger(self._table(TOGETHER)).state() is not None

    def tools(self, scope: Scope, seconds: float | None = None) -> Tools:
        """Put together what one tick needs; it may take so many seconds, or all that is left."""
        table = self._table(scope.account)
        ledger = Ledger(table)
        secret = AccountSecret(self.secret, scope.account)
        deadline = Deadline(self._share(seconds))
        return Tools(
            scope=scope,
            settle=self.settings.settle,
            interval=self.settings.interval,
            clock=self.clock,
            deadline=deadline,
            secret=self.secret if scope.together else secret,
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
                log=log,
                clock=self.clock,
                links=_links(self.settings),
            ),
            log=log,
            meter=lambda metrics: _emit(metrics, scope.account),
        )

    def _table(self, account: str) -> Table:
        return Table(self.aws.client("dynamodb"), self.settings.table_name, account)

    def _share(self, seconds: float | None) -> Callable[[], float]:
        over = max(self.remaining() - seconds, 0) if seconds is not None else 0
        return lambda: self.remaining() - over

    # A tick that tells nothing needs neither of the channels, and most tell nothing.
    def _topic(self) -> Topic:
        from budget_alert.channels.sns import SnsChannel  # noqa: PLC0415 - as said above

        return SnsChannel(self.aws.client("sns"), self.settings.topic_arn)

    def _slack(self, webhook: Secret) -> Channel:
        from budget_alert.channels.slack import SlackChannel  # noqa: PLC0415 - as said above

        return SlackChannel(self.http, webhook.reveal())


def _links(settings: Settings) -> tuple[Link, ...]:
    return (Link("Dashboard", settings.dashboard_url),) if settings.dashboard_url else ()


def _emit(metrics: Mapping[str, int], account: str) -> None:
    """Write metrics to the log, from where CloudWatch takes them: they cost no call.

    The account stands beside them and is no dimension: each of its values would be a metric to pay for.
    """
    metered = EphemeralMetrics(
        namespace="PoeBudgetAlert", service=os.environ.get("POWERTOOLS_SERVICE_NAME", SERVICE)
    )
    metered.add_metadata("account", account)
    for name, value in metrics.items():
        metered.add_metric(name, MetricUnit.Count, value)
    with _printing:
        metered.flush_metrics()


def _aws_environment(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in environ.items() if name.startswith("AWS_")))


class Clients:
    """AWS's clients, each made when it is first asked for, by one thread at a time."""

    def __init__(self) -> None:
        self._session = boto3.Session()
        self._made: dict[str, Any] = {}
        self._making = Lock()

    def client(self, service: str) -> Any:  # noqa: ANN401 - which one it is, its name says
        """Give the client of a service, by AWS's name for it."""
        with self._making:
            if service not in self._made:
                make: Any = self._session.client
                self._made[service] = make(service, config=AWS_CALLS)
            return self._made[service]


@lru_cache(maxsize=1)
def _clients(aws_environment: tuple[tuple[str, str], ...]) -> Clients:  # noqa: ARG001 - it is the key
    """Keep the clients for as long as AWS's part of the environment stays the same."""
    return Clients()

"""The composition root: the only place that touches the environment and boto3, and opens connections."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.config import Config

from budget_alert.deadline import Deadline
from budget_alert.fanout import fan_out
from budget_alert.http import Http
from budget_alert.ledger.ledger import Ledger, Partitions
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from budget_alert.messages.parts import Link
from budget_alert.parameters import read_config, read_secret
from budget_alert.places import places_of
from budget_alert.poe.client import Poe
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret, parse_secret
from budget_alert.settings import Settings, settings_from
from budget_alert.tools import Channel, Tools, Topic

AWS_CALLS = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
)
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "budget-alert")
REQUEST_ID = "function_request_id"
"""Powertools' own name for it."""
log = Logger(service=SERVICE)


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What the ticks of one invocation share.

    `remaining` counts down the seconds to the end of the function; `aws` gives the client of a service, by
    AWS's name for it. `secret` gives what the secret holds, past the cache when `fresh`, and `config` the
    config's text, read once. `webhooks` are the channels to Slack, one for each address whoever sends there.
    """

    settings: Settings
    remaining: Callable[[], float]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    http: Http
    aws: Callable[[str], Any]
    secret: Callable[..., Keyring]
    config: Callable[[], str]
    log: Logger
    webhooks: dict[Secret, Channel] = field(default_factory=dict)

    @property
    def fanout(self) -> Callable[[Sequence[str]], int] | None:
        """Give what puts accounts into the queue of ticks; None where one invocation serves all."""
        url = self.settings.queue_url
        return partial(fan_out, self.aws("sqs"), url, self.settings.interval) if url else None

    def ledger(self, account: str) -> Ledger:
        """Give an account's ledger, for what is asked before its tick begins."""
        return Ledger(self._table(account, self.remaining))

    def tools(self, scope: Scope, seconds: float | None = None) -> Tools:
        """Put together what one tick needs; it may take so many seconds, or all that is left."""
        over = max(self.remaining() - seconds, 0) if seconds is not None else 0
        deadline = Deadline(lambda: self.remaining() - over)
        table = self._table(scope.account, deadline.left)
        dashboard = self.settings.dashboard_url

        def read_key(*, fresh: bool = False) -> Secret:
            return self.secret(fresh=fresh).key_of(scope.account)

        return Tools(
            scope=scope,
            settle=self.settings.settle,
            interval=self.settings.interval,
            clock=self.clock,
            deadline=deadline,
            secret=self.secret,
            config=self.config,
            poe=Poe(self.http, self.settings.poe_api_url, read_key, deadline, self.sleep),
            ledger=Ledger(table),
            partitions=lambda accounts: Partitions(table, accounts),
            outbox=Outbox(table),
            topic=self._topic,
            slack=self._slack,
            links=(Link("Dashboard", dashboard),) if dashboard else (),
            places=places_of(self.settings, SERVICE, os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")),
            log=self.log,
            meter=lambda metrics: _emit(metrics, scope.account),
        )

    def _table(self, account: str, left: Callable[[], float]) -> Table:
        client, name = self.aws("dynamodb"), self.settings.table_name
        return Table(client, name, account, sleep=self.sleep, left=left)

    # Most ticks send nothing, and need neither channel nor its imports.
    def _topic(self) -> Topic:
        from budget_alert.channels.sns import SnsChannel  # noqa: PLC0415 - as said above

        return SnsChannel(self.aws("sns"), self.settings.topic_arn)

    def _slack(self, webhook: Secret) -> Channel:
        from budget_alert.channels.slack import SlackChannel  # noqa: PLC0415 - as said above

        if webhook not in self.webhooks:
            self.webhooks[webhook] = SlackChannel(self.http, webhook.reveal(), self.sleep)
        return self.webhooks[webhook]


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
    aws = _clients(tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))))
    secrets = SecretsProvider(boto3_client=aws("secretsmanager"))
    parameters = SSMProvider(boto3_client=aws("ssm"))
    with Http() as http:
        yield Workbench(
            settings=settings,
            remaining=remaining_seconds,
            clock=clock,
            sleep=sleep,
            http=http,
            aws=aws,
            # Parsed once for all accounts of a round, and forgotten with the invocation.
            secret=partial(
                read_secret,
                secrets,
                settings.secret_id,
                lru_cache(maxsize=1)(partial(parse_secret, takes_clicks=settings.slack_actions)),
            ),
            config=cache(
                partial(read_config, parameters, settings.budgets_parameter, settings.default_budgets)
            ),
            log=log,
        )


@lru_cache(maxsize=1)
def _clients(aws_environment: tuple[tuple[str, str], ...]) -> Callable[[str], Any]:  # noqa: ARG001 - it is the key
    """Give what makes each client once, for as long as AWS's part of the environment stays the same."""
    make: Any = boto3.Session().client
    return lru_cache(lambda service: make(service, config=AWS_CALLS))


def _emit(metrics: Mapping[str, int], account: str) -> None:
    """Write metrics to the log, from where CloudWatch takes them: they cost no call.

    The account stands beside them and is no dimension: each of its values would be a metric to pay for.
    """
    metered = EphemeralMetrics(
        namespace="PoeBudgetAlert", service=os.environ.get("POWERTOOLS_SERVICE_NAME", SERVICE)
    )
    metered.add_metadata("account", account)
    if request_id := log.get_current_keys().get(REQUEST_ID):
        metered.add_metadata(REQUEST_ID, request_id)
    for name, value in metrics.items():
        metered.add_metric(name, MetricUnit.Count, value)
    metered.flush_metrics()

"""The composition root: the only place that touches the environment, boto3 and urllib3."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.config import Config

from budget_alert.channels.slack import SlackChannel
from budget_alert.channels.sns import SnsChannel
from budget_alert.deadline import Deadline
from budget_alert.gathering import Tools
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from budget_alert.messages.parts import Link
from budget_alert.parameters import ConfigReader, SecretReader
from budget_alert.poe.client import Poe
from budget_alert.poe.connections import connections
from budget_alert.settings import Settings, settings_from
from budget_alert.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient

AWS_CALLS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "budget-alert")
log = Logger(service=SERVICE)


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


@contextmanager
def tools(
    remaining_seconds: Callable[[], float],
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Tools]:
    """Put together what one tick needs, and close its connections behind it.

    `remaining_seconds` counts down to the end of the function. Raises SettingsError.
    """
    settings = settings_from(os.environ)
    with connections() as http:
        yield _assembled(settings, http, Deadline(remaining_seconds), clock, sleep)


def _assembled(
    settings: Settings,
    http: urllib3.PoolManager,
    deadline: Deadline,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Tools:
    aws = _clients(_aws_environment(os.environ))
    table = Table(aws.dynamodb, settings.table_name, settings.account)
    ledger = Ledger(table)
    secret = SecretReader(SecretsProvider(boto3_client=aws.secretsmanager), settings.secret_id)
    ssm = SSMProvider(boto3_client=aws.ssm)
    return Tools(
        account=settings.account,
        settle=settings.settle,
        clock=clock,
        deadline=deadline,
        secret=secret,
        config=ConfigReader(ssm, settings.budgets_parameter, settings.default_budgets),
        poe=Poe(http, settings.poe_api_url, secret, deadline, sleep),
        ledger=ledger,
        teller=Teller(
            account=settings.account,
            ledger=ledger,
            outbox=Outbox(table),
            topic=SnsChannel(aws.sns, settings.topic_arn),
            slack=lambda webhook: SlackChannel(http, webhook.reveal()),
            deadline=deadline,
            log=log,
            clock=clock,
            links=_links(settings),
        ),
        log=log,
        meter=_emit,
    )


def _links(settings: Settings) -> tuple[Link, ...]:
    return (Link("Dashboard", settings.dashboard_url),) if settings.dashboard_url else ()


def _emit(metrics: Mapping[str, int]) -> None:
    """Write metrics to the log, from where CloudWatch takes them: they cost no call."""
    metered = EphemeralMetrics(
        namespace="PoeBudgetAlert", service=os.environ.get("POWERTOOLS_SERVICE_NAME", SERVICE)
    )
    for name, value in metrics.items():
        metered.add_metric(name, MetricUnit.Count, value)
    metered.flush_metrics()


def _aws_environment(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in environ.items() if name.startswith("AWS_")))


@dataclass(frozen=True)
class _Clients:
    dynamodb: DynamoDBClient
    secretsmanager: SecretsManagerClient
    sns: SNSClient
    ssm: SSMClient


@lru_cache(maxsize=1)
def _clients(aws_environment: tuple[tuple[str, str], ...]) -> _Clients:  # noqa: ARG001 - it is the key
    """Make the clients once for each AWS environment: they outlive the tick, to spare the next one."""
    session = boto3.Session()
    return _Clients(
        dynamodb=session.client("dynamodb", config=AWS_CALLS),
        secretsmanager=session.client("secretsmanager", config=AWS_CALLS),
        sns=session.client("sns", config=AWS_CALLS),
        ssm=session.client("ssm", config=AWS_CALLS),
    )

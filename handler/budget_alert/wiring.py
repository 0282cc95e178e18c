"""The composition root: the only place that touches the environment, boto3 and urllib3."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.config import Config

from budget_alert.http import Http
from budget_alert.parameters import ConfigReader, SecretReader
from budget_alert.settings import settings_from
from budget_alert.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    with Http() as http:
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
            log=log,
            meter=_emit,
        )


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


def _aws_environment(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in environ.items() if name.startswith("AWS_")))


class _Clients:
    """AWS's clients, each made when it is first asked for."""

    def __init__(self) -> None:
        self._session = boto3.Session()
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - which one it is, its name says
        """Give the client of a service, by AWS's name for it."""
        if service not in self._made:
            make: Any = self._session.client
            self._made[service] = make(service, config=AWS_CALLS)
        return self._made[service]


@lru_cache(maxsize=1)
def _clients(aws_environment: tuple[tuple[str, str], ...]) -> _Clients:  # noqa: ARG001 - it is the key
    """Keep the clients for as long as AWS's part of the environment stays the same."""
    return _Clients()

"""The composition root: the only place that touches the environment and boto3, and opens connections."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
from budget_alert.ledger.table import Table
from budget_alert.parameters import read_config, read_secret
from budget_alert.places import places_of
from budget_alert.poe.client import Poe
from budget_alert.rules.scope import Scope
from budget_alert.secret import Secret, parse_secret
from budget_alert.settings import settings_from
from budget_alert.tools import Channel, Tools, Topic

AWS_CALLS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "budget-alert")
REQUEST_ID = "function_request_id"
"""Powertools' own name for it."""
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
    """Put together what the ticks of one invocation share, and close its connections behind them.

    `remaining_seconds` counts down to the end of the function. Raises SettingsError.
    """
    settings = settings_from(os.environ)
    aws = _clients(tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))))
    secrets = SecretsProvider(boto3_client=aws("secretsmanager"))
    parameters = SSMProvider(boto3_client=aws("ssm"))
    # Parsed once for all accounts of a round, and forgotten with the invocation.
    parse = lru_cache(maxsize=1)(partial(parse_secret, takes_clicks=settings.slack_actions))
    secret = partial(read_secret, secrets, settings.secret_id, parse)
    config = partial(read_config, parameters, settings.budgets_parameter, settings.default_budgets)
    url = settings.queue_url

    def history(account: str, deadline: Deadline) -> Poe:
        def read_key(*, fresh: bool = False) -> Secret:
            return secret(fresh=fresh).key_of(account)

        return Poe(http, settings.poe_api_url, read_key, deadline, sleep)

    def table(account: str, deadline: Deadline) -> Table:
        return Table(aws("dynamodb"), settings.table_name, account, sleep=sleep, left=deadline.left)

    with Http() as http:
        yield Tools(
            settings=settings,
            clock=clock,
            deadline=Deadline(remaining_seconds),
            secret=secret,
            config=cache(config),
            http=http,
            table=table,
            history=history,
            fanout=(lambda accounts: fan_out(aws("sqs"), url, settings.interval, accounts)) if url else None,
            topic=lambda: _topic(aws("sns"), settings.topic_arn),
            # One for each address, whoever sends there.
            slack=cache(lambda webhook: _slack(http, webhook, sleep)),
            log=log,
            meter=_emit,
            places=places_of(settings, SERVICE, os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")),
            scope=Scope(),
        )


@lru_cache(maxsize=1)
def _clients(aws_environment: tuple[tuple[str, str], ...]) -> Callable[[str], Any]:  # noqa: ARG001 - it is the key
    """Give what makes each client once, for as long as AWS's part of the environment stays the same."""
    make: Any = boto3.Session().client
    return lru_cache(lambda service: make(service, config=AWS_CALLS))


# Most ticks send nothing, and need neither channel nor its imports.
def _topic(client: Any, arn: str) -> Topic:  # noqa: ANN401 - boto3's
    from budget_alert.channels.sns import SnsChannel  # noqa: PLC0415 - as said above

    return SnsChannel(client, arn)


def _slack(http: Http, webhook: Secret, sleep: Callable[[float], None]) -> Channel:
    from budget_alert.channels.slack import SlackChannel  # noqa: PLC0415 - as said above

    return SlackChannel(http, webhook.reveal(), sleep)


def _emit(account: str, metrics: Mapping[str, int]) -> None:
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

"""AWS's public prices, on demand, in us-east-1, in dollars before tax, as of 2026-11.

What is free for ever stands in `free`. Prices fall with volumes far above what is reckoned here; those steps
are left out.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_SCHEDULER = "https://aws.amazon.com/eventbridge/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_SECRETS = "https://aws.amazon.com/secrets-manager/pricing/"
_SSM = "https://aws.amazon.com/systems-manager/pricing/"
_SNS = "https://aws.amazon.com/sns/pricing/"
_SQS = "https://aws.amazon.com/sqs/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_TRANSFER = "https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer"

MILLION = 1e6


class Service(StrEnum):
    """The lines of a bill; a small thing stands under the service that it comes with."""

    COMPUTE = "Lambda"
    TABLE = "DynamoDB"
    SECRET = "Secrets Manager"  # noqa: S105 - the service's name
    TOPIC = "SNS"
    QUEUE = "SQS"
    LOG = "CloudWatch Logs"
    MONITORING = "Metrics, alarms, dashboard"


class Price(msgspec.Struct, frozen=True):
    """So many dollars for `amount` of a unit, on the bill of a service, as a page of AWS says."""

    dollars: float
    amount: float
    unit: str
    service: Service
    source: str

    @property
    def each(self) -> float:
        """Dollars for one of the unit."""
        return self.dollars / self.amount


INVOCATION = Price(0.20, MILLION, "invocations", Service.COMPUTE, _LAMBDA)
GB_SECOND = Price(0.0000133334, 1, "GB-seconds on arm64", Service.COMPUTE, _LAMBDA)
SCHEDULED = Price(1.00, MILLION, "invocations by the scheduler", Service.COMPUTE, _SCHEDULER)
SENT_GB = Price(0.09, 1, "GB sent to the internet", Service.COMPUTE, _TRANSFER)
READ_UNIT = Price(0.125, MILLION, "read units", Service.TABLE, _DYNAMODB)
WRITE_UNIT = Price(0.625, MILLION, "write units", Service.TABLE, _DYNAMODB)
STORED_GB = Price(0.25, 1, "GB stored for a month", Service.TABLE, _DYNAMODB)
BACKED_UP_GB = Price(0.20, 1, "GB of continuous backups for a month", Service.TABLE, _DYNAMODB)
KEY_CALL = Price(0.03, 1e4, "requests to KMS", Service.TABLE, _KMS)
SECRET = Price(0.40, 1, "secrets for a month", Service.SECRET, _SECRETS)
SECRET_CALL = Price(0.05, 1e4, "requests to Secrets Manager", Service.SECRET, _SECRETS)
LONG_CONFIG = Price(0.05, 1, "parameters above 4 KB for a month", Service.SECRET, _SSM)
PUBLISHED = Price(0.50, MILLION, "messages published", Service.TOPIC, _SNS)
MAIL = Price(2.00, 1e5, "mails", Service.TOPIC, _SNS)
QUEUED = Price(0.40, MILLION, "requests to a standard queue", Service.QUEUE, _SQS)
LOGGED_GB = Price(0.50, 1, "GB taken in by CloudWatch Logs", Service.LOG, _CLOUDWATCH)
METRIC = Price(0.30, 1, "metrics for a month", Service.MONITORING, _CLOUDWATCH)
ALARM = Price(0.10, 1, "alarms for a month", Service.MONITORING, _CLOUDWATCH)
DASHBOARD = Price(3.00, 1, "dashboards for a month", Service.MONITORING, _CLOUDWATCH)

PRICES: Mapping[str, Price] = {
    "invocations": INVOCATION,
    "gb_seconds": GB_SECOND,
    "scheduled": SCHEDULED,
    "sent_gb": SENT_GB,
    "reads": READ_UNIT,
    "writes": WRITE_UNIT,
    "stored_gb": STORED_GB,
    "backed_up_gb": BACKED_UP_GB,
    "key_calls": KEY_CALL,
    "secrets": SECRET,
    "secret_calls": SECRET_CALL,
    "long_configs": LONG_CONFIG,
    "published": PUBLISHED,
    "mails": MAIL,
    "queued": QUEUED,
    "logged_gb": LOGGED_GB,
    "metrics": METRIC,
    "alarms": ALARM,
    "dashboards": DASHBOARD,
}
"""By the name that a month's use has for what it buys."""

"""A deployed stack as CloudFormation describes it, and what AWS refuses said in one line."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from budget_alert.errors import LedgerError
from poe_budget import sign_in
from poe_budget.errors import OpsError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import boto3

DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDeniedException",
    "UnauthorizedOperation",
)
"""What services answer to who lacks a right."""
_OVER = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "TokenRefreshRequired",
    "UnauthorizedException",
    "UnrecognizedClientException",
)
_SKEWED = ("InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch")
_BUSY = ("RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException")


class NoStackError(WrongUseError):
    """Raised where there is no stack of that name."""


class Stack(msgspec.Struct, frozen=True):
    """A deployed stack of the budget alert, its outputs by their names, and the session that found it."""

    name: str
    outputs: Mapping[str, str]
    session: boto3.Session

    def output(self, key: str) -> str:
        """Give one output; raises OpsError where the stack does not have it."""
        if key not in self.outputs:
            raise OpsError(
                f"the stack {self.name} has no output {key}: name a stack of this project, and deploy its "
                "newest template"
            )
        return self.outputs[key]

    def described(self) -> Mapping[str, Any]:
        """Describe the stack as CloudFormation does; empty where there is none. Raises OpsError."""
        client = self.client("cloudformation")
        try:
            with aws("describe the stack"):
                (found,) = client.describe_stacks(StackName=self.name)["Stacks"]
        except OpsError as error:
            if code_of(error.__cause__) == "ValidationError":
                return {}
            raise
        return {} if found.get("StackStatus") == "DELETE_COMPLETE" else found

    def client(self, service: Any, *, seconds: int = 30, attempts: int = 3) -> Any:  # noqa: ANN401 - boto3's own
        """Give a client of one of AWS's services that waits `seconds` for an answer; raises OpsError."""
        from botocore.config import Config  # noqa: PLC0415 - as boto3, below

        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        with aws(f"open {service}"):
            config = Config(connect_timeout=5, read_timeout=seconds, retries=retries)
            return self.session.client(service, config=config)

    def subscriptions(self, topic: str) -> list[Mapping[str, Any]]:
        """Give all that listens on a topic, or has still to confirm that; raises OpsError."""
        with aws("list who listens on the topic"):
            pages = self.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            return [one for page in pages for one in page["Subscriptions"]]


def is_confirmed(subscription: Mapping[str, Any]) -> bool:
    """Tell whether the owner of what listens on a topic has confirmed that."""
    # SNS puts a word in place of the ARN of a subscription that is none yet, or none any more.
    return str(subscription["SubscriptionArn"]).startswith("arn:")


def begun() -> boto3.Session:
    """Begin a session as the environment says; raises OpsError."""
    # AWS's client takes a second to load: not while a shell completes, nor for what needs no stack.
    import boto3  # noqa: PLC0415 - see above

    with aws("begin a session"):
        # AWS's own command line goes by AWS_REGION first; botocore knows AWS_DEFAULT_REGION only.
        return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)


def found(name: str) -> Stack:
    """Look a stack up as the environment says; raises OpsError, and NoStackError for a name of none."""
    session = begun()
    described = Stack(name, {}, session).described()
    if not described:
        where = f"the region {session.region_name}"
        advice = "see `aws cloudformation list-stacks`, or name another --region or --profile"
        raise NoStackError(f"there is no stack {name!r} in {where}; {advice}")
    return Stack(name, outputs_of(described), session)


def outputs_of(described: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the outputs of a stack that CloudFormation describes."""
    return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}


@contextmanager
def aws(doing: str) -> Iterator[None]:
    """Turn what AWS, or the way to it, refuses into an OpsError; `doing` says what it keeps one from."""
    try:
        yield
    except ClientError as error:
        raise OpsError(f"AWS did not {doing} ({code_of(error)}): {_after(code_of(error))}") from error
    except BotoCoreError as error:
        raise sign_in.kept_from_aws(error, doing) from error
    except sign_in.BY_A_PROGRAM as error:
        if not sign_in.has_a_program():
            raise
        raise WrongUseError(sign_in.of_the_program()) from error


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the ledger of a stack raises into an OpsError that says it to who looks from outside."""
    try:
        yield
    except LedgerError as error:
        what = str(error).partition(". ")[0].partition(": ")[0]
        advice = "check that you may use it, and that this program is as new as the function"
        raise OpsError(f"the table of {name} cannot be used: {what}; {advice}") from error


def code_of(error: BaseException | None) -> str:
    """Name what AWS answered, without its words; "" for what is no answer of AWS."""
    return error.response.get("Error", {}).get("Code", "unknown") if isinstance(error, ClientError) else ""


def _after(code: str) -> str:
    """Say what to do after an answer of AWS."""
    if code in _OVER:
        return f"it takes these credentials no longer: {sign_in.renew()}"
    if code in _SKEWED:
        return f"set this machine's clock right; where it is right, {sign_in.renew()}"
    if code in _BUSY:
        return "it has too much to do: try again in a minute"
    return sign_in.GENERAL

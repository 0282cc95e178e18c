"""A deployed stack as CloudFormation describes it, and what AWS refuses said in one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ProfileNotFound

from budget_ops.errors import OpsError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AWS_CALLS = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})
_SIGN_IN = "sign in (`aws configure`, `aws sso login`), or set AWS_PROFILE to a profile that may"
_UNKNOWN = "ValidationError"
_ENVIRONMENT = (NoCredentialsError, NoRegionError, ProfileNotFound)


class Stack(msgspec.Struct, frozen=True):
    """A deployed stack of the budget alert, and its outputs by their names."""

    name: str
    outputs: Mapping[str, str]

    def output(self, key: str) -> str:
        """Give one output; raises OpsError where the stack does not have it."""
        if key not in self.outputs:
            raise OpsError(
                f"the stack {self.name} has no output {key}: name a stack of this project, and deploy its "
                "newest template"
            )
        return self.outputs[key]


def session() -> boto3.Session:
    """Begin a session as the environment says: credentials, profile and region; raises OpsError."""
    with aws("begin a session"):
        return boto3.Session()


def found(name: str, session: boto3.Session) -> Stack:
    """Look a stack up; raises OpsError, and WrongUseError where there is none of that name."""
    try:
        with aws("describe the stack"):
            client = session.client("cloudformation", config=AWS_CALLS)
            (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except OpsError as error:
        if code_of(error.__cause__) == _UNKNOWN:
            where = f"the region {session.region_name}"
            advice = "see `aws cloudformation list-stacks`, or set AWS_DEFAULT_REGION and AWS_PROFILE"
            raise WrongUseError(f"there is no stack {name!r} in {where}; {advice}") from error
        raise
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return Stack(name, outputs)


@contextmanager
def aws(doing: str) -> Iterator[None]:
    """Turn what AWS, or the way to it, refuses into an OpsError; `doing` says what it keeps one from."""
    try:
        yield
    except ClientError as error:
        raise OpsError(f"AWS did not {doing} ({code_of(error)}): {_SIGN_IN}") from error
    except _ENVIRONMENT as error:
        words = str(error).rstrip(".")
        raise WrongUseError(f"{words}: {_SIGN_IN}, and AWS_DEFAULT_REGION to its region") from error
    except BotoCoreError as error:
        advice = "check the network and AWS_DEFAULT_REGION, then try again"
        raise OpsError(f"AWS did not {doing} ({type(error).__name__}): {advice}") from error


def code_of(error: BaseException | None) -> str:
    """Name what AWS answered, without its words; "" for what is no answer of AWS."""
    return error.response.get("Error", {}).get("Code", "unknown") if isinstance(error, ClientError) else ""

"""The function of a deployed stack, and all that it works with: its table, its config, and itself."""

import base64
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import msgspec

from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.ledger.table import Table
from budget_alert.secret import Keyring, parse_secret
from budget_alert.settings import Settings, settings_from
from poe_budget import stack as stacks
from poe_budget.errors import OpsError
from poe_budget.stack import Stack, aws, code_of, reading

LEAST_PATIENCE_SECONDS = 300
SPARE_SECONDS = 15
"""What an invocation takes besides the function's own time: its start, and the way there and back."""
STANDARD_BYTES = 4096
"""What AWS keeps for nothing; more makes it an advanced parameter: https://aws.amazon.com/systems-manager/pricing/."""


class Alerts(msgspec.Struct, frozen=True):
    """How many alerts every channel owed has now accepted, and how many still wait for one."""

    sent: int
    pending: int


class Tick(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one tick did: the answer of the function's contract.

    `complete` says that nothing is left to read, `points` is what the tick added to the totals. `channels`
    is there after a test: why each channel that was sent something refused it, or "" where it took it; and
    `error` what such a tick failed on besides. Of several accounts it is their sum, with each of them among
    `accounts`; or, where their ticks were put into the queue, nothing yet but how many those are: `queued`.
    """

    account: str
    complete: bool
    pages: int
    entries: int
    points: int
    alerts: Alerts
    channels: Mapping[str, str] | None = None
    error: str = ""
    accounts: tuple["Tick", ...] = ()
    queued: int | None = None


class Invoked(msgspec.Struct, frozen=True, kw_only=True):
    """How an invocation ended: with a tick's report, or with the type and the words of an error.

    `log` holds the last lines that the function wrote, as far as AWS gives them.
    """

    tick: Tick | None = None
    error: str = ""
    log: tuple[str, ...] = ()


class Version(msgspec.Struct, frozen=True):
    """A config as it stands in the parameter, or the stack's own first budget, whose number is None."""

    text: str
    number: int | None = None


class Deployed:
    """One stack's function, with the caller's rights; `seconds` is how long one tick may take.

    `release` is its version, None for one that does not name it; `clicks` the address that takes clicks in
    Slack, "" where there is none.
    Every method raises OpsError where AWS refuses; what its ledgers raise, `reading` turns into that.
    """

    def __init__(self, stack: Stack, settings: Settings, seconds: int) -> None:
        self._stack = stack
        self._seconds = seconds
        self.name = stack.name
        self.release = stack.outputs.get("Version")
        self.clicks = stack.outputs.get("SlackActionsUrl", "")
        self.settings = settings
        self.default = Version(settings.default_budgets)

    def keyring(self) -> Keyring:
        """Read the stack's secret as the function does."""
        client = self._stack.client("secretsmanager")
        with aws("read the stack's secret"):
            found = client.get_secret_value(SecretId=self.settings.secret_id)
        text = str(found.get("SecretString", ""))
        return parse_secret(text, takes_clicks=self.settings.slack_actions)

    def ledger(self, account: str) -> Ledger:
        """Give the ledger of an account."""
        return Ledger(self._table(account))

    def outbox(self, account: str) -> Outbox:
        """Give the outbox of an account."""
        return Outbox(self._table(account))

    def snoozes(self, account: str) -> SnoozeBook:
        """Give the snoozes of an account."""
        return SnoozeBook(self._table(account))

    def reading(self) -> AbstractContextManager[None]:
        """Turn what the ledger raises into an OpsError."""
        return reading(self.name)

    def newest(self) -> Version:
        """Give the newest version of the config, the default while there is no parameter."""
        return config_in(self._stack, self.settings.budgets_parameter) or self.default

    def version(self, number: int) -> Version:
        """Give one version of those that AWS still keeps."""
        name = self.settings.budgets_parameter
        found = config_in(self._stack, name, f":{number}")
        if found is None:
            seen = f"see `aws ssm get-parameter-history --name {name}`"
            raise OpsError(f"{name} has no version {number}, and AWS keeps the last 100 only: {seen}")
        return found

    def write(self, text: str) -> int:
        """Make a text the newest version, and give its number."""
        return put_config(self._stack, self.settings.budgets_parameter, text)

    def words(self, version: int | None) -> str:
        """Name a version of the config in a sentence."""
        if version is None:
            return "the stack's own first budget"
        return f"version {version} of {self.settings.budgets_parameter}"

    def invoke(self, event: Mapping[str, str]) -> Invoked:
        """Run one tick now, and wait for its end."""
        patience = max(self._seconds + SPARE_SECONDS, LEAST_PATIENCE_SECONDS)
        client = self._stack.client("lambda", seconds=patience, attempts=1)
        with aws("invoke the function"):
            answer = client.invoke(
                FunctionName=self._stack.output("FunctionName"),
                LogType="Tail",
                Payload=msgspec.json.encode(event),
            )
            return invoked(answer, answer["Payload"].read())

    @cached_property
    def _dynamodb(self) -> Any:  # noqa: ANN401 - boto3's own
        return self._stack.client("dynamodb")

    def _table(self, account: str) -> Table:
        return Table(self._dynamodb, self.settings.table_name, account)


def config_in(stack: Stack, parameter: str, version: str = "") -> Version | None:
    """Read a config, the newest or a version such as `:3`; None where there is none. Raises OpsError."""
    try:
        with aws(f"read the parameter {parameter}"):
            found = stack.client("ssm").get_parameter(Name=f"{parameter}{version}")["Parameter"]
    except OpsError as error:
        if code_of(error.__cause__) in ("ParameterNotFound", "ParameterVersionNotFound"):
            return None
        raise
    return Version(found["Value"], found["Version"])


def put_config(stack: Stack, parameter: str, text: str) -> int:
    """Make a text the newest version of a parameter, and give its number; raises OpsError."""
    if "{{" in text or "}}" in text:
        raise OpsError("AWS keeps no parameter with {{ or }} in it: write those names in another way")
    with aws(f"write the parameter {parameter}"):
        # It becomes an advanced parameter only where it must, and stays one: AWS takes none back.
        answer = stack.client("ssm").put_parameter(
            Name=parameter, Value=text, Type="String", Tier="Intelligent-Tiering", Overwrite=True
        )
    return int(answer["Version"])


def deployed(name: str) -> Deployed:
    """Look up the function of a stack; raises OpsError, and SettingsError where its environment is wrong."""
    return function_of(stacks.found(name))


def function_of(stack: Stack) -> Deployed:
    """Describe the function of a stack; raises as `deployed`."""
    function = stack.output("FunctionName")
    with aws("describe the function"):
        found = stack.client("lambda").get_function_configuration(FunctionName=function)
    settings = settings_from(found.get("Environment", {}).get("Variables", {}))
    return Deployed(stack, settings, found["Timeout"])


def invoked(answer: Mapping[str, Any], payload: bytes) -> Invoked:
    """Read Lambda's answer to an invocation; raises OpsError where it is none of this function."""
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace").splitlines()
    try:
        if "FunctionError" in answer:
            failure = msgspec.json.decode(payload, type=dict[str, Any])
            kind, words = failure.get("errorType", "an error"), failure.get("errorMessage", "it said nothing")
            return Invoked(error=f"{kind}: {words}", log=tuple(log))
        return Invoked(tick=msgspec.json.decode(payload, type=Tick), log=tuple(log))
    except msgspec.DecodeError as error:
        raise OpsError(
            "the function answered what this program cannot read: name a stack of this project, and look for "
            "a newer version of this program"
        ) from error

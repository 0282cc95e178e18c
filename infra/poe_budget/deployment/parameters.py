"""Values of the template's parameters: what it allows, and where they are read from."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec
import yaml

from poe_budget.deployment.sam import ROOT
from poe_budget.errors import OpsError, WrongUseError

KEY, SECRET, MAIL, SLACK = "PoeApiKey", "ExistingSecretArn", "AlertEmail", "SlackWebhookUrl"
CLICKS, SIGNING = "SlackActions", "SlackSigningSecret"
POINTS, ZONE, POE_URL = "MonthlyBudgetPoints", "TimeZone", "PoeApiUrl"
IN_SECRET = (KEY, SLACK, SIGNING)
"""What the template writes into the secret that it makes, all of it where one of them is another."""
Values = Mapping[str, str]


class Parameter(msgspec.Struct, frozen=True, rename="pascal"):
    """A parameter as the template declares it."""

    type: str
    default: str | int = ""
    no_echo: bool = False
    max_length: int | None = None
    allowed_pattern: str = "(?s:.*)"
    allowed_values: tuple[str | int, ...] = ()
    constraint_description: str = ""

    def fault(self, value: str) -> str | None:
        """Say what a value must be, without the value; None for one that the template allows."""
        if self.allowed_values and value not in map(str, self.allowed_values):
            return f"must be one of {', '.join(map(str, self.allowed_values))}"
        too_long = self.max_length is not None and len(value) > self.max_length
        if too_long or not re.fullmatch(self.allowed_pattern, value):
            return (
                self.constraint_description.rstrip(".") or f"must have at most {self.max_length} characters"
            )
        return None


class _Short(yaml.SafeLoader):
    """Reads a template and passes over its short forms, such as `!Ref`."""


_Short.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


@cache
def declared() -> Mapping[str, Parameter]:
    """Give the template's parameters by their names."""
    # It is a safe loader: it makes nothing but plain values.
    template = yaml.load((ROOT / "template.yaml").read_text("utf-8"), _Short)  # noqa: S506 - see above
    return msgspec.convert(template["Parameters"], dict[str, Parameter])


def checked(values: Values) -> Values:
    """Give values that the template takes; raises WrongUseError, which holds none of them."""
    for name, value in values.items():
        if name not in declared():
            raise WrongUseError(f"the template has no parameter {name!r}; it has {', '.join(declared())}")
        if fault := declared()[name].fault(value):
            raise WrongUseError(f"the value of {name} {fault}")
    return values


def from_file(file: Path) -> Values:
    """Read a mapping of parameters, in YAML or JSON; raises OpsError, which quotes nothing of the file."""
    try:
        read = yaml.safe_load(file.read_text("utf-8"))
        found = msgspec.convert(read, dict[str, str | int | bool | None])
    except OSError as error:
        raise OpsError(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError):
        found = None
    if found is None:
        # Outside of the handler: nothing may be chained to it that could quote a secret.
        raise WrongUseError(
            f"{file} is no mapping of parameters: write one `Name: value` a line, in YAML or JSON"
        )
    return {name: _spelled(value) for name, value in found.items()}


def from_options(pairs: Iterable[str]) -> Values:
    """Read `NAME=VALUE`; raises WrongUseError, also for a secret: others could read it there."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise WrongUseError("write a parameter as NAME=VALUE, such as IntervalMinutes=15")
        if value and name in declared() and declared()[name].no_echo:
            raise WrongUseError(
                f"others on this machine could read {name} there: set POE_API_KEY, SLACK_WEBHOOK_URL or "
                "SLACK_SIGNING_SECRET, or write it into the file of --parameter-file"
            )
        found[name] = value
    return found


def _spelled(value: str | int | bool | None) -> str:  # noqa: FBT001 - YAML's own types
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)

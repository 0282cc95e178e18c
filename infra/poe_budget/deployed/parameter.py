"""The SSM parameter that holds the config: its versions, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poe_budget.errors import OpsError
from poe_budget.stack import aws, code_of

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

STANDARD_BYTES = 4096
"""What AWS keeps for nothing; more makes it an advanced parameter: https://aws.amazon.com/systems-manager/pricing/."""
_NESTING = ("{{", "}}")


class Version(msgspec.Struct, frozen=True):
    """A config as it stands in the parameter, or the stack's own first budget, whose number is None."""

    text: str
    number: int | None = None


class BudgetsParameter:
    """The parameter of one stack; while there is none, the text `default` is in force.

    Every method raises OpsError where AWS refuses.
    """

    def __init__(self, client: SSMClient, name: str, default: str) -> None:
        self._client = client
        self.name = name
        self.default = Version(default)

    def newest(self) -> Version:
        """Give the newest version, the default where there is no parameter."""
        return self._read(self.name) or self.default

    def version(self, number: int) -> Version:
        """Give one version of those that AWS still keeps."""
        found = self._read(f"{self.name}:{number}")
        if found is None:
            seen = f"see `aws ssm get-parameter-history --name {self.name}`"
            raise OpsError(f"{self.name} has no version {number}, and AWS keeps the last 100 only: {seen}")
        return found

    def write(self, text: str) -> int:
        """Make a text the newest version, and give its number."""
        if any(braces in text for braces in _NESTING):
            raise OpsError("AWS keeps no parameter with {{ or }} in it: write those names in another way")
        with aws(f"write the parameter {self.name}"):
            # It becomes an advanced parameter only where it must, and stays one: AWS takes none back.
            answer = self._client.put_parameter(
                Name=self.name, Value=text, Type="String", Tier="Intelligent-Tiering", Overwrite=True
            )
        return answer["Version"]

    def words(self, version: Version) -> str:
        """Name a version in a sentence."""
        if version.number is None:
            return "the stack's own first budget"
        return f"version {version.number} of {self.name}"

    def _read(self, name: str) -> Version | None:
        try:
            with aws(f"read the parameter {self.name}"):
                found = self._client.get_parameter(Name=name)["Parameter"]
        except OpsError as error:
            if code_of(error.__cause__) in ("ParameterNotFound", "ParameterVersionNotFound"):
                return None
            raise
        return Version(found["Value"], found["Version"])

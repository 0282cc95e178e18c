"""The secret and the config's text, as AWS gives them or not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.exceptions import ClientError, ReadTimeoutError

from budget_alert.errors import ConfigError, SecretError
from budget_alert.identity import ALONE
from budget_alert.parameters import read_config, read_secret
from budget_alert.secret import Secret
from tests.support.poe_client import KEY, words_of

NAME = "/monitor/budgets"


@dataclass
class Aws:
    """A client that gives one answer after the other, the last one for good, and records what was asked."""

    answers: list[dict[str, Any] | Exception]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        """Answer as Secrets Manager does."""
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    get_parameter = get_secret_value


def secret_of(aws: Any) -> Callable[..., Secret]:
    """Give what reads the key through this client."""
    provider = SecretsProvider(boto3_client=aws)
    return lambda **how: read_secret(provider, "the-secret", **how).key_of(ALONE)


def config_of(aws: Any, default: str = "default = 1") -> str:
    """Read the config through this client."""
    return read_config(SSMProvider(boto3_client=aws), NAME, default)


def refusal(code: str) -> ClientError:
    """Give what boto3 raises for this code, with words that nobody needs to see."""
    return ClientError({"Error": {"Code": code, "Message": f"User is not authorized on {KEY}"}}, "Get")


def holding(text: str) -> dict[str, Any]:
    """Give the answer of a secret and of a parameter with this text."""
    return {"SecretString": text, "Parameter": {"Value": text}}


TROUBLES = [
    (refusal("ResourceNotFoundException"), "ResourceNotFoundException"),
    (refusal("AccessDeniedException"), "AccessDeniedException"),
    (ReadTimeoutError(endpoint_url="https://secretsmanager"), "ReadTimeoutError"),
    (ClientError({}, "Get"), "unknown"),
]


def test_the_secret_is_kept_until_it_is_asked_for_anew() -> None:
    """Two readings of one tick ask AWS once, by the secret's name; a rotated key, or a cure, is found."""
    aws = Aws([holding(KEY), holding("another"), holding("{"), holding(KEY)])
    reader = secret_of(aws)
    found = [reader(fresh=fresh) for fresh in (False, False, True, False)]
    assert found == [Secret(KEY), Secret(KEY), Secret("another"), Secret("another")]
    assert aws.asked == [{"SecretId": "the-secret"}] * 2
    with pytest.raises(SecretError):
        reader(fresh=True)
    assert reader(fresh=True) == Secret(KEY)


@pytest.mark.parametrize(("error", "code"), TROUBLES)
def test_a_secret_that_cannot_be_read_says_why_and_what_to_do(error: Exception, code: str) -> None:
    """The error names what AWS answered, and what restores the secret."""
    words = rf"could not be read \({code}\).*role may read it.*template again"
    with pytest.raises(SecretError, match=words) as caught:
        secret_of(Aws([error]))()
    assert KEY not in str(caught.value)
    with pytest.raises(SecretError, match="binary: store it as text") as caught:
        secret_of(Aws([{"SecretBinary": KEY.encode()}]))()
    assert KEY not in words_of(caught.value)


def test_the_newest_config_is_read_past_any_cache() -> None:
    """A new invocation finds what was written since the last one."""
    provider = SSMProvider(boto3_client=Aws([holding("a = 1"), holding("a = 2")]))  # type: ignore[arg-type]
    assert [read_config(provider, NAME, "") for _ in range(2)] == ["a = 1", "a = 2"]


def test_without_a_parameter_the_default_is_the_config() -> None:
    """The template's own budget holds until somebody writes a config; without one the parameter is named."""
    assert config_of(Aws([refusal("ParameterNotFound")])) == "default = 1"
    for default in ("", " \n"):
        with pytest.raises(ConfigError, match=f"there is no config: put one into the SSM parameter {NAME}"):
            config_of(Aws([refusal("ParameterNotFound")]), default)


@pytest.mark.parametrize(("error", "code"), TROUBLES)
def test_a_config_that_cannot_be_read_is_not_replaced_by_the_default(error: Exception, code: str) -> None:
    """A parameter that is only out of reach may say anything: it is an error, with what to do."""
    with pytest.raises(ConfigError, match=rf"parameter {NAME} \({code}\).*role may read it.*next tick"):
        config_of(Aws([error]))

"""The secret and the config's text, read through Powertools from where AWS keeps them."""

from collections.abc import Callable

from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from budget_alert.errors import ConfigError
from budget_alert.secret import Keyring, parse_secret

CACHED_SECONDS = 300


def read_secret(
    provider: SecretsProvider,
    secret_id: str,
    parse: Callable[[str], Keyring] = parse_secret,
    *,
    fresh: bool = False,
) -> Keyring:
    """Give what can be read of the secret, past the provider's five minutes when `fresh`."""
    try:
        text = provider.get(secret_id, max_age=CACHED_SECONDS, force_fetch=fresh)
    except GetParameterError as error:
        why = (
            f"The secret could not be read ({_code(error)}): see that it exists with a value, and that the "
            "function's role may read it; deploying the template again restores both"
        )
        return Keyring(problem=why, slack_known=False)
    if isinstance(text, str):
        return parse(text)
    why = "The secret is binary: store it as text (`aws secretsmanager put-secret-value`)"
    return Keyring(problem=why, slack_known=False)


def read_config(provider: SSMProvider, name: str, default: str) -> str:
    """Give the newest text of the config, the default while there is no parameter.

    Raises ConfigError when it can't be had.
    """
    try:
        return str(provider.get(name, force_fetch=True))
    except GetParameterError as error:
        if _code(error) != "ParameterNotFound":
            raise ConfigError(
                f"the config could not be read from the parameter {name} ({_code(error)}): check that the "
                "function's role may read it; the next tick tries again"
            ) from error
    if not default.strip():
        raise ConfigError(f"there is no config: put one into the SSM parameter {name}")
    return default


def _code(error: GetParameterError) -> str:
    """Name what AWS answered, without its words: they may quote what was asked for."""
    cause = error.__context__
    if isinstance(cause, ClientError):
        return cause.response.get("Error", {}).get("Code", "unknown")
    return type(cause).__name__

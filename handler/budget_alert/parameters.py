"""The secret and the config's text, read through Powertools from where AWS keeps them."""

from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from budget_alert.errors import ConfigError, SecretError
from budget_alert.identity import ALONE
from budget_alert.secret import Credentials, Keyring, Webhook, parse_keyring, parse_webhook

CACHED_SECONDS = 300


class SecretReader:
    """Reads the secret; what was read is kept for five minutes, unless asked for anew."""

    def __init__(self, provider: SecretsProvider, secret_id: str) -> None:
        self._provider = provider
        self._secret_id = secret_id
        self._known: tuple[str, Keyring] | None = None

    def read(self, *, fresh: bool = False) -> Keyring:
        """Give what the secret holds, past the cache when `fresh`.

        Raises SecretError where it cannot be read, or does not say which accounts there are.
        """
        text = self._text(fresh=fresh)
        if self._known is None or self._known[0] != text:
            self._known = text, parse_keyring(text)
        keyring = self._known[1]
        if not keyring.is_usable:
            keyring.of(ALONE)
        return keyring

    def webhook(self) -> Webhook:
        """Give Slack's address, as far as the secret can be read."""
        try:
            return parse_webhook(self._text())
        except SecretError:
            return Webhook(is_known=False)

    def _text(self, *, fresh: bool = False) -> str:
        try:
            text = self._provider.get(self._secret_id, max_age=CACHED_SECONDS, force_fetch=fresh)
        except GetParameterError as error:
            raise SecretError(
                f"The secret could not be read ({_code(error)}): see that it exists with a value, and that "
                "the function's role may read it; deploying the template again restores both"
            ) from error
        if not isinstance(text, str):
            raise SecretError(
                "The secret is binary: store it as text (`aws secretsmanager put-secret-value`)"
            )
        return text


class AccountSecret:
    """The part of the secret that one account goes by."""

    def __init__(self, secret: SecretReader, account: str) -> None:
        self._secret = secret
        self._account = account

    def read(self, *, fresh: bool = False) -> Credentials:
        """Give the account's credentials, past the cache when `fresh`; raises SecretError."""
        return self._secret.read(fresh=fresh).of(self._account)

    def webhook(self) -> Webhook:
        """Give Slack's address, as far as the secret can be read."""
        return self._secret.webhook()


class ConfigReader:
    """Reads the config's text, once for all accounts: the parameter, or the default while there is none."""

    def __init__(self, provider: SSMProvider, name: str, default: str) -> None:
        self._provider = provider
        self._name = name
        self._default = default
        self._text: str | None = None

    def read(self) -> str:
        """Give the text, the newest as of the first time; raises ConfigError when it can't be had."""
        if self._text is None:
            self._text = self._newest()
        return self._text

    def _newest(self) -> str:
        try:
            return str(self._provider.get(self._name, force_fetch=True))
        except GetParameterError as error:
            if _code(error) != "ParameterNotFound":
                raise ConfigError(
                    f"the config could not be read from the parameter {self._name} ({_code(error)}): check "
                    "that the function's role may read it; the next tick tries again"
                ) from error
        if not self._default.strip():
            raise ConfigError(f"there is no config: put one into the SSM parameter {self._name}")
        return self._default


def _code(error: GetParameterError) -> str:
    """Name what AWS answered, without its words: they may quote what was asked for."""
    cause = error.__context__
    if isinstance(cause, ClientError):
        return cause.response.get("Error", {}).get("Code", "unknown")
    return type(cause).__name__

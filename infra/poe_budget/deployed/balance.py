"""What Poe says is left on the account, asked with a key of the caller or of the stack."""

import time
from collections.abc import Mapping

from budget_alert.deadline import Deadline
from budget_alert.errors import SecretError
from budget_alert.poe.client import Poe
from budget_alert.secret import Credentials, parse_secret
from budget_alert.usage.balance import PoeBalance
from poe_budget.deployed.function import Deployed
from poe_budget.errors import OpsError
from poe_budget.past.connecting import connected
from poe_budget.past.poe import EnvironmentKey, credentials_of, now, url_of

SECONDS = 30.0


def asked(credentials: Credentials, url: str, environ: Mapping[str, str]) -> PoeBalance:
    """Ask what is left on the account that a key opens; raises ScanError where Poe does not say."""
    with connected(url, environ, now) as connection:
        secret, deadline = EnvironmentKey(credentials), Deadline(lambda: SECONDS)
        return Poe(connection.http, url, secret, deadline, time.sleep).balance()


def asked_by(environ: Mapping[str, str]) -> PoeBalance:
    """Ask with POE_API_KEY, at POE_API_URL if that is set; raises WrongUseError, and ScanError as `asked`."""
    return asked(credentials_of(environ), url_of(environ), environ)


def asked_for(deployed: Deployed, account: str, environ: Mapping[str, str]) -> PoeBalance:
    """Ask where the stack's function asks, with POE_API_KEY or else with the account's key in its secret.

    Raises OpsError and SecretError where there is no key to be had, and ScanError as `asked`.
    """
    known = credentials_of(environ) if environ.get("POE_API_KEY") else _of_the_stack(deployed, account)
    return asked(known, deployed.settings.poe_api_url, environ)


def _of_the_stack(deployed: Deployed, account: str) -> Credentials:
    try:
        return parse_secret(deployed.secret(), account)
    except SecretError:
        pass
    # Outside of the handler: nothing may be chained to it that could quote the secret.
    raise OpsError(f"the secret of {deployed.name} holds no usable key: put one into it, or set POE_API_KEY")

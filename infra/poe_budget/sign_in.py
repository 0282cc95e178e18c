"""What keeps a command from AWS before AWS has said anything, and the command that helps."""

import os
import shlex
from collections.abc import Mapping
from typing import Any

from botocore import exceptions as of
from botocore.exceptions import BotoCoreError

from poe_budget.errors import OpsError, WrongUseError

GENERAL = "sign in (`aws configure`, `aws sso login`), or set AWS_PROFILE or --profile to a profile that may"
BY_A_PROGRAM = (OSError, ValueError, TypeError, AttributeError, RuntimeError, LookupError)
"""What botocore lets through where a credential_process cannot be run, or answers something else."""
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def kept_from_aws(error: BotoCoreError, doing: str) -> OpsError:
    """Say what kept a request from AWS, such as a session that is over; `doing` is what it was for."""
    words = " ".join(str(error).split()).rstrip(".")
    match error:
        case of.NoCredentialsError() | of.NoRegionError() | of.ProfileNotFound() | of.InvalidRegionError():
            wrong = f"{words}: {sign_in()}, and AWS_DEFAULT_REGION or --region to its region"
        case of.ConfigParseError() | of.ConfigNotFound() | of.InvalidConfigError():
            wrong = f"{words}: correct AWS's config file, or name another profile with --profile"
        case of.MissingDependencyException():
            install = "run `python -m pip install 'botocore[crt]'` where poe-budget is installed"
            wrong = f"this profile needs one library more: {install}, then {sign_in()}"
        case of.SSOError() | of.LoginError() | of.TokenRetrievalError() | of.RefreshWithMFAUnsupportedError():
            wrong = f"you are not signed in to AWS, or your session is over: {sign_in()}"
        case of.PartialCredentialsError():
            wrong = f"{words}: {sign_in()}"
        case of.CredentialRetrievalError():
            wrong = of_the_program()
        case of.ParamValidationError():
            wrong = f"AWS did not {doing}: it takes no such name"
        case _:
            return _unreached(error, doing)
    return WrongUseError(wrong)


def _unreached(error: BotoCoreError, doing: str) -> OpsError:
    if isinstance(error, of.ProxyConnectionError):
        advice = "check HTTPS_PROXY, or name the host in NO_PROXY"
        return OpsError(f"AWS did not {doing}, for the proxy cannot be reached: {advice}")
    advice = "check the network and AWS_DEFAULT_REGION, then try again"
    return OpsError(f"AWS did not {doing} ({type(error).__name__}): {advice}")


def sign_in() -> str:
    """Give the command that signs in to the profile in use, as its config says."""
    name, config = _profile_in_use()
    of_profile = f" --profile {shlex.quote(name)}" if name else ""
    if "login_session" in config:
        return f"run `aws login{of_profile}`"
    if "sso_session" in config or "sso_start_url" in config:
        return f"run `aws sso login{of_profile}`"
    return GENERAL


def renew() -> str:
    """Say how to have credentials again that AWS takes no longer."""
    if os.environ.get(_KEYS[0]):
        return f"get new keys and set {', '.join(_KEYS)}, or unset these and name a profile with --profile"
    return sign_in()


def has_a_program() -> bool:
    """Tell whether a program gives the credentials of the profile in use."""
    return "credential_process" in _profile_in_use()[1]


def of_the_program() -> str:
    """Say that the program failed that gives the credentials; what it has written may be secret."""
    name, config = _profile_in_use()
    if "credential_process" not in config:
        return f"no credentials could be had for AWS: {sign_in()}"
    of_profile = f" --profile {shlex.quote(name)}" if name else ""
    return (
        f"the credential_process of the profile {name or 'default'} failed: run what "
        f"`aws configure get credential_process{of_profile}` shows, and mend that"
    )


def _profile_in_use() -> tuple[str | None, Mapping[str, Any]]:
    """Give the profile that credentials come from, and its config: for a role, the one that it names."""
    # It takes half a second to load, and is wanted only where something failed.
    from botocore.session import Session  # noqa: PLC0415 - see above

    session = Session()
    name: str | None = session.get_config_variable("profile")
    try:
        profiles = session.full_config.get("profiles", {})
    except BotoCoreError:
        return name, {}
    seen: set[str] = set()
    while (source := profiles.get(name or "default", {}).get("source_profile")) and source not in seen:
        seen.add(source)
        name = source
    return name, profiles.get(name or "default", {})

"""Environment -> Settings."""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from budget_alert.credentials import is_safe_address
from budget_alert.errors import SettingsError

MINUTES = {"SETTLE_MINUTES": ("60", 0, 24 * 60), "INTERVAL_MINUTES": ("5", 1, 60)}
"""The default, the least and the most of what is given in minutes."""
WHOLE_NUMBER = re.compile("[0-9]{1,9}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the deployment decides; everything else is config."""

    secret_id: str
    table_name: str
    topic_arn: str
    budgets_parameter: str
    default_budgets: str
    poe_api_url: str = "https://api.poe.com"
    settle: timedelta = timedelta(minutes=60)
    interval: timedelta = timedelta(minutes=5)
    queue_url: str | None = None
    """Where accounts wait for their ticks; None where one invocation serves all."""
    dashboard_url: str | None = None


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError naming every variable that is missing or wrong."""
    names = ("SECRET_ID", "TABLE_NAME", "TOPIC_ARN", "BUDGETS_PARAMETER")
    wrong = [f"{name} is not set" for name in names if not environ.get(name)]
    url = environ.get("POE_API_URL") or "https://api.poe.com"
    if not is_safe_address(url):
        wrong.append("POE_API_URL must be an https address, or http to a loopback address")
    dashboard = environ.get("DASHBOARD_URL") or None
    if dashboard and not is_safe_address(dashboard):
        wrong.append("DASHBOARD_URL must be an https address, or absent")
    minutes = {}
    for name, (default, least, most) in MINUTES.items():
        given = environ.get(name) or default
        if not (WHOLE_NUMBER.fullmatch(given) and least <= int(given) <= most):
            wrong.append(f"{name} must be a whole number from {least} to {most}")
            given = default
        minutes[name] = timedelta(minutes=int(given))
    if wrong:
        raise SettingsError(
            f"The function's environment is wrong, deploy the template again: {'; '.join(wrong)}"
        )
    return Settings(
        secret_id=environ["SECRET_ID"],
        table_name=environ["TABLE_NAME"],
        topic_arn=environ["TOPIC_ARN"],
        budgets_parameter=environ["BUDGETS_PARAMETER"],
        default_budgets=environ.get("DEFAULT_BUDGETS", ""),
        poe_api_url=url.rstrip("/"),
        settle=minutes["SETTLE_MINUTES"],
        interval=minutes["INTERVAL_MINUTES"],
        queue_url=environ.get("QUEUE_URL") or None,
        dashboard_url=dashboard,
    )

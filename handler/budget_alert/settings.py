"""Environment -> Settings."""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from budget_alert.credentials import is_safe_address
from budget_alert.errors import SettingsError

ACCOUNT = "default"
LONGEST_SETTLE_MINUTES = 24 * 60
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
    dashboard_url: str | None = None
    account: str = ACCOUNT


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
    minutes = environ.get("SETTLE_MINUTES") or "60"
    if not (WHOLE_NUMBER.fullmatch(minutes) and int(minutes) <= LONGEST_SETTLE_MINUTES):
        wrong.append(f"SETTLE_MINUTES must be a whole number from 0 to {LONGEST_SETTLE_MINUTES}")
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
        settle=timedelta(minutes=int(minutes)),
        dashboard_url=dashboard,
    )

"""Environment -> Settings."""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from budget_alert.config.spelling import either
from budget_alert.errors import SettingsError
from budget_alert.secret import is_safe_address

LEAST_SETTLE, MOST_SETTLE = 5, 24 * 60
"""Below the least, the next tick would already pass over what Poe lists, or prices, a moment late."""
INTERVALS = (1, 5, 10, 15, 30, 60)
"""The minutes that the template offers."""
WHOLE_NUMBER = re.compile("[0-9]{1,9}")
_ARN = "arn:aws[a-z-]*"
SHAPES = {
    "SECRET_ID": ("the name or the ARN of a secret", re.compile(r"[A-Za-z0-9/_+=.@:!-]{1,2048}")),
    "TABLE_NAME": (
        "the name or the ARN of a table",
        re.compile(
            rf"[A-Za-z0-9_.-]{{3,255}}|{_ARN}:dynamodb:[a-z0-9-]+:[0-9]{{12}}:table/[A-Za-z0-9_.-]{{3,255}}"
        ),
    ),
    "TOPIC_ARN": (
        "the ARN of a topic",
        re.compile(rf"{_ARN}:sns:[a-z0-9-]+:[0-9]{{12}}:[A-Za-z0-9_-]{{1,256}}"),
    ),
    "BUDGETS_PARAMETER": ("the name or the ARN of a parameter", re.compile(r"[A-Za-z0-9_./:-]{1,2048}")),
}
"""What must be set, in words, and what AWS lets it look like; blanks around it are none of that."""


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
    runbook_url: str | None = None
    slack_actions: bool = False
    """Whether a click on an alert in Slack arrives somewhere."""


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError naming every variable that is missing or wrong."""
    wrong = [words for name in SHAPES if (words := _misshapen(name, environ.get(name)))]
    url = environ.get("POE_API_URL") or "https://api.poe.com"
    if not is_safe_address(url):
        wrong.append("POE_API_URL must be an https address, or http to a loopback address")
    pages = {name: environ.get(name) or None for name in ("DASHBOARD_URL", "RUNBOOK_URL")}
    wrong += [
        f"{name} must be an https address, or absent"
        for name, page in pages.items()
        if page and not is_safe_address(page)
    ]
    settle = _whole(environ.get("SETTLE_MINUTES") or "60")
    if settle is None or not LEAST_SETTLE <= settle <= MOST_SETTLE:
        wrong.append(f"SETTLE_MINUTES must be a whole number from {LEAST_SETTLE} to {MOST_SETTLE}")
    interval = _whole(environ.get("INTERVAL_MINUTES") or "5")
    if interval not in INTERVALS:
        wrong.append(f"INTERVAL_MINUTES must be {either([str(minutes) for minutes in INTERVALS])}")
    if wrong or settle is None or interval is None:
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
        settle=timedelta(minutes=settle),
        interval=timedelta(minutes=interval),
        queue_url=environ.get("QUEUE_URL") or None,
        dashboard_url=pages["DASHBOARD_URL"],
        runbook_url=pages["RUNBOOK_URL"],
        slack_actions=environ.get("SLACK_ACTIONS") == "true",
    )


def _misshapen(name: str, value: str | None) -> str | None:
    words, shape = SHAPES[name]
    if not value:
        return f"{name} is not set"
    return None if shape.fullmatch(value) else f"{name} must be {words}, without blanks around it"


def _whole(minutes: str) -> int | None:
    return int(minutes) if WHOLE_NUMBER.fullmatch(minutes) else None

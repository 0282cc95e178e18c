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

POE = "https://api.poe.com"
ADDRESSES = {
    "POE_API_URL": "http to a loopback address",
    "DASHBOARD_URL": "absent",
    "RUNBOOK_URL": "absent",
}
"""What may be set, and what may stand there in place of an https address."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the deployment decides; everything else is config."""

    secret_id: str
    table_name: str
    topic_arn: str
    budgets_parameter: str
    default_budgets: str = ""
    poe_api_url: str = POE
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
    names = (*SHAPES, *ADDRESSES, "DEFAULT_BUDGETS", "QUEUE_URL")
    given = {name: environ[name] for name in names if environ.get(name)}
    wrong = [words for name in SHAPES if (words := _misshapen(name, given.get(name)))]
    wrong += [
        f"{name} must be an https address, or {otherwise}"
        for name, otherwise in ADDRESSES.items()
        if name in given and not is_safe_address(given[name])
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
    address = given.pop("POE_API_URL", POE)
    return Settings(
        poe_api_url=address.rstrip("/"),
        settle=timedelta(minutes=settle),
        interval=timedelta(minutes=interval),
        slack_actions=environ.get("SLACK_ACTIONS") == "true",
        **{name.lower(): value for name, value in given.items()},
    )


def _misshapen(name: str, value: str | None) -> str | None:
    words, shape = SHAPES[name]
    if not value:
        return f"{name} is not set"
    return None if shape.fullmatch(value) else f"{name} must be {words}, without blanks around it"


def _whole(minutes: str) -> int | None:
    return int(minutes) if WHOLE_NUMBER.fullmatch(minutes) else None

"""Where the things of a deployment are in AWS's console."""

import re
from urllib.parse import quote

from budget_alert.alerts import Lead
from budget_alert.messages.parts import Places
from budget_alert.settings import Settings

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-eusc": "console.amazonaws-eusc.eu",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""Each region's name stands before it, as in the template."""
_OF_SECRET = re.compile(r"arn:.*:secret:(.+)-[A-Za-z0-9]{6}")
_OF_PARAMETER = re.compile(r"arn:.*:parameter(/.+)")


def places_of(settings: Settings, stack: str, log_group: str) -> Places:
    """Give the pages of a deployment in the console of its partition and region; of the topic's, that is.

    Partitions whose console is not known have none. `log_group` is "" where that is not known.
    """
    _, partition, _, region, *_ = settings.topic_arn.split(":")
    return Places(
        pages=_pages(settings, region, CONSOLES[partition], log_group) if partition in CONSOLES else {},
        dashboard=settings.dashboard_url or "",
        runbook=settings.runbook_url or "",
        stack=f"--stack {stack} --region {region}",
        takes_clicks=settings.slack_actions,
    )


def _pages(settings: Settings, region: str, domain: str, log_group: str) -> dict[Lead, str]:
    console = f"https://{region}.{domain}"
    secret = _OF_SECRET.sub(r"\1", settings.secret_id)
    parameter = _OF_PARAMETER.sub(r"\1", settings.budgets_parameter)
    pages = {
        Lead.SECRET: f"{console}/secretsmanager/secret?name={_quoted(secret)}&region={region}",
        # The console reads a name in its own path after another unquoting.
        Lead.CONFIG: (
            f"{console}/systems-manager/parameters/{_quoted(_quoted(parameter))}/description?region={region}"
        ),
        Lead.SUBSCRIPTIONS: f"{console}/sns/v3/home?region={region}#/topic/{settings.topic_arn}",
    }
    if log_group:
        quoted = _quoted(_quoted(log_group)).replace("%", "$")
        pages[Lead.LOG] = f"{console}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{quoted}"
    return pages


def _quoted(name: str) -> str:
    return quote(name, safe="")

import re
from typing import Any

import msgspec
import pytest

from budget_alert.alerts import Lead
from budget_alert.messages.parts import LEADS, PUBLIC, Link, usable
from budget_alert.places import CONSOLES, places_of
from budget_alert.rules.troubles import Trouble
from budget_alert.settings import Settings
from poe_budget.cli.app import program
from tests.stack.deployed import source

SETTINGS = Settings(
    secret_id="arn:aws:secretsmanager:eu-west-1:123456789012:secret:poe/key-a1-AbC123",
    table_name="ledger",
    topic_arn="arn:aws:sns:eu-west-1:123456789012:watch-Topic-AbC123",
    budgets_parameter="/watch/budgets",
    default_budgets="",
    runbook_url="https://git.example/runbook.md",
)


def test_each_page_is_the_consoles() -> None:
    """The secret goes by its name, without what AWS adds; each name is quoted as the console does it."""
    places = places_of(SETTINGS, "watch", "/aws/lambda/watch")
    console, region = "https://eu-west-1.console.aws.amazon.com", "region=eu-west-1"
    log_group = "$252Faws$252Flambda$252Fwatch"
    assert places.pages == {
        Lead.SECRET: f"{console}/secretsmanager/secret?name=poe%2Fkey-a1&{region}",
        Lead.CONFIG: f"{console}/systems-manager/parameters/%252Fwatch%252Fbudgets/description?{region}",
        Lead.SUBSCRIPTIONS: f"{console}/sns/v3/home?{region}#/topic/{SETTINGS.topic_arn}",
        Lead.LOG: f"{console}/cloudwatch/home?{region}#logsV2:log-groups/log-group/{log_group}",
    }
    assert (places.runbook, places.stack) == (SETTINGS.runbook_url, "--stack watch --region eu-west-1")
    assert len(usable([Link(lead, page) for lead, page in places.pages.items()])) == len(places.pages)


def on_topic(partition: str, region: str) -> dict[str, str]:
    """Give a topic of a partition and region."""
    return {"topic_arn": f"arn:{partition}:sns:{region}:123456789012:t"}


PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/watch/budgets"


@pytest.mark.parametrize(
    ("more", "lead", "found"),
    [
        ({"secret_id": "poe/key-AbC123"}, Lead.SECRET, "?name=poe%2Fkey-AbC123&"),
        ({"budgets_parameter": PARAMETER}, Lead.CONFIG, "/%252Fwatch%252Fbudgets/"),
        (on_topic("aws-cn", "cn-north-1"), Lead.SECRET, "//cn-north-1.console.amazonaws.cn/"),
        (
            on_topic("aws-us-gov", "us-gov-west-1"),
            Lead.SECRET,
            "//us-gov-west-1.console.amazonaws-us-gov.com/",
        ),
        (on_topic("aws-eusc", "eusc-de-east-1"), Lead.SECRET, "//eusc-de-east-1.console.amazonaws-eusc.eu/"),
    ],
)
def test_names_and_partitions_are_taken_as_they_are(more: dict[str, Any], lead: Lead, found: str) -> None:
    """What is given by its name is no ARN, and each partition has its own console."""
    assert found in places_of(msgspec.structs.replace(SETTINGS, **more), "watch", "").pages[lead]


def test_what_is_not_known_is_left_out() -> None:
    """A partition without a known console has no pages; without a log group or a runbook there is no link."""
    settings = msgspec.structs.replace(SETTINGS, runbook_url=None, **on_topic("aws-iso", "us-iso-east-1"))
    abroad = places_of(settings, "watch", "x")
    assert (abroad.pages, abroad.runbook) == ({}, "")
    assert Lead.LOG not in places_of(SETTINGS, "watch", "").pages


def test_the_consoles_are_those_of_the_template() -> None:
    """The template makes the dashboard's address with the same domains."""
    assert {name: one["Domain"] for name, one in source()["Mappings"]["Console"].items()} == CONSOLES


@pytest.mark.parametrize("trouble", Trouble)
def test_each_trouble_leads_somewhere(trouble: Trouble) -> None:
    """To pages that have a label and an address, and by a command that is there."""
    known = {*PUBLIC, *places_of(SETTINGS, "watch", "log").pages}
    assert trouble.leads
    assert set(trouble.leads) <= known == set(LEADS)
    ((command, options),) = re.findall(r"`poe-budget ([\w-]+)(.*)`$", trouble.command)
    taken = {flag for one in program.load(command).params for flag in one.opts}
    assert set(re.findall(r"--\w+", options)) <= taken
    assert "--stack" in taken or "{stack}" not in options

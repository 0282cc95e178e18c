"""Tests of the runbook: whoever is alarmed finds there what to do."""

import re

import pytest
from botocore import xform_name
from botocore.session import get_session

from budget_alert.rules.troubles import Trouble
from tests.stack.deployed import Deployed, source
from tests.stack.runbook import anchor, commands, entries, text

ALARMS = entries("Alarms")
TROUBLES = entries("Troubles of the function")
CALL = re.compile(r"\baws ([\w-]+) ([\w-]+)(.*?)(?=\baws |$)")
# What the AWS CLI takes with every command; its own commands and names are in no model of a service.
OF_THE_CLI = {"output", "query", "cli-read-timeout", "notification-endpoint"}
TAIL = {"since", "filter-pattern"}


def alarm_names() -> set[str]:
    """Return the names of the alarms, less the stack's."""
    nested = Deployed().observability()
    found = [nested.properties(name).get("AlarmName", "") for name in nested.resources()]
    return {name.removeprefix("watch/") for name in found if name}


def options(service: str, command: str) -> set[str]:
    """Return the options of a command of the AWS CLI."""
    if (service, command) == ("logs", "tail"):
        return TAIL
    model = get_session().get_service_model(service)
    (name,) = (name for name in model.operation_names if xform_name(name, "-") == command)
    shape = model.operation_model(name).input_shape
    return {xform_name(member, "-") for member in shape.members} if shape else set()


def test_every_alarm_has_a_heading_and_nothing_else_has_one() -> None:
    """The headings are the names of the alarms."""
    assert {anchor(heading) for heading in ALARMS} == alarm_names()


def test_every_trouble_has_a_heading_and_nothing_else_has_one() -> None:
    """The headings are the first words in which each trouble is sent, and messages lead to their anchors."""
    assert list(TROUBLES) == [trouble.heading for trouble in Trouble]
    assert [anchor(heading) for heading in TROUBLES] == [trouble.section for trouble in Trouble]


@pytest.mark.parametrize("heading", [*ALARMS, *TROUBLES])
def test_every_entry_says_what_it_means_what_is_lost_and_what_to_do(heading: str) -> None:
    """No entry leaves one of the three questions open, or the reader without a command."""
    entry = {**ALARMS, **TROUBLES}[heading]
    assert re.findall(r"^\*\*(.*?)\*\*", entry, re.MULTILINE) == [
        "It means:",
        "Is anything lost?",
        "What to do:",
    ]
    assert commands(entry)


@pytest.mark.parametrize("line", [line for line in commands(text()) if "aws " in line])
def test_the_commands_exist(line: str) -> None:
    """Service, command and options of every call are known to AWS."""
    calls = CALL.findall(line)
    assert calls
    for service, command, rest in calls:
        given = set(re.findall(r"(?<= )--([\w-]+)", rest)) - OF_THE_CLI
        assert given <= options(service, command)


def test_the_commands_name_what_the_stack_gives() -> None:
    """Outputs and resources that a command asks for are ones of the template."""
    asked = set(re.findall(r"\$\(output (\w+)\)", text()))
    assert asked <= set(source()["Outputs"])
    assert set(re.findall(r"--logical-resource-id (\w+)", text())) <= set(Deployed().resources())

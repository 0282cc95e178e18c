"""Whoever is alarmed finds in the runbook what to do."""

import re

import pytest

from budget_alert.rules.troubles import Trouble
from tests.readme.pages import anchor, entries, page, shell
from tests.stack.deployed import Deployed
from tests.stack.test_observability import alarms

RUNBOOK = page("runbook")
ALARMS = entries("Alarms", RUNBOOK)
TROUBLES = entries("Troubles of the function", RUNBOOK)


def test_every_alarm_has_a_heading_and_nothing_else_has_one() -> None:
    """The headings are the names of the alarms, less the stack's."""
    assert {anchor(heading) for heading in ALARMS} == set(alarms())


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
    assert list(shell(entry))


def test_the_commands_name_what_the_stack_has() -> None:
    """Resources that a command asks for are ones of the template."""
    assert set(re.findall(r"--logical-resource-id (\w+)", RUNBOOK)) <= set(Deployed().resources())

import re

import pytest

from budget_alert import errors
from budget_alert.ledger.items import KEPT
from tests.readme.pages import ALL, code, page, prose, section, shell, table
from tests.stack.deployed import STACK, Deployed, source

TEMPLATE = source()
PARAMETERS = TEMPLATE["Parameters"]
PARAMETERS_SAID = section("## Parameters", page("deploy"))
ROWS = {code(row[0])[0]: row for row in table(PARAMETERS_SAID, "Parameter")}
CHOICES = sorted(
    name for name, parameter in PARAMETERS.items() if len(parameter.get("AllowedValues", ())) in range(2, 7)
)


def test_the_table_has_the_parameters_of_the_template() -> None:
    """Each parameter has a row, and nothing else has one."""
    assert set(ROWS) == set(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_default_is_that_of_the_template(name: str) -> None:
    """The default in the table is the template's; a parameter without one has an empty cell."""
    default = str(PARAMETERS[name]["Default"])
    assert code(ROWS[name][1]) == ([default] if default else [])


@pytest.mark.parametrize("name", CHOICES)
def test_few_choices_are_all_named(name: str) -> None:
    """Where a parameter takes one of a few values, its row names each of them."""
    assert {str(value) for value in PARAMETERS[name]["AllowedValues"]} <= set(code(ROWS[name][2]))


@pytest.mark.parametrize("name", [name for name, one in PARAMETERS.items() if one.get("NoEcho")])
def test_hidden_parameters_are_said_to_be_hidden(name: str) -> None:
    """What the template does not show again is called hidden."""
    assert "It is hidden." in ROWS[name][2]


def test_the_thresholds_of_the_first_budget_are_the_templates() -> None:
    """The row of the first budget names the thresholds of the config that the template makes."""
    config = Deployed().environment()["DEFAULT_BUDGETS"]
    shares = [int(share) for share in re.findall(r'"(\d+)%"', config)]
    said = [int(number) for number in re.findall(r"\d+", ROWS["MonthlyBudgetPoints"][2])]
    assert said == shares


def test_the_command_that_changes_the_config_is_the_stacks_output() -> None:
    """The command shown is the one that the output EditBudgets gives, for the stack and the file shown."""
    output = (
        Deployed().outputs()["EditBudgets"].replace("--region eu-west-1 ", "").replace(STACK, "poe-budget")
    )
    (shown,) = (line for line in shell(page("deploy")) if line.startswith("aws ssm put-parameter"))
    assert shown.split() == output.split()


def test_every_name_of_the_stack_exists() -> None:
    """A name in CamelCase is a parameter or output of the template, or an error of the function.

    The page on the architecture names classes, and has a test of its own.
    """
    outputs = set(re.findall(r"\$\(output (\w+)\)", ALL)) | set(re.findall(r"output `(\w+)`", ALL))
    assert outputs <= set(TEMPLATE["Outputs"])
    names = {
        span
        for span in code(prose(ALL.replace(page("architecture"), "")))
        if re.fullmatch(r"(?:[A-Z][a-z]+){2,}", span)
    }
    of_resources = {name for one in TEMPLATE["Resources"].values() for name in one.get("Properties", {})}
    known = {*of_resources, *PARAMETERS, *TEMPLATE["Outputs"], *vars(errors)}
    assert names <= known
    assert len(names) > len(PARAMETERS)


def test_the_alarms_are_those_of_the_stack() -> None:
    """The alarms named are those that the nested stack makes."""
    nested = Deployed().observability()
    made = {str(nested.properties(name).get("AlarmName")) for name in nested.resources()}
    paragraph = page("messages").partition("stand the alarms")[2].partition("\n\n")[0]
    assert {f"{STACK}/{name}" for name in code(paragraph)} == made - {"None"}


def test_the_capabilities_are_those_that_the_stack_needs() -> None:
    """CloudFormation asks for one capability for the roles, and for another for the nested stack."""
    commands = [line for line in shell() if line.startswith("sam deploy") and "--template-file" not in line]
    kinds = {resource["Type"] for resource in TEMPLATE["Resources"].values()}
    needed = {"AWS::IAM::Role": "CAPABILITY_IAM", "AWS::Serverless::Application": "CAPABILITY_AUTO_EXPAND"}
    asked = [needed[kind] for kind in needed if kind in kinds]
    assert [re.findall(r"CAPABILITY_\w+", command) for command in commands] == [asked] * len(commands)


def test_the_encryption_and_the_expiry_are_the_tables() -> None:
    """The ledger is encrypted and backed up, as is said, and its items are kept for as long as is said."""
    ledger = TEMPLATE["Resources"]["Ledger"]["Properties"]
    (row,) = (one for one in table(page("security"), "What") if "ledger in DynamoDB" in one[1])
    assert ("encrypted" in row[1]) is ledger["SSESpecification"]["SSEEnabled"]
    assert ("backups" in row[1]) is ledger["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert row[2] == f"{KEPT.days} days"

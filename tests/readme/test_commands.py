import re
import subprocess
from functools import cache

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.readme.pages import code, prose, shell
from tests.stack.deployed import TEMPLATE, source
from tests.support import tools

MAKEFILE = (tools.ROOT / "infra" / "Makefile").read_text(encoding="utf-8")
AWS = re.compile(r"\baws ([\w-]+) ([\w-]+)(.*?)(?=; |\baws |$)")
SAM = re.compile(r"\bsam (\w+)(.*)")
OPTION = re.compile(r"--([\w-]+)")
# What the AWS CLI takes with every command; its own commands are in no model of a service.
EVERYWHERE = {"output", "query", "region", "cli-read-timeout"}
OF_THE_CLI = {("logs", "tail"): {"filter-pattern", "follow", "since"}}
# --endpoint-url is the CLI's own, so it calls this one by another name.
RENAMED = {"endpoint": "notification-endpoint"}
COMMANDS = list(shell())


def options(service: str, command: str) -> set[str]:
    """Return the options that the AWS CLI derives from the operation that a command calls."""
    model = get_session().get_service_model(service)
    (name,) = (name for name in model.operation_names if xform_name(name, "-") == command)
    shape = model.operation_model(name).input_shape
    names = [xform_name(member, "-") for member in shape.members] if shape else []
    return {RENAMED.get(name, name) for name in names}


@pytest.mark.parametrize("line", [line for line in COMMANDS if AWS.search(line)])
def test_the_commands_of_the_aws_cli_exist(line: str) -> None:
    """Service, command and every option are known to AWS."""
    for service, command, rest in AWS.findall(line):
        known = OF_THE_CLI.get((service, command)) or options(service, command)
        assert set(OPTION.findall(rest)) - EVERYWHERE <= known


@pytest.mark.xdist_group("readme-sam")
@pytest.mark.parametrize("line", [line for line in COMMANDS if SAM.match(line)])
def test_the_commands_of_the_sam_cli_exist(line: str) -> None:
    """Every option of a command is one that its help knows."""
    found = SAM.match(line)
    assert found is not None
    assert set(OPTION.findall(found[2])) <= options_of_sam(found[1])


@cache
def options_of_sam(command: str) -> set[str]:
    """Give the options that a command's help names."""
    known = subprocess.run(
        [tools.sam(), command, "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "200"}
    )
    return set(OPTION.findall(known.stdout))


def test_the_targets_of_make_exist() -> None:
    """What `make -C infra` is asked for are targets that the Makefile declares."""
    (declared,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    asked = [*COMMANDS, *code(prose())]
    targets = {line.split()[-1] for line in asked if line.startswith("make -C infra")}
    assert {"demo", "test"} <= targets
    assert targets <= set(declared.split())


def test_the_parameters_given_on_the_command_line_exist() -> None:
    """Each override, in a command or the words around it, is a parameter of the template or a recipe."""
    text = "\n".join([*COMMANDS, *code(prose())])
    overridden = set(re.findall(r"\b([A-Z]\w+)=", text)) - {"OutputKey", "PATH"}
    assert {"PoeApiKey", "SlackWebhookUrl"} < overridden
    recipes = (tools.ROOT / "infra" / "recipes").glob("*/template.yaml")
    known = {name for file in (TEMPLATE, *recipes) for name in source(file)["Parameters"]}
    assert overridden <= known


def test_no_command_is_left_out() -> None:
    """Every line of shell is of a kind that these tests look at, or a plain step of the shell."""
    plain = r"read -rs |output\(\) \{ aws |(table|secret)=\$\(output |output [A-Z]|export PATH=|stack=|curl "
    known = re.compile(rf"make -C infra|poe-budget |sam |aws |uvx --from |pipx? install |sha256sum |{plain}")
    assert [line for line in COMMANDS if not known.match(line)] == []

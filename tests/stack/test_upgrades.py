"""The template of every release before can be followed by this one's, and loses nothing by that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.stack.deployed import TEMPLATE, USUAL, Resolved, source, translated
from tests.support.releases import FOLDERS

REPLACING = ("createOnlyProperties", "conditionalCreateOnlyProperties")
"""What AWS calls the properties whose change makes a resource anew, in its schema of each kind."""
STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
}
OTHERS = [{}, {"FanOut": "true"}, {"ExistingSecretArn": "arn:mine", "PoeApiKey": "", "SlackWebhookUrl": ""}]

every_release = pytest.mark.parametrize("before", FOLDERS, ids=lambda folder: folder.name)


def kept(template: Path, parameters: Mapping[str, object]) -> dict[str, Any]:
    """Give what would be made anew of each resource that holds something, and what it is kept by."""
    stack = Resolved(translated(template), {**USUAL, **parameters})
    found = {name: one for name, one in stack.resources().items() if one["Type"] in STATEFUL}
    policies = ("Type", "DeletionPolicy", "UpdateReplacePolicy")
    return {
        name: ([one.get(policy) for policy in policies], replacing(one["Type"], stack.properties(name)))
        for name, one in found.items()
    }


def replacing(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give the properties by whose change a resource of a kind is made anew."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", kind).schema
    names = {name.split("/")[2] for key in REPLACING for name in schema.get(key, ())}
    return {name: properties[name] for name in names & set(properties)}


@every_release
@pytest.mark.parametrize("parameters", OTHERS, ids=lambda one: "-".join(one) or "usual")
def test_nothing_that_holds_something_is_made_anew(before: Path, parameters: dict[str, str]) -> None:
    """Table, secret, topic, queues and log keep their names, and what keeps them."""
    old = kept(before / TEMPLATE.name, parameters)
    assert {"Ledger", "Topic", "Log"} <= set(old)
    assert kept(TEMPLATE, parameters).items() >= old.items()


@every_release
def test_a_deployment_can_leave_all_parameters_as_they_are(before: Path) -> None:
    """Each is still there, may still be what it was by default, and the new ones need no value."""
    old, new = (source(file)["Parameters"] for file in (before / TEMPLATE.name, TEMPLATE))
    same = ("Type", "Default", "AllowedValues", "NoEcho")
    assert [[new[name].get(key) for key in same] for name in old] == [
        [one.get(key) for key in same] for one in old.values()
    ]
    assert all("Default" in new[name] for name in new.keys() - old.keys())


@every_release
def test_outputs_keep_their_names(before: Path) -> None:
    """What reads them of a stack of before reads them of one of today."""
    old, new = (source(file)["Outputs"] for file in (before / TEMPLATE.name, TEMPLATE))
    assert set(old) <= set(new)

"""Tests of deploying: the role that comes of it, and what a second deployment leaves alone."""

import json

import pytest

from tests.e2e.account import Account
from tests.e2e.surroundings import World
from tests.stack.deployed import Deployed

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

ROTATED = json.dumps({"poe_api_key": "rotated", "slack_webhook_url": ""})
CONFIG = '[[budget]]\nname = "By hand"\npoints = 5\nperiod = "day"\n'
PLACE = {"AWS::AccountId": "000000000000", "AWS::Region": "us-east-1"}


@pytest.mark.parametrize("fan_out", ["false", "true"])
def test_the_deployed_role_is_the_templates(account: Account, world: World, fan_out: str) -> None:
    """The role read back from IAM allows what the template says, on this stack's resources alone."""
    parameters = {**world.parameters, "FanOut": fan_out}
    place = {**PLACE, "AWS::StackName": f"role-{fan_out}"}
    stack = account.deploy(place["AWS::StackName"], **parameters)
    names = {
        "DueTicks.Arn": account.queue_arn(stack, "DueTicksUrl"),
        "Ledger.Arn": account.table_arn(stack),
        "Log.Arn": f"arn:aws:logs:us-east-1:000000000000:log-group:{stack.outputs['LogGroupName']}:*",
        "Secret.Id": stack.outputs["SecretArn"],
        "Topic": stack.outputs["TopicArn"],
    }
    (policy,) = Deployed(**parameters, **place).properties("FunctionRole")["Policies"]
    wanted = policy["PolicyDocument"]
    for statement in wanted["Statement"]:
        statement["Resource"] = names.get(statement["Resource"], statement["Resource"])
    assert account.role_policy(stack, policy["PolicyName"]) == wanted


@pytest.mark.parametrize("changed", [{}, {"IntervalMinutes": "30"}])
def test_a_second_deployment_leaves_what_was_changed_by_hand(
    account: Account, world: World, changed: dict[str, str]
) -> None:
    """With nothing or one parameter changed, the user's config and a rotated key stay as they are."""
    parameters = {**world.parameters, "IntervalMinutes": "60"}
    stack = account.deploy(f"again-{len(changed)}", **parameters)
    account.change_by_hand(stack, secret=ROTATED, config=CONFIG)

    assert account.deploy(f"again-{len(changed)}", **{**parameters, **changed}) == stack
    assert account.secret(stack) == ROTATED
    assert account.config(stack) == CONFIG
    minutes = changed.get("IntervalMinutes", "60")
    assert account.schedule(stack) == f"rate({minutes} minutes)"


def test_another_key_in_the_parameters_overwrites_the_secret(account: Account, world: World) -> None:
    """A new value of PoeApiKey is written, as its description warns, and the config still stays."""
    stack = account.deploy("overwritten", **world.parameters)
    account.change_by_hand(stack, secret=ROTATED, config=CONFIG)

    account.deploy("overwritten", **{**world.parameters, "PoeApiKey": "another"})
    assert json.loads(account.secret(stack)) == {
        "poe_api_key": "another",
        "slack_webhook_url": world.parameters["SlackWebhookUrl"],
    }
    assert account.config(stack) == CONFIG

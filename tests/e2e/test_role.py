"""The function's role as IAM has it, once deployed."""

from collections.abc import Mapping

import pytest

from tests.e2e.account import Account, Stack
from tests.e2e.surroundings import Running, World
from tests.stack.deployed import Deployed

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

PLACE = {"AWS::AccountId": "000000000000", "AWS::Region": "us-east-1"}


def check(account: Account, stack: Stack, name: str, parameters: Mapping[str, str]) -> None:
    """Assert that the role allows what the template says, on this stack's resources alone."""
    names = {
        "DueTicks.Arn": account.queue_arn(stack, "DueTicksUrl"),
        "Ledger.Arn": account.table_arn(stack),
        "Log.Arn": f"arn:aws:logs:us-east-1:000000000000:log-group:{stack.outputs['LogGroupName']}:*",
        "Secret.Id": stack.outputs["SecretArn"],
        "Topic": stack.outputs["TopicArn"],
    }
    deployed = Deployed(**parameters, **PLACE, **{"AWS::StackName": name})
    (policy,) = deployed.properties("FunctionRole")["Policies"]
    wanted = policy["PolicyDocument"]
    for statement in wanted["Statement"]:
        statement["Resource"] = names.get(statement["Resource"], statement["Resource"])
    assert account.role_policy(stack, policy["PolicyName"]) == wanted


def test_the_deployed_role_is_the_templates(account: Account, plain: Running) -> None:
    """For one account it may do what the template says."""
    check(account, plain.stack, "plain", {**plain.world.parameters, "IntervalMinutes": "60"})


def test_the_deployed_role_may_use_the_queue(account: Account, world: World) -> None:
    """Where accounts go through the queue, it may use that as well."""
    parameters = {**world.parameters, "FanOut": "true"}
    check(account, account.deploy("role", **parameters), "role", parameters)

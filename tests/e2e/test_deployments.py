"""Tests of deploying: with the README's own lines, and what a second deployment leaves alone."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.cli.running import Ended, run
from tests.e2e.account import Account
from tests.e2e.lines import AGAIN, BUILD, DEPLOY, MOVE, stacks
from tests.e2e.surroundings import KEY, World
from tests.stack.deployed import source
from tests.support import sam

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-build")]

ROTATED = json.dumps({"poe_api_key": "rotated", "slack_webhook_url": ""})
CONFIG = '[[budget]]\nname = "By hand"\npoints = 5\nperiod = "day"\n'


def test_a_stack_is_deployed_and_deployed_again_and_taken_away(account: Account, world: World) -> None:
    """With nothing or one parameter changed, the user's config and a rotated key stay as they are.

    A first deployment ticks and sends a test; what is taken away leaves its table and its secret.
    """
    first = [f"PoeApiUrl={world.parameters['PoeApiUrl']}", "IntervalMinutes=60", "MonthlyBudgetPoints=100000"]
    ended = operated(account, world, "deploy", "--zone", "UTC", *(f"--parameter={each}" for each in first))
    assert "slack: taken" in ended.out
    stack = account.stack("again")
    assert account.points(stack) == world.poe.total()
    assert ["TEST" in payload["text"] for payload in world.slack.payloads] == [False, True]

    rotated = json.dumps({"poe_api_key": "rotated", "slack_webhook_url": world.parameters["SlackWebhookUrl"]})
    account.change_by_hand(stack, secret=rotated, config=CONFIG)
    world.poe.keys = {"rotated"}
    ended = operated(account, world, "deploy")
    assert ended.out.startswith("Nothing changes in the stack again.\n")
    # The SAM CLI alone goes on with a stack that `poe-budget` has made.
    assert account.deploy("again", IntervalMinutes="30") == stack
    assert (account.secret(stack), account.config(stack)) == (rotated, CONFIG)
    assert account.schedule(stack) == "rate(30 minutes)"

    operated(account, world, "destroy")
    with pytest.raises(ClientError, match="does not exist"):
        account.stack("again")
    assert account.points(stack) == world.poe.total()
    assert account.secret(stack) == rotated


def operated(account: Account, world: World, command: str, *arguments: str) -> Ended:
    """Let `poe-budget` do something with the stack "again", unasked; it ends well and prints no secret."""
    secrets = {"POE_API_KEY": KEY, "SLACK_WEBHOOK_URL": world.parameters["SlackWebhookUrl"]}
    environ = {**account.aws.environment, **sam.settings(account.aws.environment), **secrets}
    ended = run(command, "--stack", "again", "--yes", *arguments, **environ)
    assert ended.status == 0, ended
    assert not [secret for secret in secrets.values() if secret in ended.out + ended.err]
    return ended


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


@pytest.mark.parametrize("processor", source()["Parameters"]["Architecture"]["AllowedValues"])
def test_the_readmes_lines_deploy_for_either_processor(
    account: Account, world: World, processor: str
) -> None:
    """Whoever adds a processor to the lines gets a function that ticks; later lines keep the rest."""
    name = f"lines-{processor.replace('_', '-')}"
    added = {"Architecture": processor, "PoeApiUrl": world.parameters["PoeApiUrl"]}
    # The first line of each, which builds, knows no processor: it was run before.
    lines = " ".join(
        [DEPLOY.removeprefix(BUILD).rstrip(), *(f"{key}={value}" for key, value in added.items())]
    )
    sam.run_lines(stacks(name, lines), account.built, account.aws.environment, typed=f"{KEY}\n")
    stack = account.stack(name)
    assert account.function(stack)["Architectures"] == [processor]
    assert account.tick(stack)["points"] == world.poe.total()

    sam.run_lines(stacks(name, AGAIN.removeprefix(BUILD)), account.built, account.aws.environment)
    assert account.schedule(stack) == "rate(15 minutes)"
    assert account.function(stack)["Architectures"] == [processor]
    assert account.tick(stack) == {**account.tick(stack), "complete": True, "points": 0}


def test_the_readmes_line_moves_to_a_secret_of_ones_own(account: Account, world: World) -> None:
    """Key and webhook come from the other secret at once; the stack's own, with what it holds, stays."""
    stack = account.deploy("moved", **world.parameters)
    account.tick(stack)
    mine = account.keep_secret("mine", json.dumps({"poe_api_key": "rotated", "slack_webhook_url": ""}))
    world.poe.keys = {"rotated"}

    move = stacks("moved", MOVE).replace("ARN_OF_YOUR_SECRET", mine)
    with pytest.raises(AssertionError, match="both kinds of quotes"):
        sam.run_lines(move.partition(" 'PoeApiKey")[0], account.built, account.aws.environment)
    sam.run_lines(move, account.built, account.aws.environment)
    moved = account.stack("moved")
    assert moved.outputs["SecretArn"] == mine
    assert account.tick(moved)["complete"]
    assert json.loads(account.secret(stack))["poe_api_key"] == KEY

    back = {**world.parameters, "PoeApiKey": "rotated", "ExistingSecretArn": ""}
    owned = account.deploy("moved", **back)
    assert owned.outputs["SecretArn"] not in {mine, stack.outputs["SecretArn"]}
    assert account.tick(owned)["complete"]


def test_a_name_under_which_no_config_could_be_written_is_refused(account: Account, world: World) -> None:
    """A stack whose parameter SSM would refuse is not deployed, and the reason says what to do."""
    with pytest.raises(AssertionError, match="Failed to create"):
        account.deploy("aws-points", **world.parameters)
    (reason,) = account.refusals("aws-points")
    assert "does not begin with aws or ssm" in reason
    assert reason.endswith("Deploy under another one.")

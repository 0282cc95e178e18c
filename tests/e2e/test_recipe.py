"""The recipe that stops a job, deployed beside a stack whose budget's limit is reached."""

import json
from datetime import UTC, datetime

import pytest

from tests.e2e.account import Account
from tests.e2e.surroundings import World, settled
from tests.readme.pages import blocks, page, section
from tests.support import sam
from tests.support.processes import wait_for
from tests.support.tools import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

(LINES,) = blocks("sh", section("## Stop a job at the limit, by approval", page("integrations")))
RULE = "nightly-batch"
PATIENCE = 60


def test_the_limit_asks_and_approval_stops_the_job(account: Account, world: World) -> None:
    """Deployed with the page's own lines: the limit asks by mail, the job runs on, and approval stops it."""
    alerting = account.deploy("limited", **world.parameters, MonthlyBudgetPoints="20000")
    events = account.aws.client("events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(1 day)")
    lines = LINES.replace("$(output TopicArn)", alerting.outputs["TopicArn"])
    sam.run_lines(lines, ROOT, account.aws.environment)
    recipe = account.stack("stop-nightly")
    # The local server puts the name of the default bus into a rule's ARN.
    arn = f"arn:aws:events:us-east-1:000000000000:rule/default/{RULE}"
    account.allow(recipe.resources["StopRole"], "events:DisableRule", arn)
    approver = account.listen_on(recipe.resources["Approvers"])

    account.tick(alerting)
    world.poe.add(settled(datetime.now(UTC), 30_000))
    account.tick(alerting)

    (asked,) = wait_for(lambda: account.texts(approver), "mail to the approver", PATIENCE)
    assert "“Everything” has reached its limit" in asked
    assert events.describe_rule(Name=RULE)["State"] == "ENABLED"
    answer = account.aws.client("lambda").invoke(
        FunctionName=recipe.outputs["FunctionName"], Payload=json.dumps({"approve": True})
    )
    assert json.loads(answer["Payload"].read()) == {"stopped": True}
    assert events.describe_rule(Name=RULE)["State"] == "DISABLED"

"""The commands that look after a stack, run as a user does on one that is deployed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from poe_budget.cli.diff import Diff, How
from poe_budget.cli.doctor import Diagnosis
from poe_budget.cli.logs import Logged
from poe_budget.cli.push import Pushed
from poe_budget.cli.status import Status
from poe_budget.cli.test_alert import Trial
from poe_budget.doctor.checks import Found
from poe_budget.function import Tick
from tests.cli.running import Ended, one_line, run
from tests.e2e.account import Account, Stack
from tests.e2e.surroundings import KEY, World, settled, surroundings

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

MINE = '[[budget]]\nname = "Mine"\npoints = 100_000\nperiod = "30d"\nalert_at = ["50%", "100%"]\n'


class User:
    """Somebody who owns a stack, and may do all in its account."""

    def __init__(self, account: Account, stack: Stack, world: World, name: str) -> None:
        self.account = account
        self.stack = stack
        self.world = world
        self.name = name

    def run(self, command: str, *arguments: object, **environ: str) -> Ended:
        """Run a command; what it prints holds no secret."""
        around = {**self.account.aws.environment, **environ}
        ended = run(command, *arguments, "--stack", self.name, **around)
        for secret in (KEY, self.world.parameters["SlackWebhookUrl"]):
            assert secret not in ended.out + ended.err
        return ended

    def report(self, kind: type[Any], command: str, *arguments: object) -> Any:
        """Run a command that ends well, and read what it prints for programs."""
        ended = self.run(command, *arguments, "--json")
        assert ended.status == 0, ended
        return msgspec.json.decode(ended.out, type=kind, strict=True)


@pytest.fixture
def user(account: Account, request: pytest.FixtureRequest) -> Iterator[User]:
    """Give the owner of a stack that was just deployed, for one test alone."""
    name = request.node.name.replace("_", "-")
    with surroundings() as world:
        stack = account.deploy(name, **world.parameters, IntervalMinutes="60")
        yield User(account, stack, world, name)


def config(folder: Path, text: str) -> Path:
    """Write a config into a file."""
    file = folder / "budgets.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_stack_is_looked_after_from_its_first_tick_on(user: User, tmp_path: Path) -> None:
    """What one command changes, the next one shows: from tick to logs."""
    assert "has not ticked yet: `poe-budget tick" in one_line(user.run("status"))
    assert user.run("logs").out == "The log holds no tick.\n"

    queue = user.account.subscribe_queue(user.stack)
    first: Tick = user.report(Tick, "tick")
    assert (first.complete, first.points, first.alerts.sent) == (True, user.world.poe.total(), 1)

    status: Status = user.report(Status, "status", "--ask-poe")
    assert (status.config, status.budgets[0].name) == ("the stack's own first budget", "Everything")
    assert status.health is not None
    assert status.health.well
    assert status.balance is not None
    assert status.balance.points == user.world.poe.left()
    assert not status.coverage.gaps

    user.world.poe.add(settled(datetime.now(UTC), 60_000))
    user.report(Tick, "tick")
    mine = config(tmp_path, MINE)
    diff: Diff = user.report(Diff, "diff", mine)
    assert [(one.name, one.how) for one in diff.changes] == [("Everything", How.REMOVED), ("Mine", How.ADDED)]
    (coming,) = diff.coming
    assert coming.words.startswith("New or changed: ")
    pushed: Pushed = user.report(Pushed, "push", mine, "--yes")
    assert (pushed.version, pushed.before, user.account.config(user.stack)) == (1, None, MINE)

    user.account.received(queue)
    assert "1 alert sent, and none waits." in user.run("tick").out
    (sent,) = user.account.received(queue)
    assert [(alert["rule"], alert["severity"]) for alert in sent["alerts"]] == [(coming.rule, "info")]

    tested: Trial = user.report(Trial, "test-alert", "--severity", "critical")
    assert [(one.channel, one.answer) for one in tested.channels] == [("slack", "taken"), ("sns", "taken")]
    assert "TEST" in user.world.slack.payloads[-1]["text"]
    posted = len(user.world.slack.payloads)
    (sent,) = user.account.received(queue)
    assert [alert["severity"] for alert in sent["alerts"]] == ["critical"]

    higher = config(tmp_path, MINE.replace("100_000", "200_000") + "#" * 4096)
    ended = user.run("push", higher, "--yes")
    assert "- Mine: 50 %, which is now 100,000 points" in ended.out
    assert "about $0.05 a month" in ended.err
    back: Pushed = user.report(Pushed, "rollback", "--yes")
    assert (back.version, back.before, user.account.config(user.stack)) == (3, 2, MINE)
    assert "no version 9" in one_line(user.run("rollback", "--to", "9", "--yes"))

    visit = msgspec.json.decode(user.run("doctor", "--json").out, type=Diagnosis)
    # The local server judges alarms, too, and by no data: so some of them may be on by now.
    ill = [check for check in visit.checks if check.found != Found.WELL and check.subject != "Alarms"]
    assert not ill, ill
    assert not [check for check in visit.checks if check.found == Found.UNSEEN]
    assert len(user.world.slack.payloads) == posted

    logged: Logged = user.report(Logged, "logs", "--last", "3")
    assert [tick.points for tick in logged.ticks] == [60_000, 0, 0]
    assert logged.ticks[0].bots[0].points == 60_000
    shown = user.run("logs").out.splitlines()
    assert len(shown) == 1 + 4
    assert "Claude-Sonnet-4.5 60,000" in shown[2]


def test_a_function_that_poe_refuses(user: User) -> None:
    """A tick that fails is one line with its reason, and the status says since when that is so."""
    user.run("tick")
    keys = set(user.world.poe.keys)
    user.world.poe.keys.clear()
    ended = user.run("tick")
    assert ended.status == 1
    assert "Poe refused the API key (HTTP 401). Make a new key" in one_line(ended)
    assert "Poe refuses the API key, so nothing is counted, since" in user.run("status").out
    user.world.poe.keys |= keys
    user.run("tick")
    assert "Poe refuses" not in user.run("status").out


def test_a_user_without_rights(user: User) -> None:
    """Each right that is missing is named by what could not be done, in one line."""
    user.run("tick")
    client = user.account.aws.client("iam")
    client.create_user(UserName="looks")
    key = client.create_access_key(UserName="looks")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    rights = {
        "cloudformation:DescribeStacks": "describe the stack",
        "lambda:GetFunctionConfiguration": "describe the function",
        "dynamodb:*": f"the table of {user.name} cannot be used: The table failed (AccessDenied",
        "ssm:GetParameter": f"read the parameter /{user.name}/budgets",
    }
    allowed: list[str] = []
    for right, words in rights.items():
        ended = user.run("status", **keys)
        assert ended.status == 1
        assert words in one_line(ended)
        allowed.append(right)
        statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
        document = msgspec.json.encode({"Version": "2012-10-17", "Statement": [statement]}).decode()
        client.put_user_policy(UserName="looks", PolicyName="looks", PolicyDocument=document)
    assert user.run("status", **keys).status == 0
    for command, words in (("tick", "invoke the function"), ("logs", "read the log")):
        assert words in one_line(user.run(command, **keys))

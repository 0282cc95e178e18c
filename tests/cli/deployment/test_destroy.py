"""A stack taken away: what goes, what stays, and that nobody does it by accident."""

from collections.abc import Iterator

import pytest

from tests.cli.deployment.fakes import CloudFormation, deploying
from tests.cli.monitor import AWS, NAME, Monitor
from tests.cli.running import Ended, Transcript, answered, one_line, run
from tests.support.world import MONTH


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    """Give an account with the stack."""
    made = CloudFormation("CREATE_COMPLETE")
    with deploying(made):
        yield made


def answering(typed: str, *arguments: str) -> Ended:
    """Run the command as a person who types these answers."""
    return answered(typed, "destroy", "--stack", NAME, *arguments, **AWS)


def test_what_destroying_says(cloudformation: CloudFormation, transcript: Transcript) -> None:
    """What goes and what stays and why is shown first, and afterwards the commands that delete the rest."""
    transcript.add("destroy", run("destroy", "--stack", NAME, **AWS))
    assert cloudformation.asked == []
    transcript.add("destroy --yes", run("destroy", "--stack", NAME, "--yes", **AWS))
    assert (cloudformation.asked, cloudformation.status) == (["delete stack"], "")
    transcript.add("destroy --yes", run("destroy", "--stack", NAME, "--yes", **AWS))


@pytest.mark.parametrize("typed", ["\n", "y\n", "Watch\n", "other\n"])
def test_only_the_stacks_own_name_deletes_it(cloudformation: CloudFormation, typed: str) -> None:
    """Anything else that is typed changes nothing."""
    ended = answering(typed)
    assert ended.status == 1
    assert ended.err.endswith("Nothing is deleted.\n")
    assert cloudformation.asked == []
    assert answering(f"{NAME}\n").status == 0
    assert cloudformation.asked == ["delete stack"]


def test_everything_is_asked_for_twice(monitor: Monitor, cloudformation: CloudFormation) -> None:
    """With a second yes the table, the config and the secret go too."""
    world = monitor.world
    cloudformation.physical |= {"Ledger": "ledger", "Secret": "secret"}
    assert answering(f"{NAME}\nn\n", "--everything").status == 1
    assert cloudformation.asked == []
    world.configure(MONTH)
    ended = answering(f"{NAME}\ny\n", "--everything")
    assert ended.status == 0, ended
    assert world.dynamodb.list_tables()["TableNames"] == []
    assert world.secrets.list_secrets()["SecretList"] == []
    assert world.ssm.describe_parameters()["Parameters"] == []


def test_a_stack_of_another_project_is_left_alone(cloudformation: CloudFormation) -> None:
    """What has no ledger and no function of ours is not deleted, whatever its name."""
    cloudformation.there = {"Bucket": "AWS::S3::Bucket"}
    ended = run("destroy", "--stack", NAME, "--yes", **AWS)
    assert ended.status == 2
    assert "the stack watch is not of this project" in one_line(ended)
    assert cloudformation.asked == []


def test_what_cannot_be_deleted_is_said(cloudformation: CloudFormation) -> None:
    """The reason of AWS is in the line, and the commands for the rest are not shown."""
    cloudformation.deleted = ["DELETE_IN_PROGRESS", "DELETE_FAILED"]
    cloudformation.events = [
        {"LogicalResourceId": "Log", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "in use"}
    ]
    ended = run("destroy", "--stack", NAME, "--yes", **AWS)
    assert ended.status == 1
    assert "could not delete all of watch (DELETE_FAILED): Log: in use" in ended.err
    assert "These commands" not in ended.out


def test_ctrl_c_while_it_is_deleted(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS goes on, which is said."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    cloudformation.deleted = ["DELETE_IN_PROGRESS", ""]
    monkeypatch.setattr("poe_budget.deployment.site.time.sleep", interrupt)
    ended = run("destroy", "--stack", NAME, "--yes", **AWS)
    assert ended.status == 130
    assert "AWS goes on deleting watch." in ended.err

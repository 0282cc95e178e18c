"""A stack of the release before is upgraded: what it holds, what it has sent, and what waits stay."""

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from budget_alert import __version__
from poe_budget.deployment.sam import Sam
from standins.simulated_poe import SimulatedPoes
from standins.slack_receiver import SlackReceiver
from tests.cli.running import Ended, run
from tests.e2e.account import Account, Stack
from tests.support import tools
from tests.support.releases import FOLDERS, Release, counted, place, recorded, waiting

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

BEFORE = [folder for folder in FOLDERS if folder.name != f"release-{__version__}"][-1]
HOLDING = ("Ledger", "Secret", "Topic", "Log")
MOST_WRITTEN = 25


@pytest.fixture
def release() -> Release:
    """Give what the release before has left behind by now."""
    return recorded(BEFORE, datetime.now(UTC))


@pytest.fixture
def slack() -> SlackReceiver:
    """Give a Slack that takes messages again."""
    return SlackReceiver()


@pytest.fixture
def parameters(release: Release, slack: SlackReceiver) -> Iterator[dict[str, str]]:
    """Serve what surrounds the stack, and give what it was deployed with."""
    with SimulatedPoes(release.poes()).serve() as poe_url, slack.serve() as webhook:
        yield {
            "PoeApiKey": "first",
            "SlackWebhookUrl": webhook,
            "PoeApiUrl": poe_url,
            "IntervalMinutes": "60",
        }


def templates_of(release: Release, folder: Path, built: Path) -> Path:
    """Put the templates of a release where SAM finds them; the code is today's, which is built already."""
    (folder / "infra").mkdir()
    shutil.copy(release.folder / "observability.yaml", folder / "infra")
    template = (release.folder / "template.yaml").read_text()
    function = built / ".aws-sam" / "build" / "Function"
    (folder / "template.yaml").write_text(template.replace("CodeUri: handler/", f"CodeUri: {function}"))
    return folder


def fill(account: Account, stack: Stack, items: Sequence[dict[str, Any]]) -> None:
    """Put items into a stack's table."""
    client, table = account.aws.client("dynamodb"), stack.outputs["TableName"]
    for at in range(0, len(items), MOST_WRITTEN):
        puts = [{"PutRequest": {"Item": one}} for one in items[at : at + MOST_WRITTEN]]
        assert not client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]


def table(account: Account, stack: Stack) -> list[dict[str, Any]]:
    """Give all items of a stack's table."""
    pages = (
        account.aws.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs["TableName"])
    )
    return [item for page in pages for item in page["Items"]]


def upgrade(account: Account) -> Ended:
    """Run `poe-budget deploy` as who owns the account and has the SAM CLI; it lets the function tick, too."""
    environment = account.aws.environment
    path = f"{tools.sam().parent}:{environment['PATH']}"
    # The local server can update all alarms of the nested stack or none: so the interval changes as well.
    changed = ("--parameter", "IntervalMinutes=30")
    around = {**environment, "PATH": path, "SAM_CLI_POLL_DELAY": "0.3"}

    def build(_: Sam, folder: Path) -> None:
        """Take what is built already."""
        shutil.copytree(account.built / ".aws-sam", folder / ".aws-sam")

    with patch.object(Sam, "build", build):
        return run("deploy", "--stack", "upgraded", "--yes", *changed, **around)


def test_an_upgrade_loses_nothing(
    account: Account, release: Release, slack: SlackReceiver, parameters: dict[str, str], tmp_path: Path
) -> None:
    """Table, secret and config are the same; what waited is sent, what was sent is not, and snoozes hold."""
    before = Account(account.aws, templates_of(release, tmp_path, account.built))
    old = before.deploy("upgraded", **parameters)
    secret = release.secret(parameters["SlackWebhookUrl"])
    account.change_by_hand(old, secret=secret, config=release.config)
    fill(account, old, release.items)
    queue = account.subscribe_queue(old)

    ended = upgrade(account)
    assert ended.status == 0, ended
    new = account.stack("upgraded")
    assert new.outputs["Version"] == __version__
    assert {**new.outputs, **old.outputs, "Version": __version__} == new.outputs
    assert [new.resources[name] for name in HOLDING] == [old.resources[name] for name in HOLDING]
    assert (account.secret(new), account.config(new)) == (secret, release.config)

    items = table(account, new)
    assert counted(items) == release.points()
    assert {place(one) for one in release.items} <= {place(one) for one in items}
    assert waiting(release.items)
    assert not waiting(items)
    words = json.dumps(slack.payloads, ensure_ascii=False)
    assert all(owed in words for owed in ("“All of us”", "700 points"))

    account.tick(new)
    messages = account.received(queue) + account.received(queue)
    sent = [(one["account"], alert["id"], alert["rule"]) for one in messages for alert in one["alerts"]]
    known = {(name, key.rpartition("#")[2]) for name, key in map(place, release.items)}
    assert len(sent) == len({*sent}) > 0
    assert not known & {(name, alert) for name, alert, _ in sent}
    assert "Month" not in {rule for _, _, rule in sent}

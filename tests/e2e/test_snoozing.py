"""An alert is snoozed over the second function's real address, with IAM enforced and over TLS."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import urllib3

from budget_alert.ledger.snooze_book import SnoozeBook, place_of
from budget_alert.ledger.table import Table
from budget_alert.snoozes import Snooze
from tests.e2e.account import Account, Stack
from tests.e2e.surroundings import KEY, World, assert_no_secrets, settled, surroundings
from tests.support.clicks import SIGNING, form, menus, payload_of, signed_headers
from tests.support.processes import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

SECONDS = 3
"""So long the snooze lasts that ends while the test runs."""


class Clicked(msgspec.Struct, frozen=True, kw_only=True):
    """A stack whose alerts can be snoozed, what surrounds it, and the address that takes clicks."""

    account: Account
    stack: Stack
    world: World
    http: urllib3.PoolManager

    def ask(self, body: bytes, headers: dict[str, str], method: str = "POST", path: str = "/") -> int:
        """Send a request to the address as it came out of the stack, and give the status of the answer."""
        server = self.account.aws.environment["AWS_ENDPOINT_URL"]
        host = urlsplit(self.stack.outputs["SlackActionsUrl"]).netloc
        named = {**headers, "Host": host}
        return self.http.request(
            method, server + path, body=body or None, headers=named, retries=False
        ).status

    def click(self, block: dict[str, Any], choice: str = "") -> int:
        """Choose something now."""
        now = datetime.now(UTC)
        body = form(payload_of(block, choice, now, self.world.parameters["SlackWebhookUrl"]))
        return self.ask(body, signed_headers(body, now))

    def sent(self) -> list[str]:
        """Spend nothing more, let a tick run, and take the first lines of what Slack gets."""
        self.account.tick(self.stack)
        texts = [payload["text"] for payload in self.world.slack.payloads]
        self.world.slack.payloads.clear()
        return texts

    def spend(self, points: int) -> None:
        """Use so many points now."""
        self.world.poe.add(settled(datetime.now(UTC), points))

    def snoozes(self) -> list[dict[str, Any]]:
        """Give what clicks have written."""
        partition, _ = place_of("default")
        return [
            each
            for prefix in ("click#", "snoozes")
            for each in self.account.items(self.stack, prefix, partition)
        ]

    def book(self) -> SnoozeBook:
        """Give the account's snoozes, with the rights of who owns the stack."""
        client = self.account.aws.client("dynamodb")
        return SnoozeBook(Table(client, self.stack.outputs["TableName"], "default"))


@pytest.fixture
def clicked(account: Account) -> Iterator[Clicked]:
    """Deploy a stack whose alerts can be snoozed, past its welcome."""
    more = {"SlackActions": "true", "SlackSigningSecret": SIGNING, "MonthlyBudgetPoints": "100000"}
    http = urllib3.PoolManager(ca_certs=account.aws.environment["AWS_CA_BUNDLE"])
    with surroundings() as world, http:
        stack = account.deploy("snoozed", **world.parameters, **more, IntervalMinutes="60")
        running = Clicked(account=account, stack=stack, world=world, http=http)
        assert running.sent()
        yield running


def test_an_alert_is_snoozed_where_it_is_read(clicked: Clicked) -> None:
    """Alert, click, silence, a higher threshold that says so, the end, and what still holds sent once."""
    clicked.spend(55_000)
    clicked.account.tick(clicked.stack)
    (alert,) = clicked.world.slack.payloads
    (menu,) = menus(alert)
    refuses_what_slack_has_not_signed(clicked, menu)

    assert clicked.click(menu, "6h") == 200
    (reply,) = clicked.world.slack.replied
    assert "ada snoozed “Everything” until" in reply["text"]
    assert [item["sk"]["S"].partition("#")[0] for item in clicked.snoozes()] == ["click", "snoozes"]
    clicked.world.slack.payloads.clear()
    clicked.spend(5_000)
    assert clicked.sent() == []

    clicked.spend(25_000)
    clicked.account.tick(clicked.stack)
    (alert,) = clicked.world.slack.payloads
    assert "Snoozed until" in str(alert)
    assert "by ada; sent all the same" in str(alert)

    ends_soon(clicked)
    clicked.world.slack.payloads.clear()
    (again,) = wait_for(clicked.sent, "what still holds", 20)
    assert "Everything" in again
    assert clicked.sent() == []
    kept = (KEY, SIGNING, clicked.world.parameters["SlackWebhookUrl"])
    assert_no_secrets(log_of_clicks(clicked), *kept)


def refuses_what_slack_has_not_signed(clicked: Clicked, menu: dict[str, Any]) -> None:
    """Ask as nobody may; each is refused, and changes nothing."""
    now = datetime.now(UTC)
    body = form(payload_of(menu, "6h", now, clicked.world.parameters["SlackWebhookUrl"]))
    good, forged = signed_headers(body, now), signed_headers(body, now, "another")
    old = signed_headers(body, now - timedelta(minutes=6))
    found = [
        clicked.ask(body, forged),
        clicked.ask(body, old),
        clicked.ask(body + b"&", good),
        clicked.ask(b"", {}),
        clicked.ask(body, good, path="/admin"),
        clicked.ask(b"", good, method="GET"),
    ]
    assert found == [403, 403, 403, 403, 404, 404]
    assert clicked.snoozes() == []
    assert clicked.world.slack.replied == []


def ends_soon(clicked: Clicked) -> None:
    """Let the snooze end within seconds, as `poe-budget snooze --until` would."""
    now = datetime.now(UTC)
    until = now + timedelta(seconds=SECONDS)
    clicked.book().put(Snooze(rule="Everything", start=now, until=until, points=85_000, limit=100_000))


def log_of_clicks(clicked: Clicked) -> list[str]:
    """Give the lines of the second function's log."""
    client = clicked.account.aws.client("logs")
    found = client.filter_log_events(logGroupName=clicked.stack.resources["ActionsLog"])
    return [event["message"] for event in found["events"]]

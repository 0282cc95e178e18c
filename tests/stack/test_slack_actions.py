"""Tests of the second function, which takes clicks in Slack, and of a stack without it."""

import json

import pytest

from budget_alert.actions import endpoint
from budget_alert.settings import settings_from
from tests.stack.deployed import USUAL, Deployed
from tests.stack.grants import granted, statements
from tests.stack.test_role import recorded
from tests.support.clicks import click, menus, secret_with_signing
from tests.support.recorder import Call
from tests.support.world import START, deployment

OWN = {
    "Actions",
    "ActionsLog",
    "ActionsRole",
    "ActionsURLInvokeAllowPublicAccess",
    "ActionsUrl",
    "ActionsUrlPublicPermissions",
}


def clickable(**parameters: object) -> Deployed:
    """Return the stack whose alerts can be snoozed in Slack."""
    return Deployed(**USUAL, SlackActions="true", SlackSigningSecret="shh", **parameters)


def test_nothing_of_it_unless_it_is_asked_for() -> None:
    """Without SlackActions: no second function, no address, and the secret's text as it always was."""
    alone = Deployed(**USUAL)
    assert set(clickable().resources()) - set(alone.resources()) == OWN
    assert set(clickable().outputs()) - set(alone.outputs()) == {"SlackActionsUrl"}
    assert json.loads(alone.properties("Secret")["SecretString"]).keys() == {
        "poe_api_key",
        "slack_webhook_url",
    }


def test_the_signing_secret_goes_into_the_secret() -> None:
    """What is given as a parameter is in the secret, by its own name."""
    kept = json.loads(clickable().properties("Secret")["SecretString"])
    assert kept == {
        "poe_api_key": USUAL["PoeApiKey"],
        "slack_webhook_url": USUAL["SlackWebhookUrl"],
        "slack_signing_secret": "shh",
    }


def test_it_is_not_deployed_without_a_signing_secret() -> None:
    """SlackActions without a signing secret is refused, unless a secret of one's own may hold it."""
    own = {"ExistingSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-AbCdEf"}
    assert "OneSigningSecret" in Deployed(**USUAL, SlackActions="true").broken_rules()
    assert "OneSigningSecret" not in clickable().broken_rules()
    assert "OneSigningSecret" not in Deployed(**own, SlackActions="true").broken_rules()


def test_both_functions_know_it() -> None:
    """The first puts menus on alerts, and the second finds the secret and the table."""
    assert settings_from(clickable().environment()).slack_actions
    settings = settings_from(clickable().environment("Actions"))
    assert (settings.secret_id, settings.table_name) == ("Secret.Id", "Ledger")


@pytest.mark.parametrize(("parameters", "reserved"), [({}, None), ({"SlackActionsConcurrency": 2}, 2)])
def test_concurrency_is_reserved_where_it_is_asked_for(
    parameters: dict[str, object], reserved: int | None
) -> None:
    """By default none is, for small accounts have none to spare."""
    assert clickable(**parameters).properties("Actions").get("ReservedConcurrentExecutions") == reserved


def calls_of_clicks(monkeypatch: pytest.MonkeyPatch) -> set[Call]:
    """Return the calls of a click that snoozes, and of one that takes that back."""
    monkeypatch.setenv("SLACK_ACTIONS", "true")
    endpoint._trusted.clear()  # noqa: SLF001 - as in a new process
    with deployment() as world:
        world.keep_secret(secret_with_signing(world))
        world.tick(START)
        world.spend(500)
        world.tick(world.later(minutes=5))
        (menu,) = menus(world.slack.payloads[-1])
        with recorded("clicks") as calls:
            assert click(world, menu, "6h") == 200
            (button,) = menus({"blocks": world.slack.replied[-1]["blocks"]})
            assert click(world, button) == 200
    return calls


def test_the_role_allows_what_clicks_call_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Action by action and resource by resource; and only snoozes can be written."""
    assert granted(clickable(), "Actions") == calls_of_clicks(monkeypatch)
    (writing,) = (one for one in statements(clickable(), "ActionsRole") if one["Sid"] == "Snoozes")
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "snoozes#*"}}

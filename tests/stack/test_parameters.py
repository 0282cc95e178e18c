"""Tests of what the template asks for, refuses and gives back."""

import json
import re
from datetime import timedelta
from itertools import product
from zoneinfo import available_timezones

import pytest
from hypothesis import given, strategies as st
from samtranslator.yaml_helper import yaml_parse

from budget_alert.config.reading import parse
from budget_alert.settings import settings_from
from tests.stack.deployed import NESTED, USUAL, Deployed, source

PARAMETERS = source()["Parameters"]
DIGITS = st.characters(codec="ascii")
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:poe-AbC123"


def accepts(parameter: str, value: str) -> bool:
    """Tell whether CloudFormation takes the value: the pattern has to match the whole of it."""
    return re.fullmatch(PARAMETERS[parameter]["AllowedPattern"], value) is not None


def test_every_parameter_and_output_is_described() -> None:
    """Whoever deploys reads what each parameter and each output is."""
    described = {**PARAMETERS, **source()["Outputs"]}
    assert all(one.get("Description") for one in described.values())


def test_every_parameter_has_a_group_and_a_label() -> None:
    """The console shows every parameter in a group, under a label in words."""
    interface = source()["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(PARAMETERS) == sorted(interface["ParameterLabels"])


def test_only_the_secrets_are_hidden() -> None:
    """The key, the webhook and the signing secret are never shown, all else is."""
    hidden = {name for name, one in PARAMETERS.items() if one.get("NoEcho")}
    assert hidden == {"PoeApiKey", "SlackSigningSecret", "SlackWebhookUrl"}


def test_a_pattern_says_what_would_be_right() -> None:
    """A value that a pattern refuses is answered with a sentence, not with the pattern."""
    assert all("ConstraintDescription" in one for one in PARAMETERS.values() if "AllowedPattern" in one)


@pytest.mark.parametrize("name", ["PoeApiKey", "SlackWebhookUrl"])
def test_a_secret_warns_of_what_it_overwrites(name: str) -> None:
    """The description of each secret says that a new value writes both values again."""
    assert "writes BOTH values into the secret again" in PARAMETERS[name]["Description"]


@pytest.mark.parametrize(
    ("parameter", "right", "wrong"),
    [
        ("PoeApiKey", ["", "abc-_DEF~123="], ['a"b', "a\\b", "a b", "ä", "a\n"]),
        ("ExistingSecretArn", ["", SECRET], ["poe", SECRET.rpartition("-")[0], "arn:aws:sns:eu-west-1:1:t"]),
        ("AlertEmail", ["", "you+poe@example.co.uk"], ["you", "a@b", "a@b.co c@d.eu", "a@@b.co"]),
        (
            "SlackWebhookUrl",
            ["", "https://hooks.slack.com/services/T0/B0/x", "http://127.0.0.1:8080/x"],
            ["http://hooks.slack.com/x", 'https://a/"', "hooks.slack.com", "http://127.0.0.1.example.com/"],
        ),
        (
            "TopicKeyArn",
            ["", "arn:aws:kms:eu-west-1:123456789012:key/mrk-12ab"],
            ["alias/aws/sns", "arn:aws:kms:eu-west-1:123456789012:alias/mine"],
        ),
        ("MonthlyBudgetPoints", ["100", "1000000"], ["", "0", "99", "-1000", "1e6", "1_000", "100.5"]),
        ("TimeZone", ["UTC", "America/Port-au-Prince", "Etc/GMT+1"], ["", 'UTC"', "Europe London"]),
        (
            "RunbookUrl",
            ["", "https://git.example.com/a/b/blob/main/infra/docs/runbook.md"],
            [
                "http://git.example.com/runbook.md",
                "https://git.example.com",
                "https://a/b#c",
                "https://a/<b>",
            ],
        ),
        (
            "PoeApiUrl",
            ["https://api.poe.com", "http://127.0.0.1:8080", "http://localhost"],
            ["http://api.poe.com", "https://api.poe.com/", "https://key@api.poe.com", ""],
        ),
    ],
)
def test_patterns_accept_and_refuse(parameter: str, right: list[str], wrong: list[str]) -> None:
    """Each pattern takes what its description names and refuses the mistakes close to it."""
    assert [value for value in right if not accepts(parameter, value)] == []
    assert [value for value in wrong if accepts(parameter, value)] == []


@given(
    key=st.from_regex(PARAMETERS["PoeApiKey"]["AllowedPattern"], fullmatch=True),
    webhook=st.from_regex(PARAMETERS["SlackWebhookUrl"]["AllowedPattern"], fullmatch=True),
)
def test_the_secret_holds_what_was_given(key: str, webhook: str) -> None:
    """Whatever the patterns let through stands in the secret's JSON unchanged."""
    secret = Deployed(PoeApiKey=key, SlackWebhookUrl=webhook).properties("Secret")["SecretString"]
    assert json.loads(secret) == {"poe_api_key": key, "slack_webhook_url": webhook}


@pytest.mark.parametrize("name", ["aws", "AWS-points", "aWsome", "ssm-budget", "Ssm"])
def test_a_name_that_ssm_reserves_is_refused(name: str) -> None:
    """Under such a name no config could ever be written, so the stack is not deployed; the words say why."""
    monitor = yaml_parse(NESTED.read_text())["Parameters"]["Monitor"]
    assert re.fullmatch(monitor["AllowedPattern"], name) is None
    assert "does not begin with aws or ssm" in monitor["ConstraintDescription"]
    assert all(re.fullmatch(monitor["AllowedPattern"], f"{first}{name}") for first in "Pw-")


def test_only_whole_and_unambiguous_combinations_are_accepted() -> None:
    """Just one source of the key, the webhook beside its key, and somebody to alert."""
    accepted = set()
    for key, secret, email, webhook in product(["", "k"], ["", SECRET], ["", "a@b.co"], ["", "https://a"]):
        given = {"PoeApiKey": key, "ExistingSecretArn": secret}
        given |= {"AlertEmail": email, "SlackWebhookUrl": webhook}
        if not Deployed(**given).broken_rules():
            accepted.add(" ".join(name for name, value in given.items() if value))
    assert accepted == {
        "PoeApiKey AlertEmail",
        "PoeApiKey SlackWebhookUrl",
        "PoeApiKey AlertEmail SlackWebhookUrl",
        "ExistingSecretArn",
        "ExistingSecretArn AlertEmail",
    }


def test_an_existing_secret_is_used_and_none_is_made() -> None:
    """With an existing secret the stack owns none, and names that one everywhere."""
    stack = Deployed(ExistingSecretArn=SECRET)
    assert "Secret" not in stack.resources()
    assert stack.outputs()["SecretArn"] == SECRET


def test_mail_is_subscribed_only_when_asked_for() -> None:
    """Without an e-mail address there is no subscription that could never be confirmed."""
    assert "EmailSubscription" not in Deployed(**{**USUAL, "AlertEmail": ""}).resources()


@given(
    points=st.from_regex(
        PARAMETERS["MonthlyBudgetPoints"]["AllowedPattern"], fullmatch=True, alphabet=DIGITS
    ),
    # Some machines know a zone of their own besides, by this name.
    zone=st.sampled_from(sorted(available_timezones() - {"localtime"})),
)
def test_the_default_config_is_made_of_the_parameters(points: str, zone: str) -> None:
    """Whatever the patterns let through makes a usable config with one budget, the month's."""
    config = parse(
        Deployed(**USUAL, MonthlyBudgetPoints=points, TimeZone=zone).environment()["DEFAULT_BUDGETS"]
    )
    assert config.timezone == zone
    assert [one.points for one in config.budgets] == [int(points)]


def test_the_function_accepts_its_environment() -> None:
    """The settings that the stack gives are settings that the function takes."""
    given = Deployed(**USUAL, PoeApiUrl="http://127.0.0.1:8080").environment()
    settings = settings_from(given)
    assert settings.poe_api_url == "http://127.0.0.1:8080"
    assert settings.default_budgets == given["DEFAULT_BUDGETS"]
    assert settings.settle == timedelta(minutes=60)
    assert settings.queue_url is None


@pytest.mark.parametrize("minutes", PARAMETERS["IntervalMinutes"]["AllowedValues"])
def test_the_function_knows_when_its_next_tick_comes(minutes: int) -> None:
    """The interval that it goes by is the one that the schedule has."""
    settings = settings_from(Deployed(**USUAL, IntervalMinutes=minutes).environment())
    assert settings.interval == timedelta(minutes=minutes)


def test_a_config_of_eight_kilobytes_can_be_written_by_the_command_that_is_shown() -> None:
    """The command in the outputs asks for a tier that holds more than the 4 KB of the standard one."""
    command = Deployed().outputs()["EditBudgets"]
    assert "--name /watch/budgets " in command
    assert "--tier Intelligent-Tiering" in command

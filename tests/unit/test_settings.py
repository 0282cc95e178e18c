from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.errors import SettingsError
from budget_alert.settings import Settings, settings_from

ENVIRONMENT = {
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "BUDGETS_PARAMETER": "/watch/budgets",
}


def test_the_least_environment_gets_the_defaults() -> None:
    """Poe's own address, an hour to settle, and no default config."""
    assert settings_from(ENVIRONMENT) == Settings(
        secret_id="secret",
        table_name="ledger",
        topic_arn="arn:aws:sns:eu-west-1:123456789012:alerts",
        budgets_parameter="/watch/budgets",
        default_budgets="",
        poe_api_url="https://api.poe.com",
        settle=timedelta(minutes=60),
    )


def test_everything_can_be_set() -> None:
    """Each variable of the contract is taken."""
    more = {"DEFAULT_BUDGETS": "x = 1", "POE_API_URL": "http://127.0.0.1:8080/", "SETTLE_MINUTES": "5"}
    more |= {"INTERVAL_MINUTES": "15", "QUEUE_URL": "https://sqs.example/due"}
    settings = settings_from(ENVIRONMENT | more | {"DASHBOARD_URL": "https://console.example/#name"})
    assert (settings.interval, settings.queue_url) == (timedelta(minutes=15), "https://sqs.example/due")
    assert settings.dashboard_url == "https://console.example/#name"
    assert settings.default_budgets == "x = 1"
    assert settings.poe_api_url == "http://127.0.0.1:8080"
    assert settings.settle == timedelta(minutes=5)


def test_empty_optional_variables_mean_the_defaults() -> None:
    """A template cannot leave a variable out: an empty one counts as missing."""
    empty = dict.fromkeys(
        [
            "DEFAULT_BUDGETS",
            "POE_API_URL",
            "SETTLE_MINUTES",
            "DASHBOARD_URL",
            "INTERVAL_MINUTES",
            "QUEUE_URL",
        ],
        "",
    )
    assert settings_from(ENVIRONMENT | empty) == settings_from(ENVIRONMENT)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_or_empty_variable_is_named(name: str) -> None:
    """The error says which one, and what to do."""
    for environment in (
        ENVIRONMENT | {name: ""},
        {key: ENVIRONMENT[key] for key in ENVIRONMENT if key != name},
    ):
        with pytest.raises(SettingsError, match=f"deploy the template again: {name} is not set$"):
            settings_from(environment)


def test_all_mistakes_are_named_at_once() -> None:
    """One deployment is enough to see them all."""
    with pytest.raises(SettingsError) as caught:
        settings_from({"POE_API_URL": "http://example.com", "SETTLE_MINUTES": "soon"})
    assert all(name in str(caught.value) for name in (*ENVIRONMENT, "POE_API_URL", "SETTLE_MINUTES"))


@pytest.mark.parametrize(
    "url", ["http://api.poe.com", "ftp://127.0.0.1", "api.poe.com", "https://", "http://[::1"]
)
def test_an_address_that_would_tell_the_key_is_refused(url: str) -> None:
    """The key goes over TLS, or to this machine itself."""
    with pytest.raises(SettingsError, match="POE_API_URL must be an https address"):
        settings_from(ENVIRONMENT | {"POE_API_URL": url})


@pytest.mark.parametrize(("minutes", "settle"), [("5", 5), ("15", 15), ("1440", 1440), ("007", 7)])
def test_minutes_to_settle_are_taken(minutes: str, settle: int) -> None:
    """From five minutes to a day."""
    assert settings_from(ENVIRONMENT | {"SETTLE_MINUTES": minutes}).settle == timedelta(minutes=settle)


@pytest.mark.parametrize(
    "minutes", ["0", "4", "1441", "-1", "1.5", "an hour", " 60", "60\n", "٦٠", "²", "9" * 5000]
)
def test_impossible_minutes_are_refused(minutes: str) -> None:
    """What is no whole number of minutes up to a day is named; so is a time that passes late costs over."""
    with pytest.raises(SettingsError, match="SETTLE_MINUTES must be a whole number from 5 to 1440"):
        settings_from(ENVIRONMENT | {"SETTLE_MINUTES": minutes})


@pytest.mark.parametrize("minutes", ["0", "2", "7", "61", "five", " 5"])
def test_an_impossible_interval_is_refused(minutes: str) -> None:
    """Only what the template offers makes a schedule."""
    with pytest.raises(SettingsError, match="INTERVAL_MINUTES must be 1, 5, 10, 15, 30 or 60"):
        settings_from(ENVIRONMENT | {"INTERVAL_MINUTES": minutes})


@given(
    st.dictionaries(
        st.sampled_from([*ENVIRONMENT, "POE_API_URL", "SETTLE_MINUTES", "DEFAULT_BUDGETS"]), st.text()
    )
)
def test_any_environment_is_settings_or_their_error(environment: dict[str, str]) -> None:
    """No environment fails in another way."""
    try:
        settings = settings_from(environment)
    except SettingsError:
        return
    assert settings.settle <= timedelta(days=1)


def test_a_dashboard_that_is_no_https_address_is_named() -> None:
    """A button must not lead to where anybody could listen."""
    with pytest.raises(SettingsError, match="DASHBOARD_URL must be an https address"):
        settings_from(ENVIRONMENT | {"DASHBOARD_URL": "javascript:alert(1)"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_ID", "secret\n"),
        ("SECRET_ID", "two words"),
        ("TABLE_NAME", "ab"),
        ("TABLE_NAME", " ledger"),
        ("TABLE_NAME", "led/ger"),
        ("TOPIC_ARN", "alerts"),
        ("TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:alerts "),
        ("TOPIC_ARN", "arn:aws:sqs:eu-west-1:123456789012:alerts"),
        ("TOPIC_ARN", "arn:aws:sns:eu-west-1:1234:alerts"),
        ("BUDGETS_PARAMETER", "/watch/ budgets"),
    ],
)
def test_what_aws_names_nothing_is_refused(name: str, value: str) -> None:
    """A name with a blank, or of another service, is named before anything is asked of AWS."""
    with pytest.raises(SettingsError, match=f"{name} must be the .*, without blanks around it$"):
        settings_from(ENVIRONMENT | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_ID", "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:poe/watch-AbCdEf"),
        ("TABLE_NAME", "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger"),
        ("TABLE_NAME", "poe-budget-Ledger-1ABC_2.x"),
        ("TOPIC_ARN", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:poe-budget-Topic-1ABC"),
        ("BUDGETS_PARAMETER", "arn:aws:ssm:eu-west-1:123456789012:parameter/watch/budgets"),
    ],
)
def test_names_and_arns_of_every_partition_are_taken(name: str, value: str) -> None:
    """Whatever AWS gives a stack to name its parts by."""
    assert isinstance(settings_from(ENVIRONMENT | {name: value}), Settings)

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from budget_alert.errors import SettingsError
from budget_alert.settings import Settings, settings_from

ENVIRONMENT = {
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "BUDGETS_PARAMETER": "/monitor/budgets",
}
OPTIONAL = [
    *("DEFAULT_BUDGETS", "POE_API_URL", "SETTLE_MINUTES"),
    *("DASHBOARD_URL", "INTERVAL_MINUTES", "QUEUE_URL", "RUNBOOK_URL"),
]
URL = "must be an https address"
SETTLE = "must be a whole number from 5 to 1440"
INTERVAL = "must be 1, 5, 10, 15, 30 or 60"
SHAPE = "must be the .*, without blanks around it$"


def test_the_least_environment_gets_the_defaults() -> None:
    """Poe's own address, an hour to settle, and no default config; an empty variable counts as missing."""
    least = Settings(
        secret_id="secret",
        table_name="ledger",
        topic_arn="arn:aws:sns:eu-west-1:123456789012:alerts",
        budgets_parameter="/monitor/budgets",
        default_budgets="",
        poe_api_url="https://api.poe.com",
        settle=timedelta(minutes=60),
        interval=timedelta(minutes=5),
    )
    assert settings_from(ENVIRONMENT) == settings_from(ENVIRONMENT | dict.fromkeys(OPTIONAL, "")) == least


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("DEFAULT_BUDGETS", "x = 1", "default_budgets", "x = 1"),
        ("POE_API_URL", "http://127.0.0.1:8080/", "poe_api_url", "http://127.0.0.1:8080"),
        ("SETTLE_MINUTES", "5", "settle", timedelta(minutes=5)),
        ("SETTLE_MINUTES", "007", "settle", timedelta(minutes=7)),
        ("SETTLE_MINUTES", "1440", "settle", timedelta(days=1)),
        ("INTERVAL_MINUTES", "15", "interval", timedelta(minutes=15)),
        ("QUEUE_URL", "https://sqs.example/due", "queue_url", "https://sqs.example/due"),
        ("DASHBOARD_URL", "https://console.example/#x", "dashboard_url", "https://console.example/#x"),
        ("RUNBOOK_URL", "https://git.example/runbook", "runbook_url", "https://git.example/runbook"),
        *(
            (name, value, name.lower(), value)
            for name, value in [
                ("SECRET_ID", "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:poe/key-AbCdEf"),
                ("TABLE_NAME", "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger"),
                ("TABLE_NAME", "poe-budget-Ledger-1ABC_2.x"),
                ("TOPIC_ARN", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:poe-budget-Topic-1ABC"),
                ("BUDGETS_PARAMETER", "arn:aws:ssm:eu-west-1:123456789012:parameter/monitor/budgets"),
            ]
        ),
    ],
)
def test_everything_can_be_set(name: str, value: str, field: str, expected: object) -> None:
    """Each variable of the contract is taken; names and ARNs are those of every partition."""
    assert getattr(settings_from(ENVIRONMENT | {name: value}), field) == expected


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_or_empty_variable_is_named(name: str) -> None:
    """The error says which one, and what to do; one deployment is enough to see all mistakes."""
    for environment in (
        ENVIRONMENT | {name: ""},
        {key: ENVIRONMENT[key] for key in ENVIRONMENT if key != name},
    ):
        with pytest.raises(SettingsError, match=f"deploy the template again: {name} is not set$"):
            settings_from(environment)
    with pytest.raises(SettingsError) as caught:
        settings_from({"POE_API_URL": "http://example.com", "SETTLE_MINUTES": "soon"})
    assert all(each in str(caught.value) for each in (*ENVIRONMENT, "POE_API_URL", "SETTLE_MINUTES"))


@pytest.mark.parametrize(
    ("name", "words", "values"),
    [
        ("POE_API_URL", URL, ["http://api.poe.com", "ftp://127.0.0.1", "api.poe.com", "https://"]),
        ("DASHBOARD_URL", URL, ["javascript:alert(1)"]),
        ("RUNBOOK_URL", URL, ["runbook.md"]),
        ("SETTLE_MINUTES", SETTLE, ["0", "4", "1441", "-1", "1.5", "an hour", " 60", "60\n", "٦٠", "²"]),
        ("SETTLE_MINUTES", SETTLE, ["9" * 5000]),
        ("INTERVAL_MINUTES", INTERVAL, ["0", "2", "7", "61", "five", " 5"]),
        ("SECRET_ID", SHAPE, ["secret\n", "two words"]),
        ("TABLE_NAME", SHAPE, ["ab", " ledger", "led/ger"]),
        ("TOPIC_ARN", SHAPE, ["alerts", ENVIRONMENT["TOPIC_ARN"] + " ", "arn:aws:sns:eu-west-1:1234:alerts"]),
        ("TOPIC_ARN", SHAPE, ["arn:aws:sqs:eu-west-1:123456789012:alerts"]),
        ("BUDGETS_PARAMETER", SHAPE, ["/monitor/ budgets"]),
    ],
)
def test_what_cannot_be_is_refused(name: str, words: str, values: list[str]) -> None:
    """A key must not travel openly, nor a link lead anywhere; the rest is what the template offers."""
    for value in values:
        with pytest.raises(SettingsError, match=f"{name} {words}"):
            settings_from(ENVIRONMENT | {name: value})


@given(st.dictionaries(st.sampled_from([*ENVIRONMENT, *OPTIONAL]), st.text()))
def test_any_environment_is_settings_or_their_error(environment: dict[str, str]) -> None:
    """No environment fails in another way."""
    try:
        settings = settings_from(environment)
    except SettingsError:
        return
    assert settings.settle <= timedelta(days=1)

import json

import pytest
from hypothesis import given, strategies as st

from budget_alert.errors import SecretError
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.secret import Keyring, Secret, is_safe_address, parse_secret
from tests.support.poe_client import KEY, words_of

WEBHOOK = "https://hooks.slack.com/services/T0/B0/nobody-may-see-this"
EMPTY: list[object] = [None, "", "  ", False, 0, [], {}]
KEY_ALONE = Keyring(keys={ALONE: Secret(KEY)})


SLACK = (Secret(WEBHOOK), True)


def slack_of(text: str) -> tuple[Secret | None, bool]:
    """Give Slack's address, and whether what is said of it can be read."""
    found = parse_secret(text)
    return found.slack_url, found.slack_known


def document(**fields: object) -> str:
    """Give a secret's JSON."""
    return json.dumps(fields)


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"  {KEY}\n",
        document(poe_api_key=KEY),
        document(poe_api_key=f" {KEY}\t"),
        *(document(poe_api_key=KEY, slack_webhook_url=empty) for empty in EMPTY),
    ],
)
def test_a_key_alone_means_no_slack(text: str) -> None:
    """The key is plain text or JSON, with or without blanks around it; an empty webhook is not wanted."""
    assert parse_secret(text) == KEY_ALONE


BOM = "\ufeff"


@pytest.mark.parametrize("wrapped", ["{}", f"{BOM}{{}}", f" \n{BOM} {{}} \r\n", f"{BOM}{BOM}{{}}"])
def test_a_byte_order_mark_and_blanks_are_taken_off(wrapped: str) -> None:
    """Editors put them there, around a key as around JSON with one account or several."""
    both = document(poe_api_key=KEY, slack_webhook_url=f"{WEBHOOK}\n")
    assert parse_secret(wrapped.replace("{}", KEY)) == KEY_ALONE
    for text in (wrapped.replace("{}", both), wrapped.replace("{}", json.dumps(f"{BOM} {both}\n"))):
        assert parse_secret(text) == Keyring(keys={ALONE: Secret(KEY)}, slack_url=Secret(WEBHOOK))
    several = parse_secret(wrapped.replace("{}", document(accounts=KEYS)))
    assert several.accounts == ("production", "research")


def test_a_json_text_in_a_json_text_is_opened_once() -> None:
    """So some tools store what they are given; what is wrapped twice was not meant so."""
    several = document(accounts=KEYS, slack_webhook_url=WEBHOOK)
    assert parse_secret(json.dumps(several)) == parse_secret(several)
    with pytest.raises(SecretError, match="the key holds quotes or braces"):
        parse_secret(json.dumps(json.dumps(several))).key_of(ALONE)


NO_KEY, EMPTY_KEY = document(slack_webhook_url=WEBHOOK), document(poe_api_key="")
UNUSABLE: list[tuple[str, str]] = [
    *(
        (text, "the key holds quotes or braces")
        for text in (f'"{KEY}"', f"'{KEY}'", f'["{KEY}"]', f"\u201c{KEY}\u201d", f"'{{poe_api_key:{KEY}}}'")
    ),
    (
        f"{{poe_api_key:{KEY}}}",
        "holds braces and is no JSON object: names and texts in it stand in double quotes",
    ),
    *(
        (text, "the key holds blanks or line breaks")
        for text in (f"{KEY} {KEY}", f"{KEY}\n{KEY}", "two words")
    ),
    (WEBHOOK, "the key holds an address"),
    *(
        (text, "the key holds characters that no key has")
        for text in (f"poe_api_key={KEY}", f"Bearer:{KEY}", "\u2026", "kéy", "key\x00")
    ),
    *((text, "there is no poe_api_key") for text in ("", "  \n", "{}", NO_KEY, EMPTY_KEY)),
    (document(poe_api_key=f'"{KEY}"'), "the key holds quotes or braces"),
    *((document(poe_api_key=key), "the key is no text in double quotes") for key in ([KEY], 7)),
    (document(poe_api_key=" "), "the key is empty"),
    (document(accounts=[KEY]), "the accounts of the secret are no names with a key each"),
    (document(poe_api_keys=KEY), 'there is no poe_api_key; "poe_api_keys" is not a known name; did you mean'),
    *((text, "") for text in ("{", "{" + KEY, document(poe_api_key=None), document(key=KEY))),
    *((text, "") for text in (document(poe_api_key=f"{KEY}\r\nX: y"), f'{{"poe_api_key": {KEY}}}')),
    (f'{{"poe_api_key": "{KEY}\ud800"}}', ""),
    (f'{{"poe_api_key": "{KEY}", "more": ' + "[" * 100_000, ""),
    (f'{{"poe_api_key": "{KEY}"}} {KEY}', ""),
]
"""Secrets without a usable key, and the fault that is named."""


@pytest.mark.parametrize(("text", "fault"), UNUSABLE)
def test_a_secret_without_a_usable_key_is_refused_by_its_fault(text: str, fault: str) -> None:
    """Poe never sees it; the error says what is wrong and what to put in.

    Neither it nor what is chained to it holds any part of the secret.
    """
    with pytest.raises(SecretError, match=r"poe_api_key.*put-secret-value.*next tick") as caught:
        parse_secret(text).key_of(ALONE)
    assert fault.lower() in str(caught.value).lower()
    said = words_of(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)
    assert not any(
        part in said.replace("poe_api_key", "") for part in (KEY, "nobody-may-see", "two words", "kéy")
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("poe_apikey", '"poe_apikey" is not a known name; the names known here are'),
        ("comment", '"comment" is not a known name; the names known here are poe_api_key, slack_webhook_url'),
        ("acounts", '"acounts" is not a known name; did you mean "accounts"?'),
        ("slack_hooks", '"slack_hooks" is not a known name; the names known here are'),
        (f"{KEY}", "a name of 27 characters is not a known name"),
        ("\x1b[31m", "a name of 5 characters is not a known name"),
        ("z9" * 11, "a name of 22 characters is not a known name"),
    ],
)
def test_an_unknown_name_is_said_and_the_rest_counts(name: str, words: str) -> None:
    """It is named with the nearest that is known, unless it could be a value in a name's place."""
    text = json.dumps({"poe_api_key": KEY, "slack_webhook_url": WEBHOOK, name: "poe_api_key"})
    found = parse_secret(text)
    assert (found.key_of(ALONE), found.slack_problem) == (Secret(KEY), None)
    assert slack_of(text) == SLACK
    assert found.doubt
    assert words in found.doubt
    assert KEY not in found.doubt
    assert found.doubt.isprintable()


@pytest.mark.parametrize(
    "name", ["slack_webhook", "webhook", "SLACK_WEBHOOK_URL", "slackWebhookUrl", "hook", "address"]
)
def test_a_misspelt_webhook_leaves_the_key_in_use(name: str) -> None:
    """The account is counted; that Slack is wanted, and by which name, is said."""
    text = json.dumps({"poe_api_key": KEY, name: WEBHOOK})
    found = parse_secret(text)
    assert (found.key_of(ALONE), found.doubt) == (Secret(KEY), None)
    assert slack_of(text) == (None, False)
    assert found.slack_problem
    assert found.slack_problem.startswith(
        f'"{name}" is not a known name; did you mean "slack_webhook_url"? Correct'
    )
    assert WEBHOOK not in found.slack_problem
    empty = parse_secret(json.dumps({"poe_api_key": KEY, name: ""}))
    assert (empty.slack_problem, bool(empty.doubt)) == (None, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'{{"poe_api_key": "old", "poe_api_key": "{KEY}"}}', '"poe_api_key" stands there more than once'),
        (
            f'{{"accounts": {{"default": "old", "b": "x", "default": "{KEY}"}}}}',
            'the account "default" stands there',
        ),
    ],
)
def test_a_name_that_stands_there_twice_is_said(text: str, words: str) -> None:
    """JSON takes the last one without a word, and an account would be gone."""
    found = parse_secret(text)
    assert found.key_of(ALONE) == Secret(KEY)
    assert found.doubt
    assert words in found.doubt


@pytest.mark.parametrize(
    "webhook", ["hooks.slack.com/x", "http://hooks.slack.com/x", "elsewhere", 7, ["x"], True, "https://"]
)
def test_an_unusable_webhook_leaves_the_key_in_use(webhook: object) -> None:
    """Points are counted and sent by mail; what is wrong with Slack is said, without the address."""
    text = document(poe_api_key=KEY, slack_webhook_url=webhook)
    found = parse_secret(text)
    assert found.key_of(ALONE) == Secret(KEY)
    assert slack_of(text) == (None, False)
    assert found.slack_problem
    assert "slack_webhook_url" in found.slack_problem
    assert "put-secret-value" in found.slack_problem
    assert str(webhook) not in found.slack_problem


@given(st.text() | st.dictionaries(st.text() | st.just("poe_api_key"), st.text() | st.none()).map(json.dumps))
def test_any_secret_is_credentials_or_their_error(text: str) -> None:
    """A usable key is one that fits in a header, whatever the secret holds."""
    try:
        key = parse_secret(text).key_of(ALONE).reveal()
    except SecretError:
        return
    assert key
    assert key.isascii()
    assert not any(character.isspace() or not character.isprintable() for character in key)


def test_a_secret_shows_itself_only_when_asked() -> None:
    """Neither printing nor formatting gives it away; it is compared by what it holds."""
    secret, both = Secret(KEY), parse_secret(document(poe_api_key=KEY, slack_webhook_url=WEBHOOK))
    for shown in (str(secret), repr(secret), f"{secret}", repr([secret]), repr(KEY_ALONE), str(both)):
        assert KEY not in shown
        assert WEBHOOK not in shown
        assert "***" in shown
    assert secret.reveal() == KEY
    assert secret == Secret(KEY) != Secret("b")
    assert secret != KEY
    assert len({secret, Secret(KEY), Secret("b")}) == 2


SAFE = [
    *("https://api.poe.com", "HTTPS://api.poe.com/x?y#z", "https://api.poe.com:8443"),
    "http://127.0.0.1:8080",
    *("http://localhost", "http://LOCALHOST:1", "http://[::1]:8080/x"),
]
UNSAFE = [
    *("", "api.poe.com", "//api.poe.com", "https://", "https:///x", "http://api.poe.com", "ftp://localhost"),
    *("http://127.0.0.1.example.com", "http://localhost@example.com", "http://example.com#@localhost"),
    *("http://localhost.", "http://0.0.0.0", "javascript://localhost", "https://api.poe.com:99999"),
    *("https://api.poe.com:port", "https://api.poe.com:0", "https://[::1", "https://ap\u0456.poe.com"),
    *("https://api.poe.com/\n", "https://api.poe.com/a b"),
]


@pytest.mark.parametrize("url", [*SAFE, *UNSAFE])
def test_https_or_this_machine_is_safe(url: str) -> None:
    """The secret parts travel encrypted, or not at all."""
    assert is_safe_address(url) is (url in SAFE)


@pytest.mark.parametrize(
    "fields",
    [
        *({"poe_api_key": ""}, {}, {"poe_api_key": "two words"}, {"accounts": {}}),
        *({"accounts": {"a": KEY}, "poe_api_key": KEY}, {"accounts": {"all": KEY}}),
    ],
)
def test_the_webhook_counts_although_the_key_does_not(fields: dict[str, object]) -> None:
    """Whoever can still be reached hears what is wrong with the rest."""
    assert slack_of(document(slack_webhook_url=WEBHOOK, **fields)) == SLACK


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (document(accounts={"a": KEY}), True),
        ("", False),
        ("{", False),
        (document(), False),
        (document(poe_api_key=""), False),
        (f"{KEY} and more", False),
    ],
)
def test_only_a_good_secret_says_that_there_is_no_slack(text: str, *, known: bool) -> None:
    """One that cannot be read, or has lost its key, has not said that Slack is to go."""
    assert slack_of(text) == (None, known)


KEYS = {"research": KEY, "production": f" {KEY}2\n"}


def test_several_accounts_share_a_webhook() -> None:
    """Each goes by its own key."""
    keyring = parse_secret(document(accounts=KEYS, slack_webhook_url=WEBHOOK))
    assert (keyring.several, keyring.accounts, keyring.misnamed) == (True, ("production", "research"), 0)
    assert keyring.slack_url == Secret(WEBHOOK)
    assert keyring.key_of("research") == Secret(KEY)
    assert keyring.key_of("production") == Secret(f"{KEY}2")
    assert keyring.failure("research") is keyring.failure(TOGETHER) is None


@pytest.mark.parametrize("key", [None, "", "  ", "two words", 7, ["x"], "kéy"])
def test_an_unusable_key_is_a_matter_of_its_account(key: object) -> None:
    """The others go on; the error names the account, and no part of the secret."""
    keyring = parse_secret(document(accounts={"research": key, "production": KEY}))
    assert keyring.key_of("production") == Secret(KEY)
    with pytest.raises(SecretError, match=r'for the account "research": .*put-secret-value'):
        keyring.key_of("research")


@pytest.mark.parametrize("name", ["", "all", "ALL", "two words", "a/b", "ü", "x" * 33, "a\n"])
def test_a_name_that_no_account_can_have_is_left_out_and_counted(name: str) -> None:
    """It would not be found again by what it is called, or be taken for the sum of all."""
    keyring = parse_secret(document(accounts={name: KEY, "a.b-c_D9": KEY}))
    assert (keyring.accounts, keyring.misnamed) == (("a.b-c_D9",), 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"accounts": {}},
        {"accounts": {"all": KEY}},
        {"accounts": [KEY]},
        {"accounts": KEY},
        {"accounts": {"a": KEY}, "poe_api_key": KEY},
    ],
)
def test_a_secret_that_names_no_account_is_an_error(fields: dict[str, object]) -> None:
    """Nor may it be said in two ways whose key is whose."""
    with pytest.raises(SecretError, match="next tick reads it") as caught:
        parse_secret(document(**fields)).key_of("a")
    assert KEY not in words_of(caught.value)


SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.mark.parametrize(
    ("value", "takes_clicks", "doubt"),
    [
        (SIGNING, True, None),
        (f" {SIGNING}\n", False, None),
        (None, False, None),
        (None, True, "there is no slack_signing_secret, without which the menus on alerts"),
        ("", True, "there is no slack_signing_secret"),
        ("two words", True, "slack_signing_secret is no text as Slack shows it"),
        ([SIGNING], False, "slack_signing_secret is no text as Slack shows it"),
    ],
)
def test_what_clicks_are_checked_by(value: object, takes_clicks: bool, doubt: str | None) -> None:  # noqa: FBT001 - whether menus are wanted
    """It is there, or what is missing or wrong is said where it is needed, and nothing of its value."""
    found = parse_secret(document(poe_api_key=KEY, slack_signing_secret=value), takes_clicks=takes_clicks)
    assert found.slack_signing == (Secret(SIGNING) if doubt is None and value else None)
    assert found.keys == KEY_ALONE.keys
    assert (found.doubt or "").startswith(doubt or "")
    assert bool(found.doubt) == bool(doubt)
    assert SIGNING not in str(found)


@pytest.mark.parametrize("name", ["slack_signing", "signing_secret", "SLACK_SIGNING_SECRET"])
def test_a_signing_secret_by_another_name_is_named(name: str) -> None:
    """Who misspells it hears what it is called."""
    doubt = parse_secret(document(poe_api_key=KEY, **{name: SIGNING})).doubt
    assert doubt == f'"{name}" is not a known name; did you mean "slack_signing_secret"?'

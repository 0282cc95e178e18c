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
    *(
        (document(accounts=keys), "the accounts of the secret are no names with a key")
        for keys in ([KEY], KEY)
    ),
    *((document(accounts=keys), "the secret names no account") for keys in ({}, {"all": KEY})),
    (document(accounts={"a": KEY}, poe_api_key=KEY), "the secret holds both a poe_api_key and accounts"),
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
    with pytest.raises(SecretError, match=r"poe_api_key.*put.*next tick reads it") as caught:
        parse_secret(text).key_of(ALONE)
    assert fault.lower() in str(caught.value).lower()
    said = words_of(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)
    assert not any(
        part in said.replace("poe_api_key", "") for part in (KEY, "nobody-may-see", "two words", "kéy")
    )


def beside(name: str, value: object = "poe_api_key") -> str:
    """Give a good secret's text with one more name."""
    return json.dumps({"poe_api_key": KEY, "slack_webhook_url": WEBHOOK, name: value})


SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
NOBODYS = "is not a known name; the names known here are poe_api_key, slack_webhook_url"
TWICE = "stands there more than once, and only the last one counts"
DOUBTS: list[tuple[str, str]] = [
    *((beside(name), f'"{name}" {NOBODYS}') for name in ("poe_apikey", "comment", "slack_hooks")),
    *((beside(name), f"a name of {len(name)} characters {NOBODYS}") for name in (KEY, "\x1b[31m", "z9" * 11)),
    (beside("acounts"), '"acounts" is not a known name; did you mean "accounts"?'),
    *(
        (beside(name, SIGNING), f'"{name}" is not a known name; did you mean "slack_signing_secret"?')
        for name in ("slack_signing", "signing_secret", "SLACK_SIGNING_SECRET")
    ),
    *(
        (beside("slack_signing_secret", value), "slack_signing_secret is no text as Slack shows it")
        for value in ("two words", [SIGNING])
    ),
    (
        document(a=1, poe_api_key=KEY, slack_webhook_url=WEBHOOK).replace('"a"', '"poe_api_key"'),
        f'"poe_api_key" {TWICE}',
    ),
    (
        document(accounts={"a": 1, "b": KEY, ALONE: KEY}, slack_webhook_url=WEBHOOK).replace(
            '"a"', '"default"'
        ),
        f'the account "default" {TWICE}',
    ),
]
"""Secrets that are good but for what is not understood, and what is said of that."""


@pytest.mark.parametrize(("text", "words"), DOUBTS)
def test_what_is_not_understood_is_said_and_the_rest_counts(text: str, words: str) -> None:
    """A name goes with the nearest that is known, unless it could be a value in a name's place.

    Of what stands there twice JSON takes the last one without a word, and an account would be gone.
    """
    found = parse_secret(text)
    assert (found.key_of(ALONE), found.slack_problem) == (Secret(KEY), None)
    assert slack_of(text) == SLACK
    assert (found.doubt or "").startswith(words)
    assert not any(part in str(found) for part in (KEY, SIGNING, WEBHOOK))
    assert str(found.doubt).isprintable()


PROBLEMS: list[tuple[str, object, str]] = [
    *(
        (name, WEBHOOK, f'"{name}" is not a known name; did you mean "slack_webhook_url"? Correct')
        for name in ("slack_webhook", "webhook", "SLACK_WEBHOOK_URL", "slackWebhookUrl", "hook", "address")
    ),
    *(
        ("slack_webhook_url", value, "slack_webhook_url is no https address: put")
        for value in (
            "hooks.slack.com/x",
            "http://hooks.slack.com/x",
            "elsewhere",
            7,
            ["x"],
            True,
            "https://",
        )
    ),
]


@pytest.mark.parametrize(("name", "value", "words"), PROBLEMS)
def test_a_webhook_that_cannot_be_used_leaves_the_key_in_use(name: str, value: object, words: str) -> None:
    """Points are counted and sent by mail; that Slack is wanted is said, and what is wrong without it."""
    text = document(poe_api_key=KEY, **{name: value})
    found = parse_secret(text)
    assert (found.key_of(ALONE), found.doubt) == (Secret(KEY), None)
    assert slack_of(text) == (None, False)
    problem = found.slack_problem or ""
    assert problem.startswith(words)
    assert "put-secret-value" in problem
    assert str(value) not in problem


@pytest.mark.parametrize("name", ["slack_webhook", "hook"])
def test_an_empty_webhook_by_another_name_is_no_wish_for_slack(name: str) -> None:
    """The name is said all the same."""
    empty = parse_secret(document(poe_api_key=KEY, **{name: ""}))
    assert (empty.slack_problem, bool(empty.doubt)) == (None, True)


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
    ("value", "takes_clicks", "doubt"),
    [
        (SIGNING, True, None),
        (f" {SIGNING}\n", False, None),
        (None, False, None),
        *((value, True, "there is no slack_signing_secret, without which the menus") for value in (None, "")),
    ],
)
def test_what_clicks_are_checked_by(value: object, takes_clicks: bool, doubt: str | None) -> None:  # noqa: FBT001 - whether menus are wanted
    """It is there, or that it is missing is said where it is needed."""
    found = parse_secret(document(poe_api_key=KEY, slack_signing_secret=value), takes_clicks=takes_clicks)
    assert found.slack_signing == (Secret(SIGNING) if value else None)
    assert found.keys == KEY_ALONE.keys
    assert (found.doubt or "").startswith(doubt or "")
    assert bool(found.doubt) == bool(doubt)

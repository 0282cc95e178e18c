import pytest

from budget_alert.config.reading import parse
from budget_alert.config.schema import BalanceRule, Budget, DigestRule, QueryRule, SpikeRule
from tests.support.configs import BALANCE, DIGEST, GOOD, QUERY, SPIKE, TABLES, mistakes

PLACES = {
    kind: "digest.{}" if kind == "digest" else kind + '[1].{} of "' + kind[0].upper() + '"' for kind in TABLES
}
PLACES["budget"] = 'budget[1].{} of "A"'
SUMMED = ("budget", "spike", "digest")
EVERY = "leave it out for every account"


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("[]", f"is an empty list; {EVERY}"),
        ('"prod"', '"prod" is not a list; put square brackets around it'),
    ],
)
def test_lists_of_accounts(kind: str, value: str, sentence: str) -> None:
    """Accounts are a list of at least one, for rules of every kind and the digest."""
    expected = f"{PLACES[kind].format('accounts')}: {sentence}"
    assert mistakes(f"{TABLES[kind]}accounts = {value}") == (expected,)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('""', '"" is not a pattern; write text in quotes, like "prod*"'),
        ("5", '5 is not a pattern; write text in quotes, like "prod*"'),
        (
            '"All"',
            (
                '"All" is no account\'s name; leave `accounts` out for every account, '
                "or write `together = true` to sum them up"
            ),
        ),
    ],
)
def test_names_of_accounts(value: str, sentence: str) -> None:
    """An account is named by a pattern; the name of the sum of all is nobody's."""
    assert mistakes(f'{QUERY}accounts = ["prod", {value}]') == (f'query[1].accounts[2] of "Q": {sentence}',)


@pytest.mark.parametrize("kind", SUMMED)
@pytest.mark.parametrize(
    ("value", "quoted"), [('"yes"', '"yes"'), ("1", "1"), ("[]", "a list"), ("0.5", "0.5")]
)
def test_what_is_neither_true_nor_false(kind: str, value: str, quoted: str) -> None:
    """Whether accounts are one sum is a boolean."""
    advice = "is neither true nor false; write true or false, without quotes"
    expected = f"{PLACES[kind].format('together')}: {quoted} {advice}"
    assert mistakes(f"{TABLES[kind]}together = {value}") == (expected,)


@pytest.mark.parametrize(("kind", "text"), [("query", QUERY), ("balance", BALANCE)])
@pytest.mark.parametrize("value", ["true", "false"])
def test_what_belongs_to_one_account(kind: str, text: str, value: str) -> None:
    """Queries and balances are never those of several accounts, and it is said what to do about it."""
    advice = f"a {kind} belongs to one account, and is never a sum of several; remove it"
    assert mistakes(f"{text}together = {value}") == (f"{PLACES[kind].format('together')}: {advice}",)


def test_a_sum_above_the_first_line_in_brackets() -> None:
    """What is said of one rule cannot be said of the whole config."""
    assert mistakes(f"together = true\n{GOOD}") == (
        (
            "together: belongs to a budget, a spike or a digest; "
            "move it below a line [[budget]], [[spike]] or [digest]"
        ),
    )


def test_a_sum_by_keys() -> None:
    """In a sum over accounts stand accounts where an account has its keys."""
    advice = "keys are not told apart in a sum over accounts; remove it, or choose accounts by `accounts`"
    assert mistakes(f'{GOOD}together = true\napi_keys = ["ci-*"]') == (
        f'budget[1].api_keys of "A": {advice}',
    )


def test_a_sum_by_grants() -> None:
    """Each account has a billing cycle of its own."""
    advice = (
        "each account has grants of its own, so several have no billing cycle together; "
        'write another period, like "month", or remove `together`'
    )
    text = GOOD.replace("month", "billing")
    assert mistakes(f"{text}together = true") == (f'budget[1].period of "A": {advice}',)
    assert parse(f"{text}together = false").budgets


@pytest.mark.parametrize("text", [SPIKE, DIGEST])
def test_a_sum_of_some(text: str) -> None:
    """A spike and a digest are those of an account or of all of them, and never of some."""
    (mistake,) = mistakes(f'{text}together = true\naccounts = ["prod*"]')
    assert mistake.endswith(": with `together` it sums all accounts; remove one of the two")
    parse(f'{text}together = false\naccounts = ["prod*"]')


def test_a_budget_may_sum_some() -> None:
    """A budget's sum may be that of the accounts that it names."""
    (budget,) = parse(f'{GOOD}together = true\naccounts = ["prod*"]\nbots = ["o3"]').budgets
    assert (budget.together, budget.accounts, budget.filter.api_keys) == (True, ("prod*",), ())


@pytest.mark.parametrize("kind", TABLES)
def test_rules_are_about_every_account_by_themselves(kind: str) -> None:
    """Unless a config says otherwise; to say it is the same."""
    spelled = f"{TABLES[kind]}together = false" if kind in SUMMED else TABLES[kind]
    found = parse(spelled)
    assert found == parse(TABLES[kind])
    rules: list[Budget | SpikeRule | QueryRule | BalanceRule | DigestRule]
    rules = [*found.budgets, *found.spikes, *found.queries, *found.balances]
    rules += [found.digest] if found.digest else []
    assert [rule.accounts for rule in rules] == [()]

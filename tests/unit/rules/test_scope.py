import pytest
from hypothesis import given, strategies as st

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config, Filter
from budget_alert.identity import TOGETHER
from budget_alert.rules.scope import Scope, unmatched
from tests.support.configs import GOOD, TABLES

NAMES = ["prod", "Prod-eu", "research", "default", "a.b_c"]
PATTERNS = ["prod*", "PROD", "re?earch", "[ad]*", "*", "nobody"]
PRICED = 'timezone = "Europe/London"\nusd_per_million_points = 30\n'

names = st.sampled_from(NAMES)
patterns = st.lists(st.sampled_from(PATTERNS), unique=True, max_size=3)


def sole_rules(config: Config, account: str) -> Config:
    """Give the rules of an account alone."""
    return Scope(account=account).rules(config)


def own_rules(config: Config, account: str) -> Config:
    """Give the rules of one of several accounts."""
    return Scope(account=account, several=True).rules(config)


def shared_rules(config: Config) -> Config:
    """Give the rules of all accounts together."""
    return Scope(account=TOGETHER, several=True).rules(config)


def named(config: Config) -> list[str]:
    """Give the names of all rules of a config, and "digest"."""
    return [rule.name for _, rule in config.rules]


def about_none(config: Config, accounts: list[str]) -> tuple[str, ...]:
    """Name the rules that are about none of these accounts."""
    return tuple(rule.name for rule, patterns in unmatched(config, accounts) if patterns == rule.accounts)


@st.composite
def configs(draw: st.DrawFn, *, sharing: bool = True) -> Config:
    """Give a config of some rules of each kind, of some accounts and together, or of none of that."""
    tables: list[str] = []
    for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(TABLES)), min_size=1, max_size=6))):
        head, first, *rest = TABLES[kind].splitlines()
        if kind == "digest" and any(table.startswith(head) for table in tables):
            continue
        lines = [head, first if kind == "digest" else f'name = "{kind} {number}"', *rest]
        whose, together = (draw(patterns), draw(st.booleans())) if sharing else ([], False)
        sums = together and kind in ("budget", "spike", "digest")
        lines += ["together = true"] if sums else []
        lines += [f"accounts = {whose}"] if whose and (kind == "budget" or not sums) else []
        tables.append("\n".join(lines) + "\n")
    return parse(PRICED + "".join(tables))


@given(configs(), names)
def test_every_rule_is_evaluated_once(config: Config, account: str) -> None:
    """What is about an account is evaluated either by itself or in the sum, and nothing else is of it."""
    own, shared, about = (
        set(named(each))
        for each in (own_rules(config, account), shared_rules(config), sole_rules(config, account))
    )
    assert not own & shared
    assert own | (shared & about) == about


@given(configs(), names)
def test_an_account_alone_has_all_that_is_about_it(config: Config, account: str) -> None:
    """What its name fits holds for it, in the config's order, and nothing is together any more."""
    found = sole_rules(config, account)
    left_out = set(about_none(config, [account]))
    assert named(found) == [name for name in named(config) if name not in left_out]
    assert not any(budget.together for budget in found.budgets)
    assert own_rules(found, account) == found


@given(configs(sharing=False), names)
def test_a_config_that_knows_nothing_of_accounts(config: Config, account: str) -> None:
    """It holds for each account by itself, and for one alone, and nothing of it for the sum."""
    assert sole_rules(config, account) == config
    assert own_rules(config, account) == config
    assert named(shared_rules(config)) == []
    assert list(unmatched(config, [])) == []


@given(configs(), names)
def test_names_fit_in_any_case(config: Config, account: str) -> None:
    """Whoever writes an account's name with other letters means the same."""
    assert sole_rules(config, account.upper()) == sole_rules(config, account.lower())
    assert own_rules(config, account.swapcase()) == own_rules(config, account)


@given(configs(), names)
def test_what_an_account_gets_of_itself_is_remembered(config: Config, account: str) -> None:
    """To name accounts changes no fingerprint: what was sent of a rule is not sent again."""
    known = {rule.name: rule.fingerprint for rule in config.budgets}
    assert all(known[rule.name] == rule.fingerprint for rule in own_rules(config, account).budgets)


@given(configs())
def test_queries_and_balances_are_never_summed(config: Config) -> None:
    """They belong to one account, and so each of them does by itself."""
    assert (shared_rules(config).queries, shared_rules(config).balances) == ((), ())


@given(configs(), st.lists(names, max_size=4))
def test_what_is_about_no_account_is_named(config: Config, accounts: list[str]) -> None:
    """A rule is named that names accounts, none of which there is."""
    about = {name for account in accounts for name in named(sole_rules(config, account))}
    open_to_all = set(named(config)) - set(about_none(config, []))
    assert set(about_none(config, accounts)) == set(named(config)) - about - open_to_all


def test_a_pattern_that_fits_nobody_is_named_beside_one_that_fits() -> None:
    """A slip in one name would leave that account out for ever."""
    config = parse(f'{GOOD}accounts = ["prod*", "reserch", "stagng"]\n')
    assert list(unmatched(config, ["prod", "research"])) == [(config.budgets[0], ("reserch", "stagng"))]


def test_accounts_are_what_a_sum_is_filtered_by() -> None:
    """In a sum, accounts stand where an account has its keys; other filters stay as they are."""
    text = f'{GOOD}together = true\naccounts = ["prod*"]\nbots = ["o3"]\nusage_types = ["API"]'
    (budget,) = shared_rules(parse(text)).budgets
    assert budget.filter == Filter(("o3",), ("API",), ("prod*",))
    (everything,) = shared_rules(parse(f"{GOOD}together = true")).budgets
    assert everything.filter == Filter()


def test_a_sum_over_other_accounts_is_another_rule() -> None:
    """It starts afresh, as a budget does whose filter was changed."""
    before, after = (
        shared_rules(parse(f'{GOOD}together = true\naccounts = ["{name}"]')).budgets[0].fingerprint
        for name in ("prod*", "research")
    )
    assert before != after


@pytest.mark.parametrize(
    ("scope", "together", "for_all"),
    [
        (Scope(), 0, 1),
        (Scope(account="prod", several=True), 0, 0),
        (Scope(account=TOGETHER, several=True), 1, 1),
    ],
)
def test_who_reports_for_all(scope: Scope, together: int, for_all: int) -> None:
    """The only account does, and the sum of several; one of several does not."""
    assert (scope.together, scope.reports_for_all) == (bool(together), bool(for_all))

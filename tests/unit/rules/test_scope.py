import pytest

from budget_alert.config.in_force import own_rules, shared_rules, sole_rules
from budget_alert.config.reading import parse
from budget_alert.identity import TOGETHER
from budget_alert.rules.scope import Scope
from tests.support.configs import DIGEST, GOOD, QUERY, SPIKE

CONFIG = parse(
    f'{GOOD}together = true\n{SPIKE}accounts = ["prod*"]\n'
    f'{QUERY}accounts = ["other"]\n{DIGEST}together = true\n'
)
ALONE, ONE, ALL = Scope(), Scope(account="prod", several=True), Scope(account=TOGETHER, several=True)


def test_the_only_account_has_every_rule_that_is_about_it() -> None:
    """Its own sum is that of all, so what is together is its own."""
    assert ALONE.rules(CONFIG) == sole_rules(CONFIG, "default")
    assert [budget.name for budget in ALONE.rules(CONFIG).budgets] == ["A"]


def test_one_of_several_has_its_own_rules() -> None:
    """Nothing that is together, and nothing that is about others."""
    rules = ONE.rules(CONFIG)
    assert rules == own_rules(CONFIG, "prod")
    assert ([rule.name for rule in rules.spikes], rules.budgets, rules.queries) == (["S"], (), ())


def test_all_together_have_what_is_together() -> None:
    """Nothing that each is judged by for itself."""
    rules = ALL.rules(CONFIG)
    assert rules == shared_rules(CONFIG)
    assert (rules.spikes, rules.digest) == ((), CONFIG.digest)


@pytest.mark.parametrize(("scope", "together", "for_all"), [(ALONE, 0, 1), (ONE, 0, 0), (ALL, 1, 1)])
def test_who_reports_for_all(scope: Scope, together: int, for_all: int) -> None:
    """The only account does, and the sum of several; one of several does not."""
    assert (scope.together, scope.reports_for_all) == (bool(together), bool(for_all))

import pytest

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.config.sharing import own_rules, shared_rules, sole_rules
from budget_alert.identity import TOGETHER
from budget_alert.rules.scope import Scope
from tests.support.configs import DIGEST, GOOD, QUERY, SPIKE

CONFIG = parse(
    f'{GOOD}together = true\n{SPIKE}accounts = ["prod*"]\n'
    f'{QUERY}accounts = ["other"]\n{DIGEST}together = true\n'
)


@pytest.mark.parametrize(
    ("scope", "rules", "names", "together", "for_all"),
    [
        (Scope(), sole_rules(CONFIG, "default"), ["A", "digest"], False, True),
        (Scope(account="prod", several=True), own_rules(CONFIG, "prod"), ["S"], False, False),
        (Scope(account=TOGETHER, several=True), shared_rules(CONFIG), ["A", "digest"], True, True),
    ],
    ids=["the only account", "one of several", "all together"],
)
def test_whose_rules_are_evaluated(
    scope: Scope, rules: Config, names: list[str], *, together: bool, for_all: bool
) -> None:
    """The only account's sum is that of all; one of several has what is about it and not together."""
    found = scope.rules(CONFIG)
    assert found == rules
    every = [one.name for one in found.budgets] + [one.name for one in found.spikes]
    assert found.queries == ()
    assert every + ["digest"] * bool(found.digest) == names
    assert (scope.together, scope.speaks_for_all) == (together, for_all)

from datetime import timedelta

from budget_alert.config.reading import parse
from lab.scale.configs import BUDGETS, INTERVAL, config
from lab.scale.deployment import HIDDEN, MILLISECONDS
from lab.scale.standard_queue import MOST_RECEIVES
from tests.stack.deployed import source

TEMPLATE = source()


def test_what_is_simulated_is_what_the_template_deploys() -> None:
    """Interval, time limit, and how long and how often a message comes again are the template's."""
    minutes = TEMPLATE["Parameters"]["IntervalMinutes"]["Default"]
    times = TEMPLATE["Mappings"]["TimeoutSeconds"][str(minutes)]
    assert timedelta(minutes=minutes) == INTERVAL
    assert times["Tick"] * 1000 == MILLISECONDS
    assert timedelta(seconds=times["Hidden"]) == HIDDEN
    queue = TEMPLATE["Resources"]["DueTicks"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MOST_RECEIVES


def test_the_config_means_what_the_plain_budgets_say() -> None:
    """The function reads the names, the limits and the thresholds that the checks go by."""
    found = parse(config())
    assert [(budget.name, budget.points, budget.together) for budget in found.budgets] == [
        (plain.name, plain.points, plain.together) for plain in BUDGETS
    ]
    assert [tuple(level.points for level in budget.alert_at) for budget in found.budgets] == [
        plain.thresholds for plain in BUDGETS
    ]

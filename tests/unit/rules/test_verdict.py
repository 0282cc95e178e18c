"""Why nothing is sent, as rules say it of each threshold."""

import msgspec

from budget_alert.alerts import Kind
from budget_alert.rules.balance import MOST_A_TICK
from budget_alert.rules.decision import Held, Verdict, held_back
from budget_alert.rules.evaluate import evaluate
from budget_alert.snoozes import NO_SNOOZES
from budget_alert.usage.entries import PoeBalance
from tests.support.account import DAY, MINUTE, Account, budget, evenly, monitored, snooze
from tests.support.histories import START

LEVELS = 'alert_at = ["50%", "80%", "100%"]'
SILENT = budget(more='alert_at = ["50%"]\nsnooze_until = 2026-11-10')
MONTH = budget("month", points=3_000, more='alert_at = ["200%"]\nforecast_at = ["50%", "100%", "150%"]')
SPIKE = '[[spike]]\nname = "B"\nwindow = "1h"\ntimes = 4\nat_least = 500\n'
QUERY = '[[query]]\nname = "B"\npoints = 50\n'
BALANCE = '[[balance]]\nname = "B"\nbelow = 100\nrunway = "3d"\n'


def verdicts(account: Account) -> list[Verdict]:
    """Evaluate as if something had just been spent, and give what was found in the newest window."""
    state = msgspec.structs.replace(account.state, completed_at=account.now)
    found = evaluate(account.evaluation(state.unevaluated(account.now))).verdicts
    last = {one.kind: one.window for one in found}
    return [one for one in found if one.window == last[one.kind]]


def why(account: Account, kind: Kind) -> list[str]:
    """Give why nothing is sent of each threshold; "now" where it is."""
    return [str(one.held or "now") for one in verdicts(account) if one.kind is kind]


def begun(account: Account) -> Account:
    """Let nothing from before START be known."""
    account.state = msgspec.structs.replace(account.state, read_from=START)
    return account


def test_a_budget_says_why_each_threshold_is_silent() -> None:
    """Below; sent now, and what that covers; sent before, and what that covered."""
    account = monitored(budget(more=LEVELS))
    assert why(account, Kind.BUDGET) == ["below", "below", "below"]
    account.spend(85)
    assert why(account, Kind.BUDGET) == ["covered", "now", "below"]
    account.tick()
    assert why(account, Kind.BUDGET) == ["covered", "sent", "below"]
    account.now += MINUTE
    account.spend(20)
    account.tick()
    assert why(account, Kind.BUDGET) == ["covered", "sent", "sent"]


def test_what_rests_is_snoozed_or_stands_in_the_welcome_says_so() -> None:
    """Each by its own reason."""
    account = monitored(budget("1h", more='alert_at = ["100%"]'))
    account.spend(60, START - 44 * MINUTE)
    account.spend(40)
    account.tick(START + 2 * MINUTE)
    account.now = START + 46 * MINUTE
    account.spend(100, START + 31 * MINUTE)
    assert why(account, Kind.BUDGET) == ["resting"]
    account = monitored(SILENT)
    account.spend(60)
    assert why(account, Kind.BUDGET) == ["snoozed"]
    account = Account(budget(more='alert_at = ["50%"]'))
    account.spend(60)
    assert why(account, Kind.BUDGET) == ["welcomed"]


def test_a_forecast_says_why_it_is_silent() -> None:
    """Too early, too little past, not read, used already, sent now, not likely; then sent."""
    assert why(evenly(MONTH, 160, 2), Kind.FORECAST) == ["early"] * 3
    assert why(begun(evenly(MONTH.replace("month", "week"), 160, 2)), Kind.FORECAST) == ["unknown"] * 3
    account = evenly(MONTH, 120, 15)
    assert why(account, Kind.FORECAST) == ["reached", "now", "unlikely"]
    account.tick()
    assert why(account, Kind.FORECAST) == ["reached", "sent", "unlikely"]
    account.gap(START, START + DAY)
    assert why(account, Kind.FORECAST) == ["partial"] * 3


def test_a_spike_says_why_it_is_silent() -> None:
    """Too few points; a past that is unknown or unread; not enough more than usual; snoozed, sent."""
    account = begun(evenly(SPIKE, 800, 1))
    assert why(account, Kind.SPIKE) == ["below"]
    account.spend(600)
    assert why(account, Kind.SPIKE) == ["unknown"]
    account = begun(evenly(SPIKE, 3_200, 20))
    account.spend(300)
    account.spend(300)
    (verdict,) = verdicts(account)
    assert (verdict.held, verdict.usual) == (Held.USUAL, 400)
    account.spend(3_000)
    assert why(account, Kind.SPIKE) == ["now"]
    snooze(account, DAY)
    assert why(account, Kind.SPIKE) == ["snoozed"]
    account.snoozes = NO_SNOOZES
    account.tick()
    assert why(account, Kind.SPIKE) == ["sent"]
    account.gap(START, START + DAY)
    assert why(account, Kind.SPIKE) == ["partial"]


def test_a_query_and_a_balance_say_why_they_are_silent() -> None:
    """Sent, snoozed, enough, left to a later run; a balance says it of its points and of its runway."""
    account = monitored(QUERY)
    account.spend(60)
    assert why(account, Kind.QUERY) == ["now"]
    snooze(account, DAY)
    assert why(account, Kind.QUERY) == ["snoozed"]
    account = monitored(BALANCE)
    account.balance = PoeBalance(points=200)
    assert why(account, Kind.BALANCE) == ["enough", "enough"]
    account.spend(100)
    account.balance = PoeBalance(points=90)
    assert why(account, Kind.BALANCE) == ["now", "now"]
    account.tick()
    assert why(account, Kind.BALANCE) == ["sent", "sent"]
    many = "".join(BALANCE.replace('"B"', f'"{n}"') for n in range(MOST_A_TICK + 1))
    account.configure(many)
    assert why(account, Kind.BALANCE)[-2:] == ["later", "later"]


def test_the_log_names_what_holds_back_what_was_reached_and_nothing_else() -> None:
    """By rule, of the highest threshold; not what is below, nor rules of which something is sent."""
    account = monitored(budget(more=LEVELS) + QUERY.replace('"B"', '"Q"') + SILENT.replace('"B"', '"S"'))
    assert held_back(verdicts(account)) == {}
    account.spend(60)
    assert held_back(verdicts(account)) == {"S": Held.SNOOZED}
    account.tick()
    assert held_back(verdicts(account)) == {"B": Held.SENT, "Q": Held.SENT, "S": Held.SNOOZED}

from datetime import timedelta

import msgspec
import pytest

from budget_alert.alerts import BudgetAlert, Mover
from budget_alert.instants import SLOT, slot_end
from tests.support.account import DAY, HOUR, Account, budget, daily, sole
from tests.support.histories import START

OPUS = "Claude-Opus-4"


def lived(period: str = "month") -> Account:
    """Give an account that spent 20 points at noon of each of ten days, and now it is noon again."""
    return daily(budget(period, 500), 20)


def risen(account: Account) -> tuple[Mover, ...]:
    """Look, and give the bots that rose of the only alert."""
    return sole(account.tick(), BudgetAlert).standing.risen


def test_bots_that_rose_are_named_with_what_is_usual() -> None:
    """The last day of the window is compared with the days before; who rose by little is not named."""
    account = lived()
    account.spend(300, bot=OPUS)
    account.spend(200, bot="GPT-5")
    account.spend(10, bot="Small")
    assert risen(account) == (Mover(OPUS, 300, 20), Mover("GPT-5", 200, 0))


def test_of_a_short_window_what_it_brought_so_far_is_compared() -> None:
    """A day that has begun is compared with other days up to that time, and not with whole ones."""
    account = lived("day")
    account.now -= 6 * HOUR
    account.spend(450, bot=OPUS)
    assert risen(account) == (Mover(OPUS, 450, 0),)


@pytest.mark.parametrize(
    ("known", "rose"), [(4 * DAY, (Mover(OPUS, 600, 20),)), (4 * DAY - SLOT, ())], ids=["three", "fewer"]
)
def test_what_is_usual_is_known_from_three_days(known: timedelta, rose: tuple[Mover, ...]) -> None:
    """Of fewer before the one that is compared, nothing is called usual."""
    account = lived()
    read_from = slot_end(account.now) - known
    account.state = msgspec.structs.replace(account.state, read_from=read_from)
    account.spend(600, bot=OPUS)
    assert risen(account) == rose


def test_a_past_that_is_not_read_is_not_taken_for_idle() -> None:
    """Where a gap is in the days before, nothing is said."""
    account = lived()
    account.gap(START + 5 * DAY, START + 6 * DAY)
    account.spend(600, bot=OPUS)
    assert risen(account) == ()

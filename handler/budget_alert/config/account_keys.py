"""`accounts` and `together` of a rule's table: whose usage it is about, and whether that is one sum."""

from functools import partial

from budget_alert.config import values
from budget_alert.config.tables import Table

_EVERY_ACCOUNT = "leave it out for every account"
_ALL_OF_THEM = "with `together` it sums all accounts; remove one of the two"


def read_accounts(table: Table) -> tuple[str, ...]:
    """Turn `accounts` into patterns for names, none for every account; mistakes go to the table."""
    return table.each("accounts", partial(values.account, doubts=table.doubts), _EVERY_ACCOUNT)


def read_together(table: Table) -> bool:
    """Tell whether the accounts are judged by one sum; mistakes go to the table."""
    return table.read("together", values.switch, default=False)


def read_all_together(table: Table) -> bool:
    """Do so for a table that sums either one account or all of them, and never some."""
    together = read_together(table)
    if together and table.given("accounts"):
        table.mistake("accounts", _ALL_OF_THEM)
    return together

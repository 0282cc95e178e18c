"""What is left on the account, and how long it lasts."""

from decimal import Decimal

from budget_alert.alerts import Balance, BalanceAlert
from budget_alert.messages.parts import Section, note
from budget_alert.messages.plain import label
from budget_alert.messages.times import day_and_time, roughly
from budget_alert.messages.wording import number, points, worth

PACE = "the pace of the last 24 hours"


def section(alert: BalanceAlert) -> Section:
    """Tell what is left, how long it lasts, and when Poe grants points again."""
    balance = alert.balance
    return Section(
        headline=_headline(balance),
        heading=label(alert),
        facts=(*lasting(balance), left(balance, alert.usd_per_million_points), *_grants(alert, balance)),
        advice=_todo(alert, balance),
        note=note(alert),
    )


def left(balance: Balance, rate: Decimal | None = None) -> str:
    """Say what is left; `rate` is dollars for a million points, None where nobody named a price."""
    return f"{points(balance.points)} left on the account{worth(balance.points, rate)}"


def lasting(balance: Balance) -> tuple[str, ...]:
    """Say what the last 24 hours took, and how long the points last if that goes on."""
    if balance.pace <= 0:
        nothing = "spent" if balance.complete else "counted yet"
        return (f"Nothing was {nothing} in the last 24 hours",)
    spent = f"{'' if balance.complete else 'At least '}{points(balance.pace)} spent in the last 24 hours"
    if balance.lasts is None or balance.points <= 0:
        return (spent,)
    most = "" if balance.complete else "at most "
    return (f"{spent}; at that pace what is left lasts for {most}{_length(balance)}",)


def _headline(balance: Balance) -> str:
    if balance.points <= 0:
        return "No points are left"
    if balance.below is not None and balance.points < balance.below:
        verb = "is" if balance.points == 1 else "are"
        return f"{points(balance.points)} {verb} left, below {number(balance.below)}"
    if balance.lasts is not None:
        return f"Your points last for {_length(balance)} at {PACE}"
    return f"{points(balance.points)} left on the account"


def _length(balance: Balance) -> str:
    length = roughly(balance.lasts) if balance.lasts else ""
    return f"about {length}" if length else "less than an hour"


def _grants(alert: BalanceAlert, balance: Balance) -> tuple[str, ...]:
    recharge = f"Auto recharge is {'on' if balance.auto_recharge else 'off'}"
    if balance.next_grant is None:
        return (f"Poe names no next grant of points; {recharge.lower()}",)
    when = f"{day_and_time(balance.next_grant, alert.zone)} ({alert.zone})"
    grant = "points" if balance.grant is None else points(balance.grant)
    return (f"Poe grants {grant} on {when}; {recharge.lower()}",)


def _todo(alert: BalanceAlert, balance: Balance) -> tuple[str, ...]:
    until = f" until {day_and_time(balance.next_grant, alert.zone)}" if balance.next_grant else ""
    return (
        f"Buy points on Poe, or see that less is spent{until}.",
        "If this is expected, lower “below” or “runway” of the rule in the config.",
    )

"""The periods of budgets in words."""

from budget_alert.alerts import Standing
from budget_alert.config.billing import Billing
from budget_alert.config.periods import WEEKDAYS, Day, Hour, Month, Rolling, Week
from budget_alert.config.schema import Period
from budget_alert.messages.times import span
from budget_alert.messages.wording import begin, counted

_PLAIN = {Hour: "hour", Day: "calendar day", Billing: "billing cycle"}


def period_words(period: Period) -> str:
    """Name a period; whole days of a rolling one as days, except that one day is 24 hours."""
    if isinstance(period, Rolling):
        days, rest = divmod(period.hours, 24)
        return f"rolling {counted(days, 'day') if days > 1 and not rest else counted(period.hours, 'hour')}"
    if isinstance(period, Week):
        return f"calendar week from {WEEKDAYS[period.starts_on].capitalize()}"
    if isinstance(period, Month):
        return "calendar month" + (f" from the {_ordinal(period.starts_on)}" if period.starts_on > 1 else "")
    return _PLAIN[type(period)]


def window_words(standing: Standing, zone: str) -> str:
    """Say the period of a budget and its ends, on the clock of the IANA zone."""
    period = standing.period
    words = period if isinstance(period, str) else period_words(period)
    if isinstance(period, Rolling):
        words = f"last {words.removeprefix('rolling ')}"
    return begin(f"{words}, {span(standing.window, zone)}")


def _ordinal(day: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{day}{'th' if day in (11, 12, 13) else endings.get(day % 10, 'th')}"

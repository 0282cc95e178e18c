"""Alerts -> one message that each channel renders; those of one cause are one entry of it."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime

import msgspec

from budget_alert.alerts import (
    Alert,
    BalanceAlert,
    BudgetAlert,
    DigestAlert,
    ForecastAlert,
    HealthAlert,
    OfBudget,
    OfNoRule,
    OfUsage,
    QueryAlert,
    Reason,
    SpikeAlert,
    WelcomeAlert,
    is_repeated,
    is_whole,
)
from budget_alert.messages import budgets, summaries, unusual
from budget_alert.messages.parts import (
    USAGE_PAGE,
    Link,
    Menu,
    Message,
    Places,
    Section,
    despite,
    label,
    leading,
    note,
    usable,
)
from budget_alert.messages.times import DAY, day_and_time
from budget_alert.messages.wording import cut, few, lines, listed, number, quoted

Group = Sequence[Alert]
"""Alerts of one cause, or the queries of one rule: at least one, the most severe first."""
MOST_SPELLED_OUT = 10
MOST_NAMED = 3
LONGEST_OTHER_NAME = 30
LONGEST_BOT = 40
LONGEST_HEADLINE = 140
PERHAPS_AGAIN = "Maybe a repeat: "
NOWHERE = Places()


def compose(
    alerts: Sequence[Alert],
    account: str,
    places: Places = NOWHERE,
    *,
    perhaps_again: bool = False,
) -> Message:
    """Make one message of one or more alerts, each incident one entry; the ten most severe are spelled out.

    `places` says where there is more to see, and where the remedies of troubles are. `perhaps_again` says
    that the channel may have the message already.
    Every text but `account` and `alerts` is clean and bounded, whatever bots and rules are called.
    """
    ranked = tuple(sorted(alerts, key=_rank))
    groups = _incidents(ranked)
    sections = [_incident(group, account, places) for group in groups[:MOST_SPELLED_OUT]]
    more = sum(map(len, groups[MOST_SPELLED_OUT:]))
    title = sections[0].headline + _besides(ranked)
    return Message(
        title=(PERHAPS_AGAIN if perhaps_again else "") + title,
        severity=ranked[0].severity,
        account=account,
        kinds=tuple(dict.fromkeys(alert.kind for alert in ranked)),
        sections=tuple(sections),
        more=_more(more) if more else "",
        alerts=ranked,
        links=usable([USAGE_PAGE, Link("Dashboard", places.dashboard)]),
    )


def section_of(group: Group, places: Places = NOWHERE) -> Section:
    """Give the section about an alert by itself, or about the queries of one rule."""
    section = _of_kind(group, places)
    return msgspec.structs.replace(section, facts=(*despite(group[0]), *section.facts))


def _of_kind(group: Group, places: Places) -> Section:  # noqa: PLR0911 - a kind each
    match alert := group[0]:
        case BudgetAlert():
            return budgets.crossed(alert)
        case ForecastAlert():
            return budgets.expected(alert)
        case SpikeAlert():
            return unusual.spiked(alert)
        case QueryAlert():
            return unusual.expensive([each for each in group if isinstance(each, QueryAlert)])
        case BalanceAlert():
            return summaries.low(alert)
        case HealthAlert():
            return _trouble(alert, places)
        case DigestAlert():
            return summaries.digest(alert)
        case WelcomeAlert():
            return summaries.welcome(alert)


def _trouble(alert: HealthAlert, places: Places) -> Section:
    first, *rest = lines(alert.text) or (label(alert),)
    headline = cut(first, LONGEST_HEADLINE)
    return Section(
        headline=headline,
        facts=(*([] if headline == first else [first]), *rest),
        advice=(*lines(alert.advice), *lines(alert.command.replace("{stack}", places.stack))),
        links=leading(alert, places),
        note=note(alert),
    )


def _rank(alert: Alert) -> tuple[int, bool, bool, float]:
    """Of alerts as severe, what is over comes last, then what was sent before, then what is less full."""
    standing = alert.standing if isinstance(alert, OfBudget) else None
    over = standing is not None and budgets.is_over(standing, alert.counted_at)
    return -alert.severity.rank, over, is_repeated(alert), -standing.percent if standing else 0


def _incidents(alerts: Sequence[Alert]) -> list[Group]:
    """Put the alerts of one cause together, each incident in the place of its first; the others stay alone.

    What is used within a day is one cause, whichever rules count it. What new rules find passed is another.
    """
    begins = list(_begins(alerts))

    def cause(alert: Alert) -> Hashable:
        if not isinstance(alert, OfUsage):
            return None
        begin = max(each for each in begins if each <= alert.counted_at)
        return begin, isinstance(alert, BudgetAlert) and alert.reason is Reason.ALREADY

    return _grouped(alerts, cause)


def _grouped(alerts: Sequence[Alert], key: Callable[[Alert], Hashable]) -> list[Group]:
    """Put the alerts of a key together, a group in the place of its first; without one each is alone."""
    groups: dict[Hashable, list[Alert]] = {}
    for place, alert in enumerate(alerts):
        found = key(alert)
        groups.setdefault(place if found is None else found, []).append(alert)
    return list(groups.values())


def _begins(alerts: Sequence[Alert]) -> Iterator[datetime]:
    """Give when each incident began: what follows within a day belongs to it."""
    last = None
    for at in sorted(alert.counted_at for alert in alerts if isinstance(alert, OfUsage)):
        if last is None or at - last > DAY:
            yield at
            last = at


def _incident(group: Group, account: str, places: Places) -> Section:
    """Give the first alert in full, and each other rule in a line: ten rules at most, the rest counted."""
    first, *others = _grouped(group, lambda alert: alert.rule if isinstance(alert, QueryAlert) else None)
    section = section_of(first, places)
    if places.takes_clicks:
        section = msgspec.structs.replace(section, menu=_menu(first[0], account))
    if not others:
        return section
    shown, rest = others[: MOST_SPELLED_OUT - 1], others[MOST_SPELLED_OUT - 1 :]
    also = [_line(each, first) for each in shown]
    if rest:
        also.append(_more(sum(map(len, rest))))
    return msgspec.structs.replace(
        section, also_heading=f"Also {_how(others)}", also=tuple(also), note=section.note and _note(group)
    )


def _menu(alert: Alert, account: str) -> Menu | None:
    if isinstance(alert, OfNoRule):
        return None
    window = alert.standing.window if isinstance(alert, OfBudget) else None
    return Menu(
        about=f"{account}|{alert.counted_at.isoformat()}|{alert.id}",
        rule=alert.rule,
        until=window.end if window and window.end > alert.counted_at else None,
        can_be_planned=isinstance(alert, OfUsage),
    )


def _how(others: Sequence[Group]) -> str:
    forecasts = [isinstance(group[0], ForecastAlert) for group in others]
    if all(forecasts):
        return "expected"
    return "passed or expected" if any(forecasts) else "passed"


def _line(group: Group, first: Group) -> str:
    """Give the headline of an alert, and what of it the leading alert does not say: whose, and when."""
    alert, leader = group[0], first[0]
    # A query's bot stands in its headline.
    top = None if isinstance(alert, QueryAlert) else next(iter(_spenders(group)), None)
    whose = "" if top is None or top in _spenders(first) else f"; top bot {quoted(top, LONGEST_BOT)}"
    when = "" if alert.counted_at == leader.counted_at else f" ({day_and_time(alert.counted_at, alert.zone)})"
    return f"{section_of(group).headline}{whose}{when}"


def _spenders(group: Group) -> list[str]:
    """Name the bots that alerts name, those of the first alert first."""
    return [bot for alert in group for bot in _bots(alert)]


def _bots(alert: Alert) -> list[str]:
    if isinstance(alert, OfBudget):
        return [driver.name for driver in alert.standing.drivers]
    if isinstance(alert, SpikeAlert):
        return [mover.name for mover in alert.spike.bots]
    return [alert.query.bot] if isinstance(alert, QueryAlert) else []


def _note(group: Group) -> str:
    """Say when all was counted; where a part of anything is unread, that, and not that nothing is missing."""
    partial = next((alert for alert in group if not is_whole(alert)), group[0])
    return note(msgspec.structs.replace(partial, counted_at=group[0].counted_at))


def _more(count: int) -> str:
    return f"and {number(count)} more alert{'s' if count > 1 else ''}, none more severe than these"


def _besides(ranked: Sequence[Alert]) -> str:
    """Name what a message is about besides its first alert, each rule once."""
    about = _grouped(ranked, lambda alert: None if isinstance(alert, OfNoRule) else alert.about)
    others = few([_short(group[0]) for group in about[1:]], MOST_NAMED - 1)
    return f"; also {listed(others)}" if others else ""


def _short(alert: Alert) -> str:
    return alert.label.lower() if isinstance(alert, OfNoRule) else quoted(alert.about, LONGEST_OTHER_NAME)

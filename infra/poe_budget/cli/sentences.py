"""What a config means, in words: one sentence for each rule."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from budget_alert.config.billing import Billing
from budget_alert.config.periods import WEEKDAYS, Hour, Rolling
from budget_alert.config.schema import (
    CLEARLY_BELOW,
    AnyRule,
    BalanceRule,
    Budget,
    Config,
    DigestRule,
    Filter,
    QueryRule,
    SpikeRule,
    Threshold,
)
from budget_alert.config.spelling import either
from budget_alert.messages.wording import counted, money, name, number, points
from poe_budget.periods import period_words

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule does: its kind as the config calls it, its name, and a sentence."""

    kind: str
    name: str
    words: str


def meanings(config: Config) -> Iterator[Meaning]:
    """Say of each rule, in the config's order, what it does."""
    return (meaning(kind, rule) for kind, rule in config.rules)


def meaning(kind: str, rule: AnyRule) -> Meaning:
    """Say what one rule does; the digest, which has no name of its own, is called so."""
    called = "Digest" if isinstance(rule, DigestRule) else rule.name
    return Meaning(kind=kind, name=called, words=_words(rule))


def setting(config: Config, now: datetime | None = None) -> str:
    """Say what holds for all rules; with `now`, what the zone's clock shows too."""
    price = config.usd_per_million_points
    worth = f"; a million points counts as {money(price)} where Poe names no price" if price else ""
    local = now and now.astimezone(config.zone)
    clock = f" (UTC{local.isoformat()[-6:]}, {local:%H:%M} now)" if local else ""
    return f"times are those in {place(config.timezone)}{clock}{worth}"


def place(zone: str) -> str:
    """Give the place that a time zone is named after: London for Europe/London."""
    return zone.rpartition("/")[2].replace("_", " ")


def _words(rule: AnyRule) -> str:
    match rule:
        case Budget():
            return _budget(rule)
        case SpikeRule():
            return _spike(rule)
        case QueryRule():
            return _query(rule)
        case BalanceRule():
            return _balance(rule)
        case DigestRule():
            return _digest(rule)


def _budget(budget: Budget) -> str:
    sentence = (
        f"alerts you at {_levels(budget.alert_at)} of {_usage(budget.filter)} {_per(budget)}{_each(budget)}"
    )
    sentence += _whose(budget.accounts, together=budget.together)
    if budget.forecast_at:
        sentence += f"; when it will likely reach {_levels(budget.forecast_at)}"
    if budget.repeat:
        sentence += f"; again after {_length(budget.repeat)}, while it still holds"
    if budget.rearm_below != CLEARLY_BELOW:
        sentence += f"; once more after it was below {float(budget.rearm_below * 100):g}% of that"
    if budget.snooze_until:
        sentence += f"; but nothing until {budget.snooze_until.day} {budget.snooze_until:%b %Y}"
    return sentence


def _per(budget: Budget) -> str:
    period = budget.period
    if isinstance(period, Rolling):
        return f"in any {period_words(period).removeprefix('rolling ')}"
    local = "" if isinstance(period, Hour | Billing) else f" in {place(budget.timezone)}"
    return f"per {period_words(period)}{local}"


def _spike(rule: SpikeRule) -> str:
    much = f"{rule.times.normalize():,f} times as much as usual at this time"
    whose = _each(rule) + _whose(rule.accounts, together=rule.together)
    return f"alerts you when {_length(rule.window)} took {much}, and at least {points(rule.at_least)}{whose}"


def _query(rule: QueryRule) -> str:
    usage = f"{_usage(rule.filter)}{_whose(rule.accounts)}"
    return f"alerts you of each query of {points(rule.points)} or more, of {usage}"


def _balance(rule: BalanceRule) -> str:
    below = f"fewer than {points(rule.below)} are left" if rule.below else ""
    runway = f"what is left will likely be spent within {_length(rule.runway)}" if rule.runway else ""
    whose = _whose(rule.accounts)
    return f"alerts you when {either([words for words in (below, runway) if words])}{whose}"


def _digest(rule: DigestRule) -> str:
    at = f"{rule.at:%H:%M} in {place(rule.timezone)}{_whose(rule.accounts, together=rule.together)}"
    if rule.every == "day":
        return f"sums up the day before, every day at {at}"
    return f"sums up the week before, every {WEEKDAYS[rule.starts_on].capitalize()} at {at}"


def _each(rule: Budget | SpikeRule) -> str:
    return {"api_key": " for each API key", "bot": " for each bot"}.get(rule.each or "", "")


def _whose(accounts: Sequence[str], *, together: bool = False) -> str:
    if together:
        return f", for the sum of {f'accounts named {_named(accounts)}' if accounts else 'all accounts'}"
    return f", for each account named {_named(accounts)}" if accounts else ""


def _usage(kept: Filter) -> str:
    types = f"{either(kept.usage_types)} usage" if kept.usage_types else ""
    bots = f"by bots named {_named(kept.bots)}" if kept.bots else ""
    keys = f"with API keys named {_named(kept.api_keys)}" if kept.api_keys else ""
    if not (types or bots or keys):
        return "all usage"
    return " ".join(words for words in (types or "usage", bots, keys) if words)


def _named(patterns: Sequence[str]) -> str:
    return either([name(pattern) for pattern in patterns])


def _levels(levels: Sequence[Threshold]) -> str:
    others = [number(level.points) for level in levels[:-1]]
    end = points(levels[-1].points)
    return f"{', '.join(others)} and {end}" if others else end


def _length(length: timedelta) -> str:
    if length % _DAY:
        return counted(length // _HOUR, "hour")
    return counted(length // _DAY, "day")

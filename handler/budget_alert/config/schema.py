"""What a config says: a Config of its rules, and of each rule its keys, with what each may hold.

A field with a Key is a key of the rule's table; `reading` reads them, and the JSON Schema is made of them.
`accounts` of a rule are shell patterns for the accounts that it is about, none for all of them. Each is
evaluated by itself, or with `together` by one sum over them. No fingerprint hangs on either.
"""

from collections.abc import Callable, Hashable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from budget_alert.config import kinds, shares
from budget_alert.config.billing import Billing
from budget_alert.config.keys import Given, Key, Rule, Tables, declared, fields
from budget_alert.config.kinds import Kind, Values
from budget_alert.config.periods import CalendarPeriod, Month, Rolling, Week, midnight
from budget_alert.config.spelling import fits, shown
from budget_alert.identity import identity

Period: TypeAlias = CalendarPeriod | Rolling | Billing
Threshold: TypeAlias = shares.Threshold
CLEARLY_BELOW = Fraction(9, 10)
"""Below this share of a threshold usage has clearly fallen, and does not only tremble."""


def _name(example: str) -> Key:
    return Key(kinds.NAME, "What messages call it; no two rules of any kind share a name.", example)


def _pattern(about: str, example: str, kind: Kind = kinds.PATTERN) -> Key:
    everything = "leave it out to count everything"
    return Key(kind, f"{about}, as shell patterns in any case; all without it.", example, each=everything)


_ACCOUNTS = Key(
    kinds.ACCOUNT,
    "The accounts of the secret that it is about, as shell patterns in any case; all without it.",
    "prod*",
    each="leave it out for every account",
)
_TOGETHER = Key(kinds.SWITCH, "Whether one sum over those accounts counts, not each.", example=True)
_NOTIFY = Key(
    kinds.CHANNEL,
    "Where its alerts go in Slack: names of the secret's `slack_webhooks`; to the main webhook without it.",
    "research",
    each="leave it out for the main webhook",
)
_Notify: TypeAlias = Annotated[tuple[str, ...], _NOTIFY]
_Each: TypeAlias = Annotated[
    Literal["api_key", "bot"] | None,
    Key(kinds.EACH, "One such rule for every API key, or every bot, with limits of its own.", "api_key"),
]
_Accounts: TypeAlias = Annotated[tuple[str, ...], _ACCOUNTS]
_Together: TypeAlias = Annotated[bool, _TOGETHER]


class Filter(msgspec.Struct, frozen=True):
    """Shell patterns, in any case, for what a rule counts; an empty tuple counts everything."""

    bots: Annotated[tuple[str, ...], _pattern("The bots that count", "Claude-*")] = ()
    usage_types: Annotated[
        tuple[str, ...], _pattern("The types of usage that count", "API", kinds.USAGE_TYPE)
    ] = ()
    api_keys: Annotated[tuple[str, ...], _pattern("The names of API keys that count", "ci-*")] = ()

    @property
    def normal(self) -> list[list[str]]:
        """The patterns without what does not count: their order, their case and repetitions."""
        patterns = (self.bots, self.usage_types, self.api_keys)
        return [sorted({pattern.lower() for pattern in each}) for each in patterns]

    def matches(self, bot: str, usage_type: str, api_key: str) -> bool:
        """Tell whether usage of this bot, type and key counts; `api_key` is "" where there is none."""
        return (
            (not self.bots or fits(self.bots, bot))
            and (not self.usage_types or fits(self.usage_types, usage_type))
            and (not self.api_keys or fits(self.api_keys, api_key))
        )


def _starts_nothing(values: Values) -> str | None:
    starts = isinstance(values.get("period", Month()), Month | Week)
    return None if starts else 'only a "month" or a "week" has one; remove it'


def _never_ends(values: Values) -> str | None:
    advice = 'remove it, or write a period that ends, like "month"'
    rolls = isinstance(values.get("period"), Rolling)
    return f"a rolling period has no end to forecast; {advice}" if rolls else None


def _never_rearms(values: Values) -> str | None:
    rolls = isinstance(values.get("period", Rolling(1)), Rolling)
    return None if rolls else 'only a rolling period like "24h" re-arms; remove it'


def _is_daily(values: Values) -> str | None:
    return 'only a digest of every "week" has one; remove it' if values.get("every") == "day" else None


def _no_sum(values: Values, given: Given) -> Iterator[tuple[str, str]]:
    """Find what several accounts have no sum of: what came by a key, and windows of grants."""
    if values.get("together") and given("api_keys"):
        advice = "remove it, or choose accounts by `accounts`"
        yield "api_keys", f"a sum over accounts does not keep keys apart; {advice}"
    yield from _no_keys(values)
    if values.get("together") and isinstance(values.get("period"), Billing):
        why = "each account has grants of its own, so several have no billing cycle together"
        yield "period", f'{why}; write another period, like "month", or remove `together`'


def _no_keys(values: Values) -> Iterator[tuple[str, str]]:
    if values.get("together") and values.get("each") == "api_key":
        advice = 'write "bot", or leave `together` out to follow the keys of each account'
        yield "each", f"a sum over accounts does not keep keys apart; {advice}"


def _sums_all(values: Values, given: Given) -> Iterator[tuple[str, str]]:
    yield from _no_keys(values)
    if values.get("together") and given("accounts"):
        yield "accounts", "with `together` it sums all accounts; remove one of the two"


def _no_limit(_: Values, given: Given) -> Iterator[tuple[str, str]]:
    if not (given("below") or given("runway")):
        right = "write one of them or both, for example `below = 100_000`"
        yield "below", f"is missing, and so is `runway`; {right}"


def _no_rule(_: Values, given: Given) -> Iterator[tuple[str, str]]:
    if not any(given(key) for key, part in declared(Config).items() if isinstance(part, Tables)):
        lines = 'name = "Everything", points = 1_000_000 and period = "month"'
        example = f"a line [[budget]] and, each on a line of its own below it, {lines}"
        yield "config", f"has no rule; write at least one, for example {example}"


class Budget(Rule, frozen=True, kw_only=True):
    """A rule: so many points in each window of a period, and when to alert.

    `alert_at` and `forecast_at` ascend by points. `repeat` is how long after it was sent a threshold that
    still holds is sent again; None means never. A threshold of a rolling period re-arms when less than
    the share `rearm_below` of it is used. `timezone` is the config's.
    """

    checks = (_no_sum,)

    name: Annotated[str, _name("Everything")]
    points: Annotated[
        int, Key(kinds.POINTS, "How many points each window of the period may take.", 1_000_000)
    ]
    period: Annotated[
        Period,
        Key(kinds.PERIOD, "Of the calendar, from a grant of points to the next, or rolling.", "month"),
        Key(
            kinds.START,
            "The first day of the month, 29 to 31 the last of a shorter one; or of the week.",
            17,
            name="starts_on",
            unless=_starts_nothing,
        ),
    ]
    alert_at: Annotated[
        tuple[Threshold, ...],
        Key(
            shares.THRESHOLD,
            "When to alert: shares of `points`, or plain points.",
            "50%",
            each=f"leave it out for [{', '.join(map(shown, shares.USUAL))}]",
            usual=shares.usual,
        ),
    ]
    forecast_at: Annotated[
        tuple[Threshold, ...],
        Key(
            shares.THRESHOLD,
            "When to warn that the window will probably end at so much; not of a rolling period.",
            "100%",
            each="leave it out for no forecast",
            unless=_never_ends,
        ),
    ] = ()
    filter: Filter = Filter()
    repeat: Annotated[
        timedelta | None,
        Key(kinds.LENGTH, "How long after an alert it is sent again while it still holds.", "1d"),
    ] = None
    rearm_below: Annotated[
        Fraction,
        Key(
            kinds.REARMING,
            "Of a rolling period: a threshold fires again after the sum was below so much of it.",
            "80%",
            unless=_never_rearms,
        ),
    ] = CLEARLY_BELOW
    snooze_until: Annotated[
        date | None, Key(kinds.DAY, "Nothing is sent until this day begins.", date(2026, 12, 1))
    ] = None
    each: _Each = None
    accounts: _Accounts = ()
    notify: _Notify = ()
    together: _Together = False
    value: str = ""
    """The one key or bot that it is about, where there is one such rule for each; it is not in the config."""
    timezone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days, weeks and months the budget follows."""
        return ZoneInfo(self.timezone)

    @property
    def snoozed_until(self) -> datetime | None:
        """The instant, in UTC, up to which nothing is sent: midnight of `snooze_until` in the zone."""
        return midnight(self.zone, self.snooze_until) if self.snooze_until else None

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while name, filter, zone, period and `starts_on` do.

        A rule whose fingerprint changes starts afresh; the order and case of patterns do not count.
        """
        return _fingerprint(self.name, self.timezone, self.period, self.filter, *_parts(self.each))


class SpikeRule(Rule, frozen=True, kw_only=True):
    """A rule: much more than usual within `window`, at least `times` as much and `at_least` points."""

    checks = (_sums_all,)
    filter: ClassVar[Filter] = Filter()

    name: Annotated[str, _name("Sudden burst")]
    window: Annotated[timedelta, Key(kinds.SHORT_LENGTH, "Within the last hours or days.", "1h")]
    times: Annotated[Decimal, Key(kinds.TIMES, "So many times as much as is usual at this time.", 2.5)] = (
        Decimal(4)
    )
    at_least: Annotated[int, Key(kinds.POINTS, "And at least so many points.", 20_000)]
    each: _Each = None
    accounts: _Accounts = ()
    notify: _Notify = ()
    together: _Together = False
    value: str = ""
    """The one key or bot that it is about, where there is one such rule for each; it is not in the config."""

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while name and window do."""
        return _fingerprint(self.name, self.window.total_seconds(), *_parts(self.each))


class QueryRule(Rule, frozen=True, kw_only=True):
    """A rule: one query that costs `points` or more."""

    refused = (("together", "a query belongs to one account, and is never a sum of several; remove it"),)
    together: ClassVar[bool] = False

    name: Annotated[str, _name("Expensive query")]
    points: Annotated[int, Key(kinds.POINTS, "One query that costs so many points.", 50_000)]
    filter: Filter = Filter()
    accounts: _Accounts = ()
    notify: _Notify = ()

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while name, points and filter do: other points are a new rule."""
        return _fingerprint(self.name, self.points, self.filter)


class BalanceRule(Rule, frozen=True, kw_only=True):
    """A rule: fewer than `below` points left, or points for less than `runway`; at least one is given."""

    checks = (_no_limit,)
    refused = (("together", "a balance belongs to one account, and is never a sum of several; remove it"),)
    together: ClassVar[bool] = False

    name: Annotated[str, _name("Running dry")]
    below: Annotated[int | None, Key(kinds.POINTS, "Fewer points than this are left.", 100_000)] = None
    runway: Annotated[
        timedelta | None, Key(kinds.LENGTH, "What is left is enough for less time than this.", "3d")
    ] = None
    accounts: _Accounts = ()
    notify: _Notify = ()

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay while the name does."""
        return _fingerprint(self.name)


class DigestRule(Rule, frozen=True, kw_only=True):
    """When to sum up: every "day" or "week" at a time of the clock in the zone `timezone`.

    `starts_on` is a week's first day, 0 (Monday) to 6; a weekly digest comes on that day.
    """

    checks = (_sums_all,)
    name: ClassVar[str] = "digest"

    every: Annotated[
        Literal["day", "week"], Key(kinds.EVERY, "A summary of the day before, or of the week.", "day")
    ]
    at: Annotated[time, Key(kinds.CLOCK, "From this time of the clock on.", "07:30")] = time(9)
    starts_on: Annotated[int, Key(kinds.WEEKDAY, "The first day of a week.", "sunday", unless=_is_daily)] = 0
    accounts: _Accounts = ()
    together: _Together = False
    timezone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the days, the weeks and the clock."""
        return ZoneInfo(self.timezone)


def stands_for_each(rule: Budget | SpikeRule) -> bool:
    """Tell whether a rule stands for one such rule for each API key or bot, and is none itself."""
    return bool(rule.each and not rule.value)


NamedRule: TypeAlias = Budget | SpikeRule | QueryRule | BalanceRule
AnyRule: TypeAlias = NamedRule | DigestRule


class Config(Rule, frozen=True, kw_only=True):
    """A usable config; `usd_per_million_points` is dollars, None where the config names no price."""

    checks = (_no_rule,)

    timezone: Annotated[
        str, Key(kinds.ZONE, "An IANA name: days, weeks and months begin at its midnight.", "Europe/London")
    ] = "UTC"
    usd_per_million_points: Annotated[
        Decimal | None, Key(kinds.PRICE, "Dollars beside points where Poe's own rows bring none.", 30)
    ] = None
    budgets: Annotated[
        tuple[Budget, ...], Tables("budget", Budget, "So many points in each window of a period.")
    ] = ()
    spikes: Annotated[
        tuple[SpikeRule, ...], Tables("spike", SpikeRule, "Much more than is usual at this time.")
    ] = ()
    queries: Annotated[
        tuple[QueryRule, ...], Tables("query", QueryRule, "One query that costs too much.")
    ] = ()
    balances: Annotated[
        tuple[BalanceRule, ...], Tables("balance", BalanceRule, "What is left of the points.")
    ] = ()
    digest: Annotated[DigestRule | None, Tables("digest", DigestRule, "A summary of usage.", single=True)] = (
        None
    )

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of all channels in Slack that rules have for themselves."""
        every = (name for _, rule in self.rules for name in getattr(rule, "notify", ()))
        return tuple(dict.fromkeys(every))

    @property
    def rules(self) -> tuple[tuple[str, AnyRule], ...]:
        """Every rule after the name of its table, in the order of the tables above."""
        return tuple((tables.name, rule) for _, tables, rules in self._held() for rule in rules)

    def changed(self, change: Callable[[AnyRule], AnyRule | None]) -> "Config":
        """Give the config with what `change` makes of each rule, without those of which it makes None."""
        found: dict[str, object] = {}
        for field, tables, rules in self._held():
            kept = tuple(rule for rule in map(change, rules) if rule is not None)
            found[field] = next(iter(kept), None) if tables.single else kept
        return replace(self, **found)

    def _held(self) -> Iterator[tuple[str, Tables, tuple[AnyRule, ...]]]:
        """Give each field that holds rules, the tables that they are from, and the rules."""
        for field in fields(Config):
            for part in field.parts:
                if isinstance(part, Tables):
                    held = getattr(self, field.name) or ()
                    yield field.name, part, (held,) if held and part.single else held

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of the rules of which it counts since when they are known."""
        rules: tuple[Budget | SpikeRule | QueryRule, ...] = (*self.budgets, *self.spikes, *self.queries)
        return tuple(rule.fingerprint for rule in rules)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the budgets and of the times in messages."""
        return ZoneInfo(self.timezone)


def _parts(each: str | None) -> tuple[str, ...]:
    # What rules without it were known by must stay.
    return (each,) if each else ()


@lru_cache(maxsize=512)
def _fingerprint(*parts: Hashable) -> str:
    spelled = [part.normal if isinstance(part, Filter) else part for part in parts]
    return identity(*spelled)

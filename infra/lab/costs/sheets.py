"""The model as tables, for a terminal and for the README."""

from collections.abc import Iterator, Sequence

import msgspec

from lab.costs.assumed import ACCOUNT_MB, MESSAGES_A_MONTH
from lab.costs.bill import bill
from lab.costs.deployed import MEMORY_MB, MINUTES, STACK
from lab.costs.free import ALWAYS, MONITORING, NOTHING
from lab.costs.lambdas import SIZES, Invocation, Timed
from lab.costs.many import Figures, Fleet
from lab.costs.observed import INTERVALS, Seen
from lab.costs.prices import PRICES, Service
from lab.costs.single import Month
from lab.costs.use import Use, Work
from lab.evaluation.tables import Sheet

_WHOLE = 100
IN_TURN = 10
COUNTS = (IN_TURN, 1000, 10_000)
SPARED = Work(secret_calls=1, aws_calls=2)
"""What an account's tick is spared where an invocation has read the secret and the config for all."""
CHANGED = 3
"""Of an account that spends without pause: the quarter hour of now, often the one before, and the day."""
_ALL = list(Service)
_SHOWN = [service for service in Service if service not in (Service.QUEUE, Service.MONITORING)]


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured: with the template's config and with the example's, and the time that it takes."""

    default: Seen
    example: Seen
    timed: Timed

    def busy(self, minutes: int = MINUTES, memory_mb: int = MEMORY_MB, *, cold: bool = True) -> Month:
        """Give a month of an account that asks something every minute, with the template's config."""
        return self._month(self.default, self.default.busy[minutes], minutes, memory_mb, cold=cold)

    def idle(self, minutes: int = MINUTES) -> Month:
        """Give a month of an account that asks nothing, and is told as much as the other."""
        return self._month(self.default, self.default.idle, minutes, MEMORY_MB)

    def richer(self) -> Month:
        """Give a month of the busy account with the example's config, which has every kind of rule."""
        return self._month(self.example, self.example.busy[MINUTES], MINUTES, MEMORY_MB)

    def fleet(self, accounts: int, minutes: int = MINUTES, *, busy: bool) -> Fleet:
        """Give a month of many accounts, all of them busy or all of them idle, with the template's config."""
        tick = self.default.busy[minutes] if busy else self.default.idle
        figures = Figures(
            tick=tick.over(SPARED),
            day_bytes=self.default.day_bytes if busy else 0,
            timed=self.timed,
            stack=STACK,
            changed=CHANGED if busy else 0,
        )
        queue = accounts > IN_TURN
        return Fleet(accounts=accounts, minutes=minutes, memory_mb=MEMORY_MB, figures=figures, queue=queue)

    def _month(self, seen: Seen, tick: Work, minutes: int, memory_mb: int, *, cold: bool = True) -> Month:
        return Month(
            minutes=minutes,
            memory_mb=memory_mb,
            tick=tick,
            telling=seen.telling,
            day_bytes=0 if tick == seen.idle else seen.day_bytes,
            timed=self.timed,
            stack=STACK,
            cold=cold,
        )


def sheets(model: Model) -> Iterator[Sheet]:
    """Give all tables."""
    yield intervals(model)
    yield memory(model)
    yield fleets(model)
    yield prices()


def intervals(model: Model) -> Sheet:
    """Set the intervals beside each other, service by service, for a busy account; an idle one comes last."""
    months = [(_minutes(one), model.busy(one)) for one in sorted(INTERVALS)]
    rows = [_by_service(name, month.use()) for name, month in months]
    rows.append(_by_service(f"{MINUTES} minutes, idle", model.idle().use()))
    heads = ("Interval", *_SHOWN, "Together", "With AWS's free tiers", "Where all is used up")
    return Sheet(f"A month of one account, {MESSAGES_A_MONTH} messages in it", heads, rows)


def memory(model: Model) -> Sheet:
    """Set the sizes of memory beside each other, for a busy account at the default interval."""
    needs = model.timed.needs_mb()
    tick = model.default.busy[MINUTES]
    rows = [
        (
            f"{size:,} MB" + (" (default)" if size == MEMORY_MB else ""),
            "yes" if size >= needs else "no",
            *(f"{_billed(model.timed, tick, size, cold=cold):,} ms" for cold in (True, False)),
            *(dollars(_compute(model, size, cold=cold)) for cold in (True, False)),
        )
        for size in SIZES
    ]
    heads = ("Memory", f"Fits {needs:.0f} MB", "Cold tick", "Warm tick", "All cold", "All warm")
    return Sheet(f"Lambda alone, by memory, every {MINUTES} minutes", heads, rows)


def fleets(model: Model) -> Sheet:
    """Set numbers of accounts beside each other, all of them idle and all of them busy."""
    rows = [_fleet(model, count, busy=busy) for count in COUNTS for busy in (False, True)]
    heads = ("Accounts", "Stacks", "Takes", *_ALL, "With AWS's free tiers", "Each")
    return Sheet(f"A month of many accounts, every {MINUTES} minutes", heads, rows)


def prices() -> Sheet:
    """List the prices, with what is free of each and where it says so."""
    rows = [
        (
            one.service,
            f"${_plain(one.dollars)} for {one.amount:,.0f} {one.unit}",
            f"{ALWAYS[name]:,.0f}",
            one.source,
        )
        for name, one in PRICES.items()
    ]
    return Sheet("Prices", ("Service", "Price", "Free", "Source"), rows)


def dollars(amount: float) -> str:
    """Write an amount to the cent; from $100 on to the dollar."""
    return f"${amount:,.2f}" if amount < _WHOLE else f"${amount:,.0f}"


def total(use: Use, free: Use = MONITORING) -> float:
    """Give dollars a month; metrics, alarms and the dashboard are free unless told otherwise."""
    return bill(use, free).total


def in_turn_mb(model: Model, accounts: int = IN_TURN) -> float:
    """Say what memory so many accounts of one invocation need."""
    return model.timed.needs_mb(accounts * ACCOUNT_MB)


def _plain(number: float) -> str:
    return f"{number:.10f}".rstrip("0").rstrip(".")


def _minutes(minutes: int) -> str:
    return f"{minutes} minute{'s' if minutes > 1 else ''}" + (" (default)" if minutes == MINUTES else "")


def _by_service(name: str, use: Use) -> Sequence[str]:
    lines = bill(use, MONITORING).lines
    amounts = (lines[service] for service in _SHOWN)
    totals = (total(use, free) for free in (MONITORING, ALWAYS, NOTHING))
    return [name, *map(dollars, amounts), *map(dollars, totals)]


def _billed(timed: Timed, work: Work, memory_mb: int, *, cold: bool) -> int:
    return Invocation(timed=timed, work=work, cold=cold).billed_ms(memory_mb)


def _compute(model: Model, memory_mb: int, *, cold: bool) -> float:
    return bill(model.busy(memory_mb=memory_mb, cold=cold).use()).lines[Service.COMPUTE]


def _fleet(model: Model, count: int, *, busy: bool) -> Sequence[str]:
    fleet = model.fleet(count, busy=busy)
    use = fleet.use()
    lines, less = bill(use).lines, total(use, ALWAYS)
    name = f"{count:,} {'busy' if busy else 'idle'}"
    amounts = (*(lines[service] for service in _ALL), less)
    return [name, str(fleet.stacks), f"{fleet.seconds:.0f} s", *map(dollars, amounts), f"${less / count:.3f}"]

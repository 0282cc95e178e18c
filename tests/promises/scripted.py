"""A scripted history, of one account or of three monitored through a queue, and what must come of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from budget_alert.alerts import Alert, Kind, OfBudget
from budget_alert.identity import TOGETHER
from budget_alert.instants import day_of
from budget_alert.ledger.items import body_of
from budget_alert.rules.notified import Memory
from budget_alert.usage.totals import Dimensions
from standins.memory_aws import Killed
from standins.poe_store import PoeAccount
from standins.simulated_poe import SimulatedPoe
from tests.support.configs import table
from tests.support.fast import FastWorld, RecordingChannel, alone, spend
from tests.support.tables import MemoryTable

BEGIN = datetime(2026, 11, 3, 23, 40, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 4, tzinfo=UTC)
TEN_MINUTES, DAY = timedelta(minutes=10), timedelta(days=1)
CONFIG = (
    table("budget", name="Day", points=100, period="day", alert_at=["50%", "100%"])
    + table("budget", name="Rolling", points=150, period="24h", alert_at=["100%"])
    + table("query", name="Dear query", points=100)
    + table("balance", name="Nearly dry", below=870)
)
TOGETHER_CONFIG = table(
    "budget", name="Day of all", points=150, period="day", alert_at=["50%", "100%"], together=True
) + table("budget", name="Rolling of all", points=300, period="24h", alert_at=["100%"], together=True)
Spent = tuple[tuple[int, int], ...]
SPENT: Spent = ((5, 60), (12, 45), (18, 5), (25, 120), (33, 1))
"""Minutes after BEGIN, and points: over midnight, so that days are written in two transactions."""
SPENT_BY: Mapping[str, Spent] = {"ada": SPENT, "bob": ((7, 30), (26, 40)), "cleo": ((14, 20),)}
TICKS = 4
QUIET_TICKS = 2
Notified = tuple[str, str, datetime | None, int | None]


def poe(spent: Spent = SPENT) -> SimulatedPoe:
    """Make the history of an account."""
    made = SimulatedPoe(account=PoeAccount(points=1_000))
    for at, points in spent:
        spend(made, points, BEGIN + timedelta(minutes=at), query_id=f"q{at}")
    return made


def world() -> FastWorld:
    """Make an account that will spend SPENT."""
    return alone(poe(), CONFIG, BEGIN, pages=20)


def team(*names: str, **more: Any) -> FastWorld:
    """Make accounts that will spend SPENT_BY, all of them or those named."""
    poes = {name: poe(SPENT_BY[name]) for name in names or SPENT_BY}
    return FastWorld(poes, CONFIG + TOGETHER_CONFIG, BEGIN, pages=20, **more)


def go_on(running: FastWorld, rounds: int = 1) -> None:
    """Do what the schedule has done, and let ten minutes pass, so many times; a tick may be killed."""
    for _ in range(rounds):
        if running.several:
            running.round()
        else:
            with suppress(Killed):
                running.tick()
        running.now += TEN_MINUTES


def rounds(number: int) -> Sequence[Callable[[FastWorld], None]]:
    """Give so many steps, ten minutes apart."""
    return [go_on] * number


def check(running: FastWorld, killed: Sequence[str]) -> None:
    """See that totals are right, that nothing is missing, and that repetitions have their reason."""
    check_usage(running, SPENT)
    for channel in (running.slack, running.sns):
        welcomed_at = min(alert.counted_at for alert in channel.sent if alert.kind is Kind.WELCOME)
        assert owed(welcomed_at) <= set(check_sent(channel.sent, killed))
    check_outbox(running.table)


def check_team(running: FastWorld, killed: Sequence[str]) -> None:
    """See the same of each account, and of all together."""
    for name in running.poes:
        check_usage(running, SPENT_BY[name], name)
        check_outbox(running.table.of(name))
    check_sum(running)
    check_outbox(running.table)
    for channel in (running.slack, running.sns):
        sent = {name: check_sent(channel.of(name), killed) for name in (*running.poes, TOGETHER)}
        assert owed(judged_from(running, "ada")) <= set(sent["ada"])
        half, full = (reached_together(running.poes, points) for points in (75, 150))
        assert _after(through_at(running, channel), full) <= set(sent[TOGETHER])
        assert {one for one in sent[TOGETHER] if one[1] == "Day of all"} <= {*half, *full}
        crossed = {one[:2] for name in {*running.poes} - {"ada"} for one in sent[name]}
        assert not crossed & {("budget", "Day"), ("budget", "Rolling"), ("query", "Dear query")}


def check_usage(running: FastWorld, spent: Spent, account: str | None = None) -> None:
    """See that slots and days hold what was spent."""
    assert running.points("slot#", account) == sum(points for _, points in spent)
    for day in (MIDNIGHT - DAY, MIDNIGHT):
        points = sum(points for at, points in spent if day_of(BEGIN + timedelta(minutes=at)) == day)
        assert running.points(f"day#{day:%Y-%m-%d}", account) == points


def check_sum(running: FastWorld) -> None:
    """See that the sum of all accounts is that of each, slot by slot, and that its days are its slots."""
    assert running.parts([TOGETHER]) == running.parts(list(running.poes))
    days: Counter[tuple[datetime, Dimensions]] = Counter()
    for (slot, part), points in running.parts([TOGETHER]).items():
        days[day_of(slot), part] += points
    assert running.day_parts() == days


def excuses(killed_at: str) -> bool:
    """Tell whether a kill there is a reason to send something twice: it was sent, and not yet marked so."""
    return killed_at == "after send" or "accepted" in killed_at


def check_sent(alerts: list[Alert], killed: Sequence[str]) -> Counter[Notified]:
    """Count what was sent; see that repetitions have their reason."""
    sent = Counter(identity(alert) for alert in alerts)
    if not any(map(excuses, killed)):
        assert max(sent.values(), default=1) == 1
    return sent


def check_outbox(table: MemoryTable) -> None:
    """See that nothing waits."""
    assert not any(key.startswith("alert#") and _waits(item) for key, item in table.items.items())


def identity(alert: Alert) -> Notified:
    """Tell alerts apart as their readers do."""
    window = alert.standing.window.start if isinstance(alert, OfBudget) else None
    return alert.kind, alert.rule, window, alert.figures.needed


def owed(welcomed_at: datetime) -> set[Notified]:
    """Give what must have been sent: what was passed after the welcome, which is about all before."""
    reached: dict[Notified, int] = {
        ("budget", "Day", MIDNIGHT - DAY, 100): 12,
        ("budget", "Day", MIDNIGHT, 100): 25,
        ("query", "Dear query", None, 100): 25,
    }
    # What is left is sent whenever it is found, be it by the first tick.
    low: Notified = ("balance", "Nearly dry", None, 870)
    return {low, *_after(welcomed_at, reached)}


def reached_together(names: Iterable[str], points: int) -> dict[Notified, int]:
    """Give the days in which accounts together have reached so many points, with the minute after BEGIN."""
    found: dict[Notified, int] = {}
    sums: Counter[datetime] = Counter()
    for at, spent in sorted(one for name in names for one in SPENT_BY[name]):
        day = day_of(BEGIN + timedelta(minutes=at))
        sums[day] += spent
        if sums[day] >= points:
            found.setdefault(("budget", "Day of all", day, points), at)
    return found


def _after(instant: datetime, reached: Mapping[Notified, int]) -> set[Notified]:
    return {sent for sent, at in reached.items() if instant < BEGIN + timedelta(minutes=at)}


def judged_from(running: FastWorld, account: str) -> datetime:
    """Tell since when an account's rules are known: a small welcome may have been left out."""
    memory = body_of(running.table.of(account).items["notes"], Memory)
    return min(known.since for known in memory.rules.values())


def through_at(running: FastWorld, channel: RecordingChannel) -> datetime:
    """Tell when all accounts together had been read: the last welcome names what was passed by then."""
    welcomes = [alert for alert in channel.of(TOGETHER) if alert.kind is Kind.WELCOME]
    return max(judged_from(running, TOGETHER), *(alert.counted_at for alert in welcomes))


def _waits(item: Mapping[str, Mapping[str, list[str]]]) -> bool:
    return set(item["owed"]["SS"]) != set(item.get("accepted", {}).get("SS", ()))

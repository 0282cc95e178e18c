"""A snooze as a value: when it holds, what it holds back, and which one counts of several."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from msgspec.structs import replace

from budget_alert.alerts import Alert, Balance, Kind, Spike
from budget_alert.config.periods import Day, Hour, Rolling, Window
from budget_alert.outlook.foreseen import Forecast
from budget_alert.snoozes import MOST, Snoozable, Snooze, Snoozes, snoozable
from budget_alert.usage.entries import Query
from tests.support.made_messages import COUNTED, NOVEMBER, ODD_NAMES, alert, health, standing

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FORECAST = Forecast(level=1_000_000, chance=0.8, expected=1, low=1, high=1)


def snooze(rule: str = "B", start: datetime = NOW, length: timedelta = HOUR, **more: object) -> Snooze:
    """Make one of a rule."""
    return msgspec.convert({"rule": rule, "start": start, "until": start + length, **more}, Snooze)


def test_a_snooze_holds_now_and_for_windows_that_ended_in_it() -> None:
    """From its start until its end; what closed meanwhile stays silent, what closed before does not."""
    snoozes = Snoozes((snooze(),))
    assert [bool(snoozes.of("B", NOW + at)) for at in (-HOUR, 0 * HOUR, HOUR)] == [False, True, False]
    assert not snoozes.of("Other", NOW)
    later = NOW + 5 * HOUR
    assert [bool(snoozes.of("B", later, NOW + at)) for at in (0 * HOUR, HOUR, 2 * HOUR)] == [
        False,
        True,
        False,
    ]
    assert snoozes.of("B", NOW, NOW - DAY)


@pytest.mark.parametrize(
    ("points", "share", "held"),
    [(80, "4/5", True), (100, "1", False), (80, "1", False), (160, "4/5", False), (85, "17/20", True)],
)
def test_what_lies_higher_by_points_or_by_share_breaks_through(points: int, share: str, held: bool) -> None:  # noqa: FBT001 - of the table above
    """At 85 of 100; a limit that was lowered or raised meanwhile changes what is higher."""
    assert snooze(points=85, limit=100).holds(points, Fraction(share)) is held
    assert snooze().holds(points, Fraction(share))


def test_of_a_rules_snoozes_the_newest_counts() -> None:
    """A shorter one ends earlier; taken back, the one before counts again; ended by hand, none does."""
    longer, shorter = snooze(length=DAY), snooze(start=NOW + HOUR)
    both = Snoozes((longer, snooze("C"))).adding(shorter)
    first, over = Window(NOW, NOW + HOUR), Window(NOW + HOUR, NOW + HOUR)
    assert both.last(NOW) == {"B": Window(NOW, NOW + DAY), "C": first}
    assert both.last(NOW + HOUR) == {"B": Window(NOW + HOUR, NOW + 2 * HOUR), "C": over}
    assert both.last(NOW + 3 * HOUR) == {"B": Window(NOW + 2 * HOUR, NOW + 2 * HOUR), "C": over}
    assert both.withdrawing("B", NOW + HOUR).of("B", NOW + 3 * HOUR) == longer
    silenced = both.without("B", NOW + HOUR)
    assert silenced.last(NOW + HOUR) == {"B": over, "C": over}
    assert silenced.ended("B", NOW + 2 * HOUR) is None
    assert silenced.of("B", NOW + MINUTE) == longer
    assert silenced.history() == [replace(longer, until=NOW + HOUR), snooze("C")]
    assert Snoozes((longer,)).adding(snooze(length=2 * DAY)).each == (snooze(length=2 * DAY),)


def test_a_snooze_of_the_config_holds_besides() -> None:
    """Whatever people add or take back."""
    day = Snoozes((snooze(),), {"B": snooze(start=NOW - DAY, length=2 * DAY)})
    assert day.of("B", NOW) == day.of("B", NOW + 2 * HOUR) == day.days["B"]
    assert day.ended("B", NOW + 2 * HOUR) == snooze()
    assert day.ended("B", NOW + DAY) == day.days["B"]


def test_what_was_planned_stays_so_until_somebody_takes_it_back() -> None:
    """It begins before the snooze, and outlives a newer one; after its end it takes a word more."""
    planned = snooze(planned_from=NOW - HOUR)
    snoozes = Snoozes((snooze("C"), planned))
    assert snoozes.planned(NOW) == [(NOW - HOUR, NOW + HOUR)]
    assert snoozes.adding(snooze(start=NOW + MINUTE)).planned(NOW) == snoozes.planned(NOW)
    assert snoozes.without("B", NOW + MINUTE).planned(NOW) == []
    assert snoozes.without("B", NOW + DAY) == snoozes
    assert snoozes.without("B", NOW + DAY, planned=True).planned(NOW) == []
    assert snoozes.planned(NOW - MINUTE) == []


def test_so_many_are_kept_and_the_oldest_goes_first() -> None:
    """An account's snoozes stay one small item, whatever their names hold."""
    snoozes = Snoozes()
    for number in range(MOST + 5):
        name = f"{number:03}{ODD_NAMES['emoji']}"[:80]
        snoozes = snoozes.adding(snooze(name, NOW + number * DAY, by="🔥" * 80, points=10**12, limit=10**12))
    assert len(snoozes.each) == MOST
    assert snoozes.each[0].rule.startswith("005")
    assert len(msgspec.json.encode(snoozes)) < 100_000


TODAY = datetime(2026, 11, 22, tzinfo=UTC)
OF_BUDGET = Snoozable(rule="B", began_at=TODAY, ends_at=NOVEMBER.end, points=820_000, limit=1_000_000)
SPIKE = Spike(window=Window(COUNTED - 3 * HOUR, COUNTED), points=9, usual=1, times=Decimal(4), at_least=5)
OFFERED: dict[str, tuple[Alert, Snoozable | None]] = {
    "a budget": (alert(standing("B", 850_000)), replace(OF_BUDGET, points=850_000)),
    "a budget that will likely be used up": (
        alert(standing("B", forecast=FORECAST)),
        replace(OF_BUDGET, foreseen=1_000_000),
    ),
    "a forecast": (
        alert(standing("B"), Kind.FORECAST, forecast=FORECAST),
        replace(OF_BUDGET, foreseen=800_000),
    ),
    "a day that is over": (
        alert(standing("B", period=Day(), window=Window(COUNTED - 2 * DAY, COUNTED - DAY))),
        replace(OF_BUDGET, began_at=TODAY - DAY, ends_at=COUNTED - DAY),
    ),
    "an hour": (
        alert(standing("B", period=Hour(), window=Window(COUNTED, COUNTED + HOUR))),
        replace(OF_BUDGET, began_at=COUNTED, ends_at=COUNTED + HOUR),
    ),
    "a rolling budget": (
        alert(standing("B", -5, period=Rolling(168), window=Window(COUNTED - 7 * DAY, COUNTED))),
        replace(OF_BUDGET, ends_at=None, points=0),
    ),
    "a spike": (
        alert(kind=Kind.SPIKE, rule="S", spike=SPIKE),
        Snoozable(rule="S", began_at=COUNTED - 3 * HOUR),
    ),
    "a query": (
        alert(kind=Kind.QUERY, rule="Q", threshold_points=5, query=Query(1, "q", "Bot", "API", "", 9)),
        Snoozable(rule="Q", began_at=TODAY),
    ),
    "a balance": (
        alert(kind=Kind.BALANCE, rule="L", balance=Balance(points=9, pace=9)),
        Snoozable(rule="L", began_at=TODAY),
    ),
    "a trouble": (health(alert().severity, "The key is refused"), None),
}


@pytest.mark.parametrize(("made", "offered"), OFFERED.values(), ids=OFFERED)
def test_an_alert_says_what_a_snooze_of_it_needs(made: Alert, offered: Snoozable | None) -> None:
    """The rule, how far it had come, and when it began; a trouble cannot be snoozed."""
    assert snoozable(made) == offered


def test_what_an_alert_says_becomes_a_snooze() -> None:
    """Somebody's name may be any."""
    plain = OF_BUDGET.snoozed(NOW, NOW + HOUR, "x" * 500)
    assert (plain.start, plain.until, plain.by, plain.planned_from) == (NOW, NOW + HOUR, "x" * 80, None)
    planned = OF_BUDGET.snoozed(NOW, NOW + HOUR, "Ada", planned=True)
    assert planned.planned_from == TODAY
    assert msgspec.json.decode(msgspec.json.encode(planned), type=Snooze) == planned

"""What a made-up account spent, as rows of Poe's history, read and summed by the function's own code."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from budget_alert.instants import DAY, to_micros
from budget_alert.poe.wire import parse_page
from budget_alert.usage.slots import Slots
from poe_budget.past.history import slots_of

Row = dict[str, Any]

FIRST_DAY = datetime(2026, 10, 4, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
SPIKE = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)

# Points a day: four weeks from Sundays on in October, and as many in November up to `NOW`.
POINTS = (
    *(13_790, 33_050, 35_900, 36_900, 34_850, 31_150, 15_580),
    *(13_530, 34_180, 37_800, 36_540, 38_710, 32_120, 16_850),
    *(14_660, 36_750, 38_380, 37_170, 39_100, 35_900, 19_510),
    *(15_080, 38_040, 36_990, 39_620, 37_310, 33_480, 17_920),
    *(17_240, 41_810, 44_870, 46_120, 43_560, 38_940, 19_480),
    *(16_910, 42_730, 42_250, 45_680, 43_390, 35_150, 21_060),
    *(18_320, 45_940, 41_480, 44_210, 40_630, 42_870, 19_390),
    2_886,
)
NIGHT, WORK, EVENING = (1, 2, 3, 4), (8, 9, 10, 11, 13, 14, 15, 16, 17), (7, 9, 12, 19, 20, 21)
OPUS = {"bot_name": "Claude-Opus-4.1", "usage_type": "API", "api_key_name": "ci-nightly"}
GEMINI = {"bot_name": "Gemini-2.5-Pro", "usage_type": "API", "api_key_name": "notebook"}
VIDEO = {"bot_name": "Veo-3", "usage_type": "Chat", "chat_name": "Trip to Lisbon"}
# Of each thousand points: how many went where, and at which hours of UTC.
USES: tuple[tuple[int, tuple[int, ...], Mapping[str, str]], ...] = (
    (318, NIGHT, OPUS),
    (227, WORK, {"bot_name": "GPT-5", "usage_type": "API", "api_key_name": "support-bot"}),
    (146, EVENING, {"bot_name": "Claude-Opus-4.1", "usage_type": "Chat", "chat_name": "Quarterly report"}),
    (121, (11, 15), GEMINI),
    (94, WORK, {"bot_name": "Claude-Sonnet-4.5", "usage_type": "API", "api_key_name": "support-bot"}),
    (61, EVENING, {"bot_name": "GPT-5", "usage_type": "Chat", "chat_name": "Trip to Lisbon"}),
    (33, EVENING, {"bot_name": "Imagen-4", "usage_type": "Canvas App", "canvas_tab_name": "Poster"}),
)
MINUTE = timedelta(minutes=1)
# One night a script asks again and again; on the last morning three queries cost too much.
ASKED_AGAIN, COST_EACH = 24, 1_640
COSTLY = (
    (9 * MINUTE, 11_240, OPUS),
    (6 * MINUTE, 8_830, GEMINI),
    (3 * MINUTE, 6_500, VIDEO),
)


def slots(until: datetime) -> Slots:
    """Give what was spent before an instant, from the first day on, by quarter hours."""
    return {start: totals for start, totals in _slots().items() if start < until}


@cache
def _slots() -> Slots:
    return slots_of(parse_page(msgspec.json.encode({"data": list(_rows())})).entries)


def _rows() -> Iterator[Row]:
    for number, points in enumerate(POINTS):
        for minutes, (share, hours, names) in enumerate(USES):
            yield from _day(
                FIRST_DAY + number * DAY + 7 * minutes * MINUTE, points * share // 1000, hours, names
            )
    for number in range(ASKED_AGAIN):
        yield _row(SPIKE + (2 * number + 1) * MINUTE, COST_EACH, OPUS)
    for ago, points, names in COSTLY:
        yield _row(NOW - ago, points, names)


def _day(start: datetime, points: int, hours: tuple[int, ...], names: Mapping[str, str]) -> Iterator[Row]:
    times = [at for hour in hours if (at := start + timedelta(hours=hour)) < NOW]
    # One share at the first hour, two at the second, and so on; the last one gets what is left.
    share = points // max(1, sum(range(len(times) + 1)))
    for number, at in enumerate(times, 1):
        cost = share * number if number < len(times) else points
        points -= cost
        yield _row(at, cost, names)


def _row(at: datetime, points: int, names: Mapping[str, str]) -> Row:
    identity = f"{at:%m-%d-%H-%M}-{names['bot_name']}"
    return {**names, "query_id": identity, "creation_time": to_micros(at), "cost_points": points}

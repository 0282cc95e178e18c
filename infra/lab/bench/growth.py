"""How a tick grows: with history, entries, budgets, bots and keys; over a long scan, and with a backlog."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from statistics import median
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any

import msgspec
import urllib3

from budget_alert.deadline import Deadline
from budget_alert.http import Http
from budget_alert.poe.client import Poe
from budget_alert.poe.wire import PlainAnswer, parse_page
from budget_alert.secret import Secret
from budget_alert.usage.scan import History, Scan
from budget_alert.usage.state import State
from lab.bench.deployment import (
    DAYS,
    KEY,
    ROWS_A_PAGE,
    TEMPLATE_CONFIG,
    Account,
    answering,
    apart,
    calls_of,
    example_config,
    quiet,
    settled,
    ticked,
)
from lab.bench.measured import Curve, Figure, figure, in_turns
from standins.loopback import Answer, Asked, Reply

TIMES = 7
PAGES, ROUNDS = 200, 5
"""Together 1,000 pages of each, in turns."""
ANSWERS_AFTER_SECONDS = 0.020
DECODINGS = 15
BOUND, BOUND_CPU = 1.05, 6.0
"""Of the second, 1.5 was wished for: to check and add up rows in Python takes several times what decoding
does, whatever is done. Of a scan that waits for its pages it is a hundredth."""
ENTRIES = 1_000_000
ALLOWED_BYTES = 10 * 1024 * 1024
_MEGABYTE = 1024 * 1024
_PATH = "/usage/points_history"
_HEADERS = {"Authorization": f"Bearer {KEY}", "Accept-Encoding": "gzip"}
EACH_CONFIG = TEMPLATE_CONFIG + 'each = "api_key"\n'
_PERIODS = ("day", "week", "month", "24h", "7d", "30d")


Made = Callable[[datetime], Callable[[], Answer]]
"""Takes an instant, and gives what makes a deployment that has something new to evaluate then."""


def sized(config: str = TEMPLATE_CONFIG, days: int = DAYS, **more: int) -> Made:
    """Give deployments of some size: days of history, and more than usual of what an `Account` has."""

    def made(now: datetime) -> Callable[[], Answer]:
        account = Account(newest=now, unseen=max(1, more.get("per_slot", 4) // 4), **more)
        return partial(answering, config, account, days)

    return made


GROWING: dict[str, tuple[tuple[int, ...], Callable[[int], Made]]] = {
    "days of history": ((1, 7, 30, 60, 120, 400), lambda size: sized(example_config(), size)),
    "entries in a slot": ((1, 50, 100, 200, 400, 800), lambda size: sized(per_slot=size)),
    "budgets": ((1, 10, 20, 40, 60), lambda size: sized(budgets(size))),
    "bots": ((1, 50, 250, 500, 1000, 2000), lambda size: sized(bots=size)),
    "keys with each": ((1, 50, 250, 500, 1000, 2000), lambda size: sized(EACH_CONFIG, keys=size)),
}


def budgets(count: int) -> str:
    """Write a config of so many budgets, which nothing crosses."""
    return "".join(
        f'[[budget]]\nname = "B{place}"\npoints = {10**9 + place}\nperiod = "{period}"\n'
        for place, period in zip(range(count), cycle(_PERIODS), strict=False)
    )


def curves(times: int = TIMES) -> Iterator[Curve]:
    """Measure ticks that find new usage, so often at each size; the fastest counts."""
    for name, (sizes, made) in GROWING.items():
        costs = [_cost(made(size), times) for size in sizes]
        spent, calls = zip(*costs, strict=True)
        yield Curve(name=name, sizes=sizes, milliseconds=spent, calls=calls)


def _cost(made: Made, times: int) -> tuple[float, int]:
    """Give milliseconds of CPU and calls to DynamoDB of a tick that has something to evaluate."""
    now = datetime.now(UTC)
    with settled(made(now), now) as address:
        done = ticked(address, now + timedelta(minutes=5), times)
        asked = sum(call.service == "DynamoDB" for call in calls_of(address))
    return min(done.seconds[1:]) * 1000, asked // times


def memory(entries: int = ENTRIES, times: int = 3) -> Iterator[Figure]:
    """Measure the peak memory of a tick after an outage: 10 MB more than a quiet one's is promised."""
    with quiet(TEMPLATE_CONFIG) as address:
        usual = [ticked(address, datetime.now(UTC)).peak_bytes for _ in range(times)]
    # So dense, a million entries are the usage of three weeks, within the 30 days that Poe keeps.
    account = Account(newest=datetime.now(UTC), per_slot=500, unseen=entries)
    shown = account.newest - timedelta(minutes=15) * entries / account.per_slot
    with settled(partial(answering, TEMPLATE_CONFIG, account, 2), shown) as address:
        done = ticked(address, account.newest)
    if not done.answer["complete"] or done.answer["entries"] < entries:
        raise RuntimeError(f"the tick read {done.answer['entries']} of {entries} entries")
    allowed = median(usual) + ALLOWED_BYTES
    yield figure("memory with a backlog", "MB", ([done.peak_bytes], [allowed]), 1.0, 1 / _MEGABYTE)


def slowly(pages: Mapping[str, bytes]) -> Answer:
    """Give pages by the id that they come after, "" for the newest, that take their time."""

    def answer(asked: Asked) -> Reply:
        time.sleep(ANSWERS_AFTER_SECONDS)
        return Reply(body=pages[asked.query.get("starting_after", "")])

    return answer


def scans(pages: int = PAGES, rounds: int = ROUNDS, decodings: int = DECODINGS) -> Iterator[Figure]:
    """Measure a scan's wall time over HTTP beside a bare loop, and its CPU time beside decoding alone."""
    # So dense, a month has 100,000 entries.
    account = Account(newest=datetime.now(UTC), per_slot=35, rows=pages * ROWS_A_PAGE)
    names = ["", *(f"{first - 1:016x}" for first in range(ROWS_A_PAGE, pages * ROWS_A_PAGE, ROWS_A_PAGE))]
    bodies = {name: account.page(name or None) for name in names}
    with apart(partial(slowly, bodies)) as address, Http() as http, urllib3.PoolManager() as plain:
        poe = Poe(http, address, lambda **_: Secret(KEY), Deadline(lambda: 600.0), time.sleep)
        series = in_turns(
            rounds, perf_counter, lambda: _scan(account, poe), lambda: _fetch(plain, address, names)
        )
    yield figure(f"scan of {pages * rounds:,} pages", "ms", series, BOUND, 1e3 / pages)
    decoder = msgspec.json.Decoder(PlainAnswer)

    def count() -> None:
        bodies_left = iter(bodies.values())
        at_hand: Any = SimpleNamespace(page=lambda _: parse_page(next(bodies_left)))
        _scan(account, at_hand)

    series = in_turns(decodings, process_time, count, lambda: _decode(decoder, bodies.values()))
    yield figure("decoding and counting", "µs", series, BOUND_CPU, 1e6 / (pages * ROWS_A_PAGE))


def _scan(account: Account, history: History) -> None:
    scan = Scan(State(started_at=account.newest), account.newest, timedelta(hours=1))
    scan.read(history, lambda: True)
    if scan.error or scan.entries != account.rows:
        raise RuntimeError(f"the scan read {scan.entries} of {account.rows} entries: {scan.error}")


def _decode(decoder: msgspec.json.Decoder[PlainAnswer], bodies: Iterable[bytes]) -> None:
    # Each page is let go of, as a scan does: to keep all would cost the other side memory.
    for body in bodies:
        decoder.decode(body)


def _fetch(http: urllib3.PoolManager, address: str, names: Sequence[str]) -> None:
    for name in names:
        after = f"&starting_after={name}" if name else ""
        if not http.request("GET", f"{address}{_PATH}?limit=100{after}", headers=_HEADERS).data:
            raise RuntimeError(f"nothing came after {name}")

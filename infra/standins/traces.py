"""The two extracts of real usage in infra/data: when requests came, and how large they were."""

import csv
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec

from standins.poe_store import microseconds

HOUR = 3_600_000_000
_DATA = Path(__file__).parent.parent / "data"


class TracedRequest(msgspec.Struct, frozen=True):
    """A real request: microseconds into its hour, tokens of the prompt, tokens of the answer."""

    offset: int
    context_tokens: int
    generated_tokens: int


@cache
def requests_per_hour() -> tuple[int, ...]:
    """Return how many requests a real service got in each hour of a month of 31 days."""
    return tuple(int(line["requests"]) for line in _lines("llm-requests-per-hour.csv"))


@cache
def traced_requests() -> tuple[TracedRequest, ...]:
    """Return real requests of one hour, in the order in which they came."""
    lines = _lines("llm-request-tokens.csv")
    first = _instant(lines[0])
    return tuple(
        TracedRequest(
            (_instant(line) - first) % HOUR, int(line["ContextTokens"]), int(line["GeneratedTokens"])
        )
        for line in lines
    )


def _instant(line: dict[str, str]) -> int:
    return microseconds(datetime.fromisoformat(line["TIMESTAMP"]).replace(tzinfo=UTC))


def _lines(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

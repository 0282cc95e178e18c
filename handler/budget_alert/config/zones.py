"""The name of a time zone, and what is said of what is none: never a guess at another offset."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from budget_alert.config.spelling import either, nearest, shown
from budget_alert.errors import ConfigError

_NEAR = 0.8
"""A mere likeness, as of Rome and Nome, is no slip of the keyboard."""
_RIGHT = 'write an IANA name like "Europe/London"'
_OFFSET = r"(?:etc/)?(?:utc|gmt|ut|z)?([+-])([0-9]{1,2}):?([0-9]{2})?"
_LETTERS = r"([a-z]{3,5})(?:[+-]?[0-9]{1,2}([a-z]{3,5})?)?"


def time_zone(value: object) -> str:
    """Read the IANA name of a time zone, as the package tzdata lists them."""
    if isinstance(value, str) and value in _zones():
        return value
    advice = _advice(value) if isinstance(value, str) else None
    raise ConfigError(f"{shown(value)} is not a time zone; {advice or _RIGHT}")


def _advice(value: str) -> str | None:
    """Give the end of a sentence about what is no zone; None where nothing is like it."""
    spelled = " ".join(value.replace("_", " ").split())
    unspaced = spelled.replace(" ", "").replace("\N{MINUS SIGN}", "-")
    offset = re.fullmatch(_OFFSET, unspaced, re.IGNORECASE)
    if offset:
        return _of_offset(offset)
    short = re.fullmatch(_LETTERS, spelled, re.IGNORECASE)
    known = _places()["short"].get(short[1].upper()) if short else None
    if known:
        return f"short names do not say which place is meant; write your place, {_like(known)}"
    place = spelled.rpartition("/")[2]
    cities = _places()["cities"]
    city = nearest(place, cities, _NEAR)
    if city:
        return f'no zone is named after this place; write "{cities[city]}"'
    # What has a digit is no misspelt place, and a zone that is named by an offset is never guessed at.
    near = None if re.search(r"[0-9]", place) else nearest(place.replace(" ", "_"), _named(), _NEAR)
    return f'did you mean "{nearest(value, _named()[near], 0)}"?' if near else None


def _of_offset(offset: re.Match[str]) -> str:
    sign, hours, minutes = offset.groups()
    words = f"{sign}{int(hours):02}:{minutes or '00'}"
    places = _places()["offsets"].get("+00:00" if words == "-00:00" else words)
    if places is None:
        return _RIGHT
    return f"it is an offset, and the offset of a place may change; write your place, {_like(places)}"


def _like(zones: Sequence[str]) -> str:
    return f"like {either([shown(zone) for zone in zones])}"


@cache
def _places() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("budget_alert.config").joinpath("places.toml").read_text("utf-8"))


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(files("tzdata").joinpath("zones").read_text("utf-8").split()))


@cache
def _named() -> dict[str, tuple[str, ...]]:
    """Give the zones that are named by a place, by the place."""
    named: dict[str, tuple[str, ...]] = {"UTC": ("UTC",)}
    for zone in _zones():
        area, _, place = zone.rpartition("/")
        if area and area != "Etc":
            named[place] = (*named.get(place, ()), zone)
    return named

"""The name of a time zone, and what is said of what is none: never a guess at another offset."""

import re
from functools import cache
from importlib.resources import files

from budget_alert.config.spelling import either, nearest, shown
from budget_alert.errors import ConfigError

_NEAR = 0.8
"""A mere likeness, as of Rome and Nome, is no slip of the keyboard."""
_RIGHT = 'write an IANA name like "Europe/London"'
_OFFSET = re.compile(r"(?:etc/)?(?:utc|gmt|ut|z)?([+-])([0-9]{1,2}):?([0-9]{2})?", re.IGNORECASE)
_LETTERS = re.compile(r"([a-z]{3,5})(?:[+-]?[0-9]{1,2}([a-z]{3,5})?)?", re.IGNORECASE)
_SHORT = {
    "ACST": ("Australia/Adelaide", "Australia/Darwin"),
    "ADT": ("America/Halifax", "Atlantic/Bermuda"),
    "AEDT": ("Australia/Sydney", "Australia/Melbourne"),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "AST": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "AWST": ("Australia/Perth",),
    "BRT": ("America/Sao_Paulo", "America/Fortaleza"),
    "BST": ("Europe/London", "Asia/Dhaka", "Pacific/Bougainville"),
    "CAT": ("Africa/Maputo", "Africa/Harare"),
    "CDT": ("America/Chicago", "America/Havana"),
    "CEST": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    "CET": ("Europe/Berlin", "Europe/Paris", "Africa/Algiers"),
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "EAT": ("Africa/Nairobi", "Africa/Addis_Ababa"),
    "EDT": ("America/New_York", "America/Toronto"),
    "EEST": ("Europe/Athens", "Europe/Helsinki", "Europe/Kyiv"),
    "EET": ("Europe/Athens", "Europe/Helsinki", "Africa/Cairo"),
    "EST": ("America/New_York", "America/Toronto", "America/Panama"),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "HST": ("Pacific/Honolulu",),
    "ICT": ("Asia/Bangkok", "Asia/Ho_Chi_Minh"),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "MDT": ("America/Denver", "America/Boise"),
    "MESZ": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "MEZ": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "MSK": ("Europe/Moscow", "Europe/Minsk"),
    "MST": ("America/Denver", "America/Phoenix"),
    "NZDT": ("Pacific/Auckland",),
    "NZST": ("Pacific/Auckland",),
    "PDT": ("America/Los_Angeles", "America/Vancouver"),
    "PKT": ("Asia/Karachi",),
    "PST": ("America/Los_Angeles", "America/Vancouver", "Asia/Manila"),
    "SAST": ("Africa/Johannesburg",),
    "SGT": ("Asia/Singapore",),
    "SST": ("Asia/Singapore", "Pacific/Pago_Pago"),
    "WAT": ("Africa/Lagos", "Africa/Kinshasa"),
    "WEST": ("Europe/Lisbon", "Atlantic/Canary"),
    "WIB": ("Asia/Jakarta",),
}
"""Abbreviations, which several zones share or which have another offset half the year."""
_CITIES = {
    "bangalore": "Asia/Kolkata",
    "barcelona": "Europe/Madrid",
    "beijing": "Asia/Shanghai",
    "bern": "Europe/Zurich",
    "boston": "America/New_York",
    "cape town": "Africa/Johannesburg",
    "delhi": "Asia/Kolkata",
    "frankfurt": "Europe/Berlin",
    "geneva": "Europe/Zurich",
    "hamburg": "Europe/Berlin",
    "hanoi": "Asia/Bangkok",
    "houston": "America/Chicago",
    "miami": "America/New_York",
    "milan": "Europe/Rome",
    "mumbai": "Asia/Kolkata",
    "munich": "Europe/Berlin",
    "osaka": "Asia/Tokyo",
    "peking": "Asia/Shanghai",
    "rio de janeiro": "America/Sao_Paulo",
    "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "shenzhen": "Asia/Shanghai",
    "washington": "America/New_York",
    "wien": "Europe/Vienna",
}
"""Large cities that no zone is named after."""
_PLACES = {
    "-11:00": ("Pacific/Pago_Pago", "Pacific/Niue"),
    "-10:00": ("Pacific/Honolulu", "Pacific/Tahiti"),
    "-09:30": ("Pacific/Marquesas",),
    "-09:00": ("Pacific/Gambier", "America/Anchorage"),
    "-08:00": ("Pacific/Pitcairn", "America/Los_Angeles"),
    "-07:00": ("America/Phoenix", "America/Denver"),
    "-06:00": ("America/Costa_Rica", "America/Mexico_City", "America/Chicago"),
    "-05:00": ("America/Bogota", "America/Lima", "America/New_York"),
    "-04:00": ("America/Puerto_Rico", "America/La_Paz", "America/Halifax"),
    "-03:30": ("America/St_Johns",),
    "-03:00": ("America/Sao_Paulo", "America/Argentina/Buenos_Aires"),
    "-02:00": ("America/Noronha", "Atlantic/South_Georgia"),
    "-01:00": ("Atlantic/Cape_Verde", "Atlantic/Azores"),
    "+00:00": ("UTC", "Africa/Abidjan", "Europe/London"),
    "+01:00": ("Africa/Lagos", "Africa/Tunis", "Europe/Berlin"),
    "+02:00": ("Africa/Johannesburg", "Africa/Maputo", "Europe/Athens"),
    "+03:00": ("Africa/Nairobi", "Europe/Istanbul", "Europe/Moscow"),
    "+03:30": ("Asia/Tehran",),
    "+04:00": ("Asia/Dubai", "Asia/Tbilisi"),
    "+04:30": ("Asia/Kabul",),
    "+05:00": ("Asia/Karachi", "Asia/Tashkent"),
    "+05:30": ("Asia/Kolkata", "Asia/Colombo"),
    "+05:45": ("Asia/Kathmandu",),
    "+06:00": ("Asia/Dhaka", "Asia/Thimphu"),
    "+06:30": ("Asia/Yangon", "Indian/Cocos"),
    "+07:00": ("Asia/Bangkok", "Asia/Jakarta"),
    "+08:00": ("Asia/Singapore", "Asia/Shanghai", "Australia/Perth"),
    "+08:45": ("Australia/Eucla",),
    "+09:00": ("Asia/Tokyo", "Asia/Seoul"),
    "+09:30": ("Australia/Darwin",),
    "+10:00": ("Australia/Brisbane", "Pacific/Port_Moresby"),
    "+10:30": ("Australia/Lord_Howe",),
    "+11:00": ("Pacific/Noumea", "Pacific/Guadalcanal"),
    "+12:00": ("Pacific/Fiji", "Pacific/Tarawa"),
    "+12:45": ("Pacific/Chatham",),
    "+13:00": ("Pacific/Tongatapu", "Pacific/Apia"),
    "+14:00": ("Pacific/Kiritimati",),
}
"""Places by their offset from UTC, those first that keep it all year, the others by that of their winter."""


def time_zone(value: object) -> str:
    """Read the IANA name of a time zone, as the package tzdata lists them."""
    if isinstance(value, str) and value in _zones():
        return value
    advice = _advice(value) if isinstance(value, str) else None
    raise ConfigError(f"{shown(value)} is not a time zone; {advice or _RIGHT}")


def _advice(value: str) -> str | None:
    """Give the end of a sentence about what is no zone; None where nothing is like it."""
    spelled = " ".join(value.replace("_", " ").split())
    offset = _OFFSET.fullmatch(spelled.replace(" ", "").replace("\N{MINUS SIGN}", "-"))
    if offset:
        return _of_offset(offset)
    short = _LETTERS.fullmatch(spelled)
    known = _SHORT.get(short[1].upper()) if short else None
    if known:
        return f"short names do not say which place is meant; write your place, {_like(known)}"
    place = spelled.rpartition("/")[2]
    city = nearest(place, _CITIES, _NEAR)
    if city:
        return f'no zone is named after this place; write "{_CITIES[city]}"'
    # What has a digit is no misspelt place, and a zone that is named by an offset is never guessed at.
    near = None if re.search(r"[0-9]", place) else nearest(place.replace(" ", "_"), _places(), _NEAR)
    return f'did you mean "{nearest(value, _places()[near], 0)}"?' if near else None


def _of_offset(offset: re.Match[str]) -> str:
    sign, hours, minutes = offset.groups()
    words = f"{sign}{int(hours):02}:{minutes or '00'}"
    places = _PLACES.get("+00:00" if words == "-00:00" else words)
    if places is None:
        return _RIGHT
    return f"it is an offset, and the offset of a place may change; write your place, {_like(places)}"


def _like(zones: tuple[str, ...]) -> str:
    return f"like {either([shown(zone) for zone in zones])}"


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(files("tzdata").joinpath("zones").read_text("utf-8").split()))


@cache
def _places() -> dict[str, tuple[str, ...]]:
    """Give the zones that are named by a place, by the place."""
    named: dict[str, tuple[str, ...]] = {"UTC": ("UTC",)}
    for zone in _zones():
        area, _, place = zone.rpartition("/")
        if area and area != "Etc":
            named[place] = (*named.get(place, ()), zone)
    return named

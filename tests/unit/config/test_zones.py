"""Names of time zones: a slip is mended, and what could mean another offset is asked about."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, strategies as st

from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError

SEASONS = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)
HOURS = [*range(-11, 15)]
ALWAYS = {f"{hours:+}": timedelta(hours=hours) for hours in HOURS}
HALVES = {
    "-9:30": timedelta(hours=-9.5),
    "-3:30": timedelta(hours=-3.5),
    "+3:30": timedelta(hours=3.5),
    "+4:30": timedelta(hours=4.5),
    "+5:30": timedelta(hours=5.5),
    "+05:45": timedelta(hours=5.75),
    "+0630": timedelta(hours=6.5),
    "+8:45": timedelta(hours=8.75),
    "+9:30": timedelta(hours=9.5),
    "+10:30": timedelta(hours=10.5),
    "+12:45": timedelta(hours=12.75),
}
OFFSETS = ALWAYS | HALVES


def refused(name: object) -> str:
    """Give what is said of a name that is no time zone."""
    with pytest.raises(ConfigError) as caught:
        time_zone(name)
    (words,) = caught.value.mistakes
    return words


def named(words: str) -> list[str]:
    """Give the zones that are named as an advice."""
    return re.findall(r'"([^"]*)"', words.partition("; ")[2])


def offsets(zone: str) -> set[timedelta | None]:
    """Give the offsets that a zone has in January and in July."""
    return {instant.astimezone(ZoneInfo(zone)).utcoffset() for instant in SEASONS}


@pytest.mark.parametrize("before", ["GMT", "UTC", "utc ", "UT", "", "Etc/UTC"])
@pytest.mark.parametrize(("offset", "length"), OFFSETS.items())
def test_an_offset_is_no_place(before: str, offset: str, length: timedelta) -> None:
    """Places of that offset are named, and not the zone whose name has its sign turned round."""
    if before + offset in available_timezones():
        return
    words = refused(before + offset)
    assert "Etc/" not in words.partition(";")[2]
    assert 1 <= len(named(words)) <= 3
    assert all(length in offsets(zone) for zone in named(words))


def test_two_hours_east() -> None:
    """The whole sentence, which does not guess."""
    assert refused("GMT+2") == (
        '"GMT+2" is not a time zone; it is an offset, and the offset of a place may change; '
        'write your place, like "Africa/Johannesburg", "Africa/Maputo" or "Europe/Athens"'
    )


@pytest.mark.parametrize(
    ("short", "place"),
    [
        ("IST", "Asia/Kolkata"),
        ("ist", "Europe/Dublin"),
        ("BST", "Asia/Dhaka"),
        ("CEST", "Europe/Madrid"),
        ("CST", "Asia/Shanghai"),
        ("EST5", "America/New_York"),
        ("PST", "Asia/Manila"),
        ("PST8", "America/Los_Angeles"),
        ("MEZ", "Europe/Vienna"),
        ("MESZ", "Europe/Berlin"),
        ("CET-1CEST", "Europe/Paris"),
        ("AEST", "Australia/Brisbane"),
        ("JST", "Asia/Tokyo"),
    ],
)
def test_a_short_name_is_ambiguous(short: str, place: str) -> None:
    """Which place is meant nobody can know: real ones are named, as many as three."""
    words = refused(short)
    assert "short names do not say which place is meant; write your place, like" in words
    assert place in named(words)
    assert set(named(words)) <= available_timezones()


NO_ZONE = "no zone is named after this place; write"
MENDED = {
    **dict.fromkeys(("Beijing", "Asia/Beijing", "bejing"), f'{NO_ZONE} "Asia/Shanghai"'),
    **dict.fromkeys(("San_Francisco", "San Francisco"), f'{NO_ZONE} "America/Los_Angeles"'),
    "Mumbai": f'{NO_ZONE} "Asia/Kolkata"',
    "Europe/Munich": f'{NO_ZONE} "Europe/Berlin"',
    "Europe/Lodnon": 'did you mean "Europe/London"?',
    **dict.fromkeys(("Amercia/New_York", "America/New York", "new york"), 'did you mean "America/New_York"?'),
    "US/Pacfic": 'did you mean "US/Pacific"?',
    "Canada/Pacfic": 'did you mean "Canada/Pacific"?',
    "Asia/Calcuta": 'did you mean "Asia/Calcutta"?',
    "Tokio": 'did you mean "Asia/Tokyo"?',
    "Utc": 'did you mean "UTC"?',
}


@pytest.mark.parametrize(("name", "advice"), MENDED.items())
def test_a_city_and_a_slip_lead_to_a_zone(name: str, advice: str) -> None:
    """Large cities lead to the zone that they are in, letters that are nearly those of a place to it."""
    assert refused(name) == f'"{name}" is not a time zone; {advice}'
    (zone,) = named(f"; {advice}")
    assert time_zone(zone) == zone


@pytest.mark.parametrize(
    "name", ["Etc/GMT+20", "UTC+17", "GMT2", "Europe", "XYZ", "", "Mars/Olympus", 2, None]
)
def test_what_is_like_nothing_is_not_guessed_at(name: object) -> None:
    """What a name could mean is said only where it is near."""
    assert refused(name).endswith('is not a time zone; write an IANA name like "Europe/London"')


@given(
    st.sampled_from(["GMT", "UTC", "EST", "Etc/GMT", "CET", "MST", "Zulu", "GB", ""]),
    st.text("+-0123456789:STGMUC ", max_size=5),
)
def test_no_fixed_offset_is_ever_guessed(head: str, tail: str) -> None:
    """Whatever looks like an offset or a short name leads to no zone that is named by an offset."""
    if head + tail in available_timezones():
        return
    assert all(
        zone == "UTC" or ("/" in zone and not zone.startswith("Etc/")) for zone in named(refused(head + tail))
    )

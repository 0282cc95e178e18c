from fractions import Fraction

import pytest

from budget_alert.config.reading import parse
from tests.support.configs import GOOD, mistakes, without

PERIODS = 'write "hour", "day", "week", "month" or "billing"; or for a rolling length write whole hours'


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('timezone = "Europe/Lodnon"', '"Europe/Lodnon" is not a time zone; did you mean "Europe/London"?'),
        ('timezone = "london"', '"london" is not a time zone; did you mean "Europe/London"?'),
        ('timezone = "utc"', '"utc" is not a time zone; did you mean "UTC"?'),
        ('timezone = "../etc"', '"../etc" is not a time zone; write an IANA name like "Europe/London"'),
        ("timezone = 1", '1 is not a time zone; write an IANA name like "Europe/London"'),
    ],
)
def test_time_zones(line: str, sentence: str) -> None:
    """A time zone has to be an IANA name; the nearest one, or its city's, is named."""
    assert mistakes(f"{line}\n{GOOD}") == (f"timezone: {sentence}",)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("0", "0"),
        ("-1", "-1"),
        ("true", "true"),
        ('"30"', '"30"'),
        ("nan", "NaN"),
        ("inf", "Infinity"),
        ("1e-7", "1E-7"),
        ("1_000_000.01", "1000000.01"),
        ("[30]", "a list"),
    ],
)
def test_prices(value: str, quoted: str) -> None:
    """A price is a number of dollars above nothing."""
    advice = "write dollars, above 0 and up to 1_000_000, like 30"
    expected = f"usd_per_million_points: {quoted} is not a price; {advice}"
    assert mistakes(f"usd_per_million_points = {value}\n{GOOD}") == (expected,)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("0", "0"),
        ("-5", "-5"),
        ("1_000_000_000_001", "1000000000001"),
        ("0x" + "F" * 4000, "a number of over 18 digits"),
        ("1e6", "1E+6"),
        ("true", "true"),
        ('"1,000"', '"1,000"'),
        ("12:30:00", "12:30:00"),
    ],
)
def test_points(value: str, quoted: str) -> None:
    """Points are a whole number from 1 to a million million; `true` is none."""
    (mistake,) = mistakes(without("points") + f"points = {value}\n")
    assert mistake.startswith(f'budget[1].points of "A": {quoted} is not a number of points; write a whole')


@pytest.mark.parametrize("value", ['""', '"  "', '"a\\nb"', '"a\\u0000"', f'"{"x" * 81}"', "1", "{}"])
def test_names(value: str) -> None:
    """A name is text of 1 to 80 characters on one line."""
    (mistake,) = mistakes(without("name") + f"name = {value}\n")
    assert mistake.startswith("budget[1].name")
    assert mistake.endswith("is not a name; write 1 to 80 characters on one line")


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ('"mnth"', 'did you mean "month"?'),
        ('"Weekly"', 'did you mean "week"?'),
        ('"Biling"', 'did you mean "billing"?'),
        ('"91d"', PERIODS),
        ('"0h"', PERIODS),
        ('"30m"', PERIODS),
        ("24", PERIODS),
    ],
)
def test_periods(value: str, advice: str) -> None:
    """A period is one of five by name or a rolling length; the nearest is named."""
    (mistake,) = mistakes(without("period") + f"period = {value}\n")
    assert mistake.startswith(f'budget[1].period of "A": {value} is not a period; {advice}')


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            'period = "month"\nstarts_on = 32',
            "32 is not a day of the month; write a whole number from 1 to 31",
        ),
        ('period = "month"\nstarts_on = true', "true is not a day of the month; write a whole number from 1"),
        ('period = "week"\nstarts_on = "mnday"', '"mnday" is not a weekday; did you mean "monday"?'),
        ('period = "week"\nstarts_on = 1', '1 is not a weekday; write one in quotes, like "monday"'),
        ('period = "day"\nstarts_on = 1', 'only a "month" or a "week" has one; remove it'),
        ('period = "24h"\nstarts_on = "monday"', 'only a "month" or a "week" has one; remove it'),
        ('period = "billing"\nstarts_on = 17', 'only a "month" or a "week" has one; remove it'),
    ],
)
def test_starts(lines: str, sentence: str) -> None:
    """A month starts on a day of the month, a week on a weekday, and nothing else starts on anything."""
    (mistake,) = mistakes(without("period") + lines)
    assert mistake.startswith(f'budget[1].starts_on of "A": {sentence}')


@pytest.mark.parametrize("start", ['"mnday"', "0", "1.5"])
def test_a_start_is_checked_beside_a_wrong_period(start: str) -> None:
    """A wrong period does not hide that its start is wrong, whatever the period would be."""
    found = mistakes(without("period") + f'period = "mnth"\nstarts_on = {start}')
    assert [each.partition(" of ")[0] for each in found] == ["budget[1].period", "budget[1].starts_on"]


@pytest.mark.parametrize("key", ["alert_at", "forecast_at"])
@pytest.mark.parametrize(
    "item", ['"80"', '"0%"', '"0.0%"', '"-5%"', '"10000.1%"', "0", "-1", "0.8", "true", "[]"]
)
def test_thresholds(key: str, item: str) -> None:
    """A threshold is a share above nothing in quotes, or a whole number of points."""
    (mistake,) = mistakes(GOOD + f'{key} = ["50%", {item}]')
    assert mistake.startswith(f'budget[1].{key}[2] of "A": ')
    assert "is not a threshold; write a share in quotes, like" in mistake


@pytest.mark.parametrize("key", ["alert_at", "forecast_at"])
@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ('"80%", "80.0%"', "80% and 80.0%"),
        ('"50%", 500', "50% and 500 points"),
        ('"0.01%", 1', "0.01% and 1 point"),
    ],
)
def test_equal_thresholds(key: str, pair: str, words: str) -> None:
    """Two thresholds that come to the same points are a mistake, however they are spelled."""
    advice = "come to the same number of points; remove one of them"
    assert mistakes(f"{GOOD}{key} = [{pair}]") == (f'budget[1].{key} of "A": {words} {advice}',)


def test_a_wrong_limit_makes_no_thresholds_equal() -> None:
    """Where the points are wrong, only that is said, not that thresholds are equal beside them."""
    near = '["99.9998%", "99.9999%"]'
    (mistake,) = mistakes(without("points") + f"points = 0\nalert_at = {near}\nforecast_at = {near}")
    assert mistake.startswith("budget[1].points")


@pytest.mark.parametrize("key", ["alert_at", "forecast_at"])
def test_points_that_look_like_percent_are_asked_about(key: str) -> None:
    """50 of a million is hardly meant; each such threshold is asked about, and said how to write if it is."""
    large = GOOD.replace("1_000", "1_000_000")
    assert mistakes(f"{large}{key} = [50, 80, 100]") == tuple(
        f'budget[1].{key}[{place}] of "A": {points} points; did you mean "{points}%"? '
        f'For {points} points of 1,000,000 write "{share}%"'
        for place, points, share in [(1, 50, "0.005"), (2, 80, "0.008"), (3, 100, "0.01")]
    )


@pytest.mark.parametrize(
    ("limit", "points", "share"),
    [
        (1_000_000, 5, "0.0005"),
        (1_234_567, 50, "0.00405"),
        (20_001, 200, "0.99995"),
        (10**12, 1, None),
        (10**11, 150, None),
        (1_000_000, 4, None),
        (1_000_000, 201, None),
        (10_000, 100, None),
        (1_000, 50, None),
    ],
)
def test_which_points_look_like_percent(limit: int, points: int, share: str | None) -> None:
    """A small limit has small thresholds, and 1 point asks to hear of anything at all."""
    text = GOOD.replace("1_000", str(limit))
    if limit == 10**11:
        assert mistakes(f"{text}alert_at = [{points}]")[0].endswith('did you mean "150%"?')
    elif share is None:
        assert parse(f"{text}alert_at = [{points}]").budgets[0].alert_at[0].points == points
    else:
        assert mistakes(f"{text}alert_at = [{points}]")[0].endswith(f'write "{share}%"')
        (level,) = parse(f'{text}alert_at = ["{share}%"]').budgets[0].alert_at
        assert level.points == points


@pytest.mark.parametrize("key", ["alert_at", "forecast_at", "bots", "usage_types", "api_keys"])
def test_lists(key: str) -> None:
    """A list is in brackets and not empty; what leaving it out means is said."""
    (bare,) = mistakes(f'{GOOD}{key} = "API"')
    assert bare == f'budget[1].{key} of "A": "API" is not a list; put square brackets around it'
    (empty,) = mistakes(f"{GOOD}{key} = []")
    assert empty.startswith(f'budget[1].{key} of "A": is an empty list; leave it out ')


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ('bots = ["a", 1]', 'bots[2] of "A": 1 is not a pattern; write text in quotes, like "Claude-*"'),
        ('api_keys = [""]', 'api_keys[1] of "A": "" is not a pattern; write text in quotes, like "Claude-*"'),
        (
            'usage_types = ["Chats"]',
            'usage_types[1] of "A": "Chats" is not a usage type; did you mean "Chat"?',
        ),
        (
            'usage_types = ["Video"]',
            (
                'usage_types[1] of "A": "Video" is not a usage type; '
                'write one of "API", "Chat", "Canvas App", or a pattern'
            ),
        ),
    ],
)
def test_filters(line: str, mistake: str) -> None:
    """A filter holds patterns; a usage type without wildcards has to be one of Poe's."""
    assert mistakes(GOOD + line) == (f"budget[1].{mistake}",)


@pytest.mark.parametrize("period", ["90d", "24h", "1h"])
def test_a_rolling_period_is_not_forecast(period: str) -> None:
    """A rolling period goes on for ever, and this is said; what its thresholds are does not matter then."""
    advice = 'a rolling period has no end to forecast; remove it, or write a period that ends, like "month"'
    found = mistakes(GOOD.replace("month", period) + 'forecast_at = ["100%", "x"]')
    assert found == (f'budget[1].forecast_at of "A": {advice}',)


@pytest.mark.parametrize(
    "value", ['"9.99%"', '"100.1%"', '"0%"', '"-90%"', '"90 %"', '"90"', "90", "0.9", "true"]
)
def test_shares_to_fall_below(value: str) -> None:
    """`rearm_below` is a share of a threshold, from a tenth to all of it."""
    found = mistakes(GOOD.replace("month", "24h") + f"rearm_below = {value}")
    advice = 'is not a share to fall below; write one from "10%" to "100%", in quotes, like "90%"'
    assert found == (f'budget[1].rearm_below of "A": {value} {advice}',)


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ("", Fraction(9, 10)),
        ('rearm_below = "10%"', Fraction(1, 10)),
        ('rearm_below = "99.5%"', Fraction(199, 200)),
    ],
)
def test_a_share_to_fall_below_is_read(lines: str, share: Fraction) -> None:
    """It is exact, and nine tenths where nobody says."""
    (budget,) = parse(GOOD.replace("month", "24h") + lines).budgets
    assert budget.rearm_below == share


@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "billing"])
def test_only_a_rolling_period_re_arms(period: str) -> None:
    """A calendar window begins anew, so the key is a mistake there, whatever its value."""
    found = mistakes(GOOD.replace("month", period) + "rearm_below = 7")
    assert found == ('budget[1].rearm_below of "A": only a rolling period like "24h" re-arms; remove it',)


@pytest.mark.parametrize("value", ['"30m"', '"0h"', '"1D"', '"1 d"', '"٣d"', f'"{"9" * 5000}d"', "1", "[]"])
def test_repeats(value: str) -> None:
    """`repeat` is whole hours or days, from an hour to ninety days."""
    (mistake,) = mistakes(f"{GOOD}repeat = {value}")
    assert mistake.startswith('budget[1].repeat of "A": ')
    assert mistake.endswith(
        'is not a length; write whole hours or days from "1h" to "90d", like "12h" or "7d"'
    )


@pytest.mark.parametrize("value", ['"91d"', '"2161h"', '"99999999d"'])
def test_repeats_of_over_ninety_days(value: str) -> None:
    """A length that is only too long is said to be just that."""
    advice = 'is too long; write whole hours or days from "1h" to "90d", like "12h" or "7d"'
    assert mistakes(f"{GOOD}repeat = {value}") == (f'budget[1].repeat of "A": {value} {advice}',)


@pytest.mark.parametrize(
    "value", ['"2026-12-01"', "2026-12-01T00:00:00", "2026-12-01T00:00:00Z", "1999-12-31", "2200-01-01", "1"]
)
def test_snoozes(value: str) -> None:
    """`snooze_until` is a plain TOML date of this time."""
    (mistake,) = mistakes(f"{GOOD}snooze_until = {value}")
    assert mistake.startswith('budget[1].snooze_until of "A": ')
    assert mistake.endswith(
        "write a date from 2000 to 2199 without quotes and without a time, like 2026-12-01"
    )

"""How a budget's window will end, with its chances."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import median

from budget_alert.instants import DAY
from budget_alert.outlook.courses import Courses, courses_of
from budget_alert.outlook.foreseen import Forecast
from budget_alert.outlook.past import HOUR, LEAST_DAYS, Past

WORTH_DATING = 0.1
MEDIAN = 0.5
LOW, HIGH = 0.05, 0.95
EARLY, LATE = 0.1, 0.9
_LEAST_ERROR, _MOST_ERROR = 0.05, 0.6
_LEAST_SCATTER = 0.02
_STICKING = 3.0
_LOGISTIC = 1.702
_FAR = 8.0
_BEYOND = 1e12
_HALVINGS = 20
_FEW_DAYS = 14
_WIDE_ERROR = 2.5
_WIDE_FROM = 0.5
_EVEN_SCATTER = 0.5


class Rest:
    """What an account may use from `now` until `end`, as a distribution of points, by its past until then.

    Every course is a guess of its own, and off by a factor that is one in the mean. The factor's logarithm
    has a logistic distribution, so near a normal one of the deviation `error` as such a one can be. While the
    days are few and uneven, a part of the chance goes to a law as wide as it takes to say that little is
    known; it has its middle at half of the median course, for bursts are what such a past makes too much of.
    """

    def __init__(self, past: Past, now: datetime, end: datetime) -> None:
        late = max(now - past.end, timedelta()) % DAY
        self._courses = courses_of(past, now - late, end)
        self._over = self._courses.points(late / HOUR)
        self._end = end
        self._error = _error(self._courses)
        self._unknown = _unknown(self._courses)
        self._guesses = self._come(self._courses.hours)
        self._most = max(self._guesses)
        self._come_by_end = self._law(self._guesses)

    def forecast(self, used: int, level: int) -> Forecast:
        """Foretell how a window with `used` points now will end; refunds are not foretold."""
        likely = self.chance(level - used)
        dated = used < level and likely >= WORTH_DATING
        return Forecast(
            level=level,
            chance=likely,
            expected=used + round(self.quantile(MEDIAN)),
            low=used + round(self.quantile(LOW)),
            high=used + round(self.quantile(HIGH)),
            earliest=self.reached(level - used, EARLY) if dated else None,
            latest=self.reached(level - used, LATE) if dated else None,
        )

    def chance(self, points: float) -> float:
        """Give the chance, 0 to 1, that at least so many points come; it is 1 where none are needed."""
        return 1.0 if points <= 0 else self._come_by_end(points)

    def quantile(self, share: float) -> float:
        """Give the points which the rest stays below with this chance, above 0 and below 1."""
        above = 1 - share
        if not self._most:
            return 0.0
        far = _FAR * (_WIDE_ERROR if self._unknown else self._error)
        low = math.log(min(filter(None, self._guesses))) - far
        high = math.log(self._most) + far
        if self._come_by_end(math.exp(low)) <= above:
            return 0.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if self._come_by_end(math.exp(middle)) >= above:
                low = middle
            else:
                high = middle
        return math.exp(low)

    def reached(self, points: float, share: float) -> datetime:
        """Tell by when so many points have come, in this share of the cases that they come: a full hour."""
        goal, last = share * self.chance(points), self._courses.hours
        hours = range(1, math.ceil(last) + 1)
        place = bisect_left(hours, goal, key=lambda hour: self._law(self._come(min(hour, last)))(points))
        return min(self._courses.begin + (place + 1) * HOUR, self._end)

    def _come(self, hours: float) -> list[float]:
        """Give what each course brings from now until so many hours after the courses begin."""
        both = zip(self._courses.points(hours), self._over, strict=True)
        return [max(points - over, 0.0) for points, over in both]

    def _law(self, guesses: Sequence[float]) -> Callable[[float], float]:
        """Give the chance that at least so many points come, where courses bring these.

        Each guess, over the largest, is taken to the power that turns the logistic law into w / (w + needed).
        """
        most, power = self._most, _LOGISTIC / self._error
        factor_of_mean = math.exp(self._error * self._error / 2)
        weights = [weight for one in guesses if one > 0 and (weight := math.pow(one / most, power)) > 0]
        middle = median(guesses) * _WIDE_FROM if self._unknown else 0.0

        def at_least(points: float) -> float:
            if not weights or points > most * _BEYOND:
                return 0.0
            needed = math.pow(points * factor_of_mean / most, power)
            known = sum([weight / (weight + needed) for weight in weights]) / len(guesses)
            wide = 1 / (1 + math.pow(points / middle, _LOGISTIC / _WIDE_ERROR)) if middle else 0.0
            return known + self._unknown * (wide - known)

        return at_least


@lru_cache(maxsize=16)
def rest_of(past: Past, now: datetime, end: datetime) -> Rest | None:
    """Give the rest of a window, from what lies before `now`; None on less than three days.

    It is kept, for several thresholds are asked about in one tick.
    """
    known = past.hourly.until(now)
    return Rest(known, now, end) if known.whole_days >= LEAST_DAYS else None


def _error(courses: Courses) -> float:
    """Tell how far a course may be off: by a twentieth at least, and by what few days say.

    Days stick together, high ones follow on high ones: nine of them say as much as one that stood alone.
    """
    scatter = _STICKING**2 * (courses.rhythm.scatter**2 + _LEAST_SCATTER) / len(courses.days)
    return min(math.sqrt(_LEAST_ERROR**2 + scatter), _MOST_ERROR)


def _unknown(courses: Courses) -> float:
    """Tell how much of the chance few days leave open: two thirds at most, none where days are even."""
    few = max(1 - len(courses.days) / _FEW_DAYS, 0.0) * 2 / 3
    return few * min(courses.rhythm.scatter / _EVEN_SCATTER, 1.0)

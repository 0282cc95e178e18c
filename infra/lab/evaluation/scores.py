"""How well chances told what came."""

from statistics import median

import msgspec

from budget_alert.rules.forecast import DOUBTFUL, LIKELY

BINS = 10


class Bin(msgspec.Struct):
    """The chances of one tenth of the scale: how many, their sum, and how many of them came true."""

    count: int = 0
    foretold: float = 0.0
    true: int = 0


class Scores:
    """Counts what a forecaster said, budget by budget, and what became of it.

    Brier score: the mean square of chance minus outcome, over all instants at which the level was not
    reached yet; 0 is perfect, and 0.25 is what an even chance always has. An alert is a chance of 80 % or
    more, and again only after one below 50 % and not before a rest is over, as the function tells it.
    """

    def __init__(self) -> None:
        self.bins = [Bin() for _ in range(BINS)]
        self.alerts = self.right = self.crossed = self.warned = 0
        self._squares = 0.0
        self._leads: list[int] = []

    def add(self, said: list[tuple[int, float]], crossing: int | None, rest: float = 0) -> None:
        """Take a budget in a window: hours with their chances, and the hour of its crossing, None if none.

        The hours are all before the crossing. Without any, there was nothing to foretell. `rest` is for how
        many hours an alert is not told again.
        """
        alerts = _alerts(said, rest)
        for _, chance in said:
            self._count(chance, came=crossing is not None)
        self.alerts += len(alerts)
        if crossing is None or not said:
            return
        self.right += len(alerts)
        self.crossed += 1
        self.warned += bool(alerts)
        self._leads += [crossing - hour for hour in alerts[:1]]

    def _count(self, chance: float, *, came: bool) -> None:
        self._squares += (chance - came) ** 2
        place = self.bins[min(int(chance * BINS), BINS - 1)]
        place.count, place.foretold = place.count + 1, place.foretold + chance
        place.true += came

    @property
    def asked(self) -> int:
        """How many chances were given."""
        return sum(place.count for place in self.bins)

    @property
    def brier(self) -> float:
        """The Brier score."""
        return self._squares / self.asked

    @property
    def precision(self) -> float | None:
        """The share of the alerts whose window ended at the level or above; None without an alert."""
        return self.right / self.alerts if self.alerts else None

    @property
    def recall(self) -> float | None:
        """The share of the crossings that an alert came before; None without a crossing."""
        return self.warned / self.crossed if self.crossed else None

    @property
    def lead(self) -> float | None:
        """The median of the hours from a window's first alert to its crossing; None without any."""
        return median(self._leads) if self._leads else None


def _alerts(said: list[tuple[int, float]], rest: float) -> list[int]:
    hours: list[int] = []
    armed = True
    for hour, chance in said:
        if chance < DOUBTFUL:
            armed = True
        elif chance >= LIKELY and armed and (not hours or hour > hours[-1] + rest):
            hours.append(hour)
            armed = False
    return hours

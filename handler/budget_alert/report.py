"""What a tick did: as the function returns it, as one line of the log, and as four metrics."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from budget_alert.alerts import Standing
from budget_alert.identity import TOGETHER
from budget_alert.rules.decision import Held
from budget_alert.sending import Sent
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.count import Counted
from budget_alert.usage.scan import Scan

MOST_BOTS = 10
MOST_HELD = 20
MINUTE = timedelta(minutes=1)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has read, counted and sent."""

    account: str
    scan: Scan | CombinedReading
    counted: Counted
    alerts: Sent = Sent()
    standings: tuple[Standing, ...] = ()
    tested: bool = False
    error: str = ""
    """What a test's tick failed on, which does not keep it from saying what the channels answered."""
    unexplained: int = 0
    """By how many points more the balance fell than the history explains."""
    held: Mapping[str, Held] = {}
    """Why rules send nothing of what they have reached."""

    @property
    def complete(self) -> bool:
        """Whether the horizon was reached and no gap is open."""
        return self.counted.complete

    @property
    def points(self) -> int:
        """What this tick added to the totals."""
        return self.counted.points

    def as_dict(self) -> dict[str, Any]:
        """Give the contract's answer; after a test also what each channel said."""
        answer: dict[str, Any] = {
            "account": self.account,
            "complete": self.complete,
            "pages": self.scan.pages,
            "entries": self.scan.entries,
            "points": self.points,
            "alerts": {"sent": self.alerts.sent, "pending": self.alerts.pending},
        }
        answer |= {"channels": dict(self.alerts.answers)} if self.tested else {}
        return answer | ({"error": self.error} if self.error else {})

    def as_log(self) -> dict[str, Any]:
        """Give the fields of the line that the dashboard reads; nothing of single entries is in it."""
        held = [{"rule": rule, "why": why} for rule, why in self.held.items()][:MOST_HELD]
        line = self.as_dict() | {
            "corrected": self.counted.corrected,
            "unreadable": self.scan.unreadable,
            "unexplained": self.unexplained,
            "gaps": len(self.counted.state.gaps),
            "lag_minutes": self.lag_minutes,
            "bots": [{"bot": bot, "points": points} for bot, points in self.counted.bots[:MOST_BOTS]],
            "budgets": [
                {"rule": one.about, "points": one.points, "limit": one.limit, "percent": one.percent}
                for one in self.standings
            ],
        }
        return line | ({"held": held} if held else {})

    def metrics(self, *, successful: bool) -> dict[str, int]:
        """Give the four metrics; a tick that fails emits no successful one, so that its absence alarms."""
        emitted = {
            "LagMinutes": self.lag_minutes,
            "PendingMinutes": self._minutes_since(self.alerts.oldest),
            "UnexplainedPoints": self.unexplained,
        }
        return emitted | ({"SuccessfulTicks": 1} if successful else {})

    @property
    def lag_minutes(self) -> int:
        """How long ago the last complete scan began, or else the first."""
        state = self.counted.state
        return self._minutes_since(state.completed_at or state.started_at)

    def _minutes_since(self, instant: datetime | None) -> int:
        return 0 if instant is None else (self.scan.now - instant) // MINUTE


def of_several(reports: Sequence[Report], together: Report | None) -> dict[str, Any]:
    """Give the contract's answer for several accounts: their sum, and under "accounts" that of each.

    `together` is the tick over all of them, None where there was none; it adds what it sent.
    """
    sent = [report.alerts for report in (*reports, *([together] if together else []))]
    answer: dict[str, Any] = {
        "account": TOGETHER,
        "complete": together is not None and together.complete,
        "pages": sum(report.scan.pages for report in reports),
        "entries": sum(report.scan.entries for report in reports),
        "points": sum(report.points for report in reports),
        "alerts": {"sent": sum(one.sent for one in sent), "pending": sum(one.pending for one in sent)},
        "accounts": [report.as_dict() for report in reports],
    }
    tested = together is not None and together.tested
    return answer | ({"channels": dict(together.alerts.answers)} if together and tested else {})

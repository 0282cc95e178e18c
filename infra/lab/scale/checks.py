"""Everything that a run left behind, against plain calculation; read as the contract lays it out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zlib import decompress

import msgspec

from budget_alert.identity import TOGETHER
from lab.scale.expected import Crossing, Follower, Usage, by_key, days, together
from lab.scale.simulation import Simulation
from standins.dynamodb import DynamoDB


class Verdict:
    """How many things of a finished run were compared under each name, and every difference in words."""

    def __init__(self, run: Simulation) -> None:
        self.compared: Counter[str] = Counter()
        self.differences: list[str] = []
        self._run = run
        self._table = run.deployment.aws.table
        follower = Follower(run.deployment.members)
        for tick in run.recorder.ticks:
            follower.follow(tick)
        self._totals(follower)
        self._crossings(follower)
        self._once_a_channel()
        self._keys()
        self._nothing_pending(follower)

    def _totals(self, follower: Follower) -> None:
        """Compare every slot and every day of every account, and of all together."""
        every = {name: follower.usage.get(name, Counter()) for name in self._run.deployment.present}
        for name, usage in every.items():
            self._same("slots", name, stored(self._table, name, "slot#"), usage)
            self._same("days", name, stored(self._table, name, "day#"), days(usage))
        sums = together(every)
        self._same("slots of all", TOGETHER, by_key(stored(self._table, TOGETHER, "slot#")), sums)
        self._same("days of all", TOGETHER, by_key(stored(self._table, TOGETHER, "day#")), days(sums))

    def _same(self, what: str, account: str, found: Usage, wanted: Usage) -> None:
        self.compared[what] += len({start for start, *_ in wanted})
        for part in sorted({*found, *wanted}):
            if found[part] != wanted[part]:
                start, *of, unit = part
                self.differences.append(
                    f"{account}: {what} at {start:%d %b %H:%M} hold {found[part]:,} {unit} of "
                    f"{' '.join(filter(None, of))}, and should hold {wanted[part]:,}"
                )

    def _crossings(self, follower: Follower) -> None:
        """Compare which thresholds were sent."""
        sent = set(self._crossings_sent())
        self.compared["thresholds that must be sent"] = len(follower.must)
        self.compared["thresholds sent"] = len(sent)
        self._differ(" was not sent", follower.must - sent)
        self._differ(" was sent and should not be", sent - follower.may - follower.must)

    def _crossings_sent(self) -> Iterator[Crossing]:
        for one in self._run.recorder.sent:
            if one["kind"] == "budget":
                start, end = (
                    datetime.fromisoformat(one["window"][name]).astimezone(UTC) for name in ("start", "end")
                )
                yield one["account"], one["rule"], start, end, one["threshold_points"]

    def _once_a_channel(self) -> None:
        """See that both channels took each alert once, but for those that are excused."""
        recorder = self._run.recorder
        sent = Counter((one["account"], one["id"]) for one in recorder.sent)
        self.compared["alerts sent"] = len(sent)
        for (account, name), times in sorted(sent.items()):
            if times > 1 + recorder.excused["sns", account, name]:
                self.differences.append(f"{account}: the alert {name} was sent {times} times by SNS")
        by_account = Counter(account for account, _ in sent)
        again: Counter[str] = Counter()
        for (channel, account, _), times in recorder.excused.items():
            again[account] += times if channel == "slack" else 0
        for account in sorted({*recorder.heard, *by_account}):
            heard, most = recorder.heard[account], by_account[account]
            if not most <= heard <= most + again[account]:
                self.differences.append(f"{account}: Slack was sent {heard} alerts, and SNS {most}")

    def _keys(self) -> None:
        """See that a refused key is sent, and that it is accepted again."""
        recorder = self._run.recorder
        for words, severity, must in (
            ("refused", "critical", recorder.refused),
            ("accepted again", "info", recorder.accepted_again),
        ):
            key = ("health", "key", severity)
            alerts = (one for one in recorder.sent if (one["kind"], one["rule"], one["severity"]) == key)
            sent = {one["account"] for one in alerts}
            self.compared[f"keys {words}"] = len(must)
            # Who has left may have been killed before it could say so.
            due = (must & self._run.deployment.present.keys()) - sent
            self._differ(f": its key was {words}, and that was not sent", ((one,) for one in due))
            never = sent - self._run.mishaps.refused.keys()
            self._differ(f": its key was not {words}, and that was sent", ((one,) for one in never))

    def _nothing_pending(self, follower: Follower) -> None:
        """See that both channels have taken every alert in the table.

        Of an account that came and went between two ticks of all, nobody knows afterwards.
        """
        for account in (*(name for name in self._run.deployment.members if name in follower.met), TOGETHER):
            for item in self._table.items_of(account, "alert#"):
                self.compared["alerts in the table"] += 1
                accepted = item.get("accepted", {}).get("SS", ())
                if set(accepted) != {"slack", "sns"}:
                    self.differences.append(
                        f"{account}: an alert was taken by {', '.join(accepted) or 'nobody'}"
                    )

    def _differ(self, what: str, which: Iterable[tuple[object, ...]]) -> None:
        self.differences += [f"{' '.join(map(str, one))}{what}" for one in sorted(which, key=str)]


def stored(table: DynamoDB, account: str, prefix: str) -> Usage:
    """Give what an account's items hold whose keys begin so.

    Raises ValueError where an item's own sums are not those of its parts.
    """
    found: Usage = Counter()
    for item in table.items_of(account, prefix):
        place = item["sk"]["S"].partition("#")[2]
        start = datetime.fromisoformat(place).replace(tzinfo=UTC)
        text = decompress(item["packed"]["B"]) if "packed" in item else item["body"]["S"].encode()
        body = msgspec.json.decode(text)
        parts = (body.get("total", body) if isinstance(body, dict) else body)["parts"]
        for index, name in enumerate(("points", "queries")):
            numbers = {(start, *part, name): amounts[index] for part, amounts in parts}
            if int(item[name]["N"]) != sum(numbers.values()):
                raise ValueError(f"{account} {place}: {name} are not those of its parts")
            found.update(numbers)
    return found

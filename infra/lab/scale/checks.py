"""Everything that a run left behind, against plain calculation; read as the contract lays it out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zlib import decompress

import msgspec

from budget_alert.identity import TOGETHER
from lab.scale import expected as plain
from lab.scale.expected import Crossing, Expected, Follower, SentAlert, Slots, add
from lab.scale.simulation import Simulation
from standins.dynamodb import DynamoDB


class Verdict(msgspec.Struct, frozen=True):
    """How many things were compared under each name, and every difference in words."""

    compared: Counter[str]
    differences: tuple[str, ...]


def verdict(run: Simulation) -> Verdict:
    """Compare what a finished run left behind with plain calculation."""
    follower = Follower(run.deployment.members)
    for tick in run.recorder.events.ticks:
        follower.follow(tick)
    checks = _Checks(run)
    checks.totals(follower)
    checks.crossings(follower.expected)
    checks.once_a_channel()
    checks.keys()
    checks.nothing_pending(follower.met)
    return Verdict(checks.compared, tuple(checks.differences))


class _Checks:
    def __init__(self, run: Simulation) -> None:
        self.compared: Counter[str] = Counter()
        self.differences: list[str] = []
        self._run = run
        self._table = run.deployment.aws.table
        self._events = run.recorder.events

    def totals(self, follower: Follower) -> None:
        """Compare every slot and every day of every account, and of all together."""
        every: dict[str, plain.Slots] = {}
        for name, member in self._run.deployment.present.items():
            at = follower.last_whole.get(name)
            every[name] = plain.slots(member.rows, at) if at else {}
            self._same("slots", name, stored(self._table, name, "slot#"), every[name])
            self._same("days", name, stored(self._table, name, "day#"), plain.days(every[name]))
        sums = plain.together(every)
        self._same("slots of all", TOGETHER, by_key(stored(self._table, TOGETHER, "slot#")), sums)
        self._same("days of all", TOGETHER, by_key(stored(self._table, TOGETHER, "day#")), plain.days(sums))

    def crossings(self, expected: Expected) -> None:
        """Compare which thresholds were sent."""
        sent = {_crossing(one) for one in self._events.sent if one.alert["kind"] == "budget"}
        self.compared["thresholds that must be sent"] = len(expected.must)
        self.compared["thresholds sent"] = len(sent)
        self._differ("was not sent", expected.must - sent)
        self._differ("was sent and should not be", sent - expected.may - expected.must)

    def once_a_channel(self) -> None:
        """See that both channels took each alert once, but for those that are excused."""
        excused = Counter(self._events.excused)
        sent = Counter(one.name for one in self._events.sent)
        self.compared["alerts sent"] = len(sent)
        for (account, name), times in sorted(sent.items()):
            most = 1 + excused["sns", account, name]
            if times > most:
                self.differences.append(f"{account}: the alert {name} was sent {times} times by SNS")
        heard: Counter[str] = Counter()
        for account, alerts in self._events.slack:
            heard[account] += alerts
        by_account = Counter(account for account, _ in sent)
        for account in sorted({*heard, *by_account}):
            again = sum(
                times
                for (channel, whose, _), times in excused.items()
                if (channel, whose) == ("slack", account)
            )
            if not by_account[account] <= heard[account] <= by_account[account] + again:
                self.differences.append(
                    f"{account}: Slack was sent {heard[account]} alerts, and SNS {by_account[account]}"
                )

    def keys(self) -> None:
        """See that a refused key is sent, and that it is accepted again."""
        ticks = self._events.ticks
        refused = {tick.account: place for place, tick in enumerate(ticks) if tick.refused}
        again = {
            one.account for at, one in enumerate(ticks) if one.whole and at > refused.get(one.account, at)
        }
        perhaps = self._run.mishaps.ever_refused
        for words, severity, must in (
            ("refused", "critical", set(refused)),
            ("accepted again", "info", again),
        ):
            sent = {one.account for one in self._events.sent if _is_key(one, severity)}
            self.compared[f"keys {words}"] = len(must)
            # Who has left may have been killed before it could say so.
            due = (must & self._run.deployment.present.keys()) - sent
            self._differ(f": its key was {words}, and that was not sent", ((one,) for one in due))
            self._differ(f": its key was not {words}, and that was sent", ((one,) for one in sent - perhaps))

    def nothing_pending(self, met: Collection[str]) -> None:
        """See that both channels have taken every alert in the table.

        Of an account that came and went between two ticks of all, nobody knows afterwards.
        """
        for account in (*(name for name in self._run.deployment.members if name in met), TOGETHER):
            for item in self._table.items_of(account, "alert#"):
                self.compared["alerts in the table"] += 1
                accepted = item.get("accepted", {}).get("SS", ())
                if set(accepted) != {"slack", "sns"}:
                    self.differences.append(
                        f"{account}: an alert was taken by {', '.join(accepted) or 'nobody'}"
                    )

    def _same(self, what: str, account: str, found: plain.Slots, wanted: plain.Slots) -> None:
        self.compared[what] += len(wanted)
        for start in sorted({*found, *wanted}):
            if found.get(start, {}) != wanted.get(start, {}):
                sums = (_sum(each.get(start, {}).values()) for each in (found, wanted))
                self.differences.append(
                    "{}: {} at {:%d %b %H:%M} hold {}, and should hold {}".format(account, what, start, *sums)
                )

    def _differ(self, what: str, which: Iterable[tuple[object, ...]]) -> None:
        for one in sorted(which, key=str):
            self.differences.append(f"{' '.join(map(str, one))} {what}".replace(" :", ":"))


def _sum(amounts: Iterable[plain.Amount]) -> str:
    each = list(amounts)
    return f"{sum(points for points, _ in each):,} points of {sum(queries for _, queries in each):,} queries"


def _crossing(one: SentAlert) -> Crossing:
    alert = one.alert
    start = datetime.fromisoformat(alert["window"]["start"]).astimezone(UTC)
    return one.account, alert["rule"], start, alert["threshold_points"]


def _is_key(one: SentAlert, severity: str) -> bool:
    alert = one.alert
    return (alert["kind"], alert["rule"], alert["severity"]) == ("health", "key", severity)


_FORMATS = {"slot#": "slot#%Y-%m-%dT%H:%MZ", "day#": "day#%Y-%m-%d"}


def stored(table: DynamoDB, account: str, prefix: str) -> Slots:
    """Give an account's items whose keys begin so, part by part; parts of no queries are left out.

    Raises ValueError where an item's own sums are not those of its parts.
    """
    return dict(_item(item, prefix) for item in table.items_of(account, prefix))


def _item(
    item: Mapping[str, Any], prefix: str
) -> tuple[datetime, dict[tuple[str, str, str], tuple[int, int]]]:
    start = datetime.strptime(item["sk"]["S"], _FORMATS[prefix]).replace(tzinfo=UTC)
    text = decompress(item["packed"]["B"]) if "packed" in item else item["body"]["S"].encode()
    body = msgspec.json.decode(text)
    totals = body.get("total", body) if isinstance(body, dict) else body
    parts: dict[tuple[str, str, str], tuple[int, int]] = {}
    for (bot, usage_type, key), (points, queries, *_) in totals["parts"]:
        add(parts, (bot, usage_type, key), (points, queries))
    for place, name in enumerate(("points", "queries")):
        if int(item[name]["N"]) != sum(amount[place] for amount in parts.values()):
            raise ValueError(f"{item['pk']['S']} {item['sk']['S']}: {name} are not those of its parts")
    return start, parts


def by_key(quarters: Slots) -> Slots:
    """Sum over bots and usage types."""
    found: Slots = {}
    for start, parts in quarters.items():
        for (_, _, key), amount in parts.items():
            add(found.setdefault(start, {}), ("", "", key), amount)
    return found

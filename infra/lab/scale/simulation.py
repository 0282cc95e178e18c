"""Rounds of the schedule, and the queue that Lambda works through between them, in simulated time.

What goes wrong meanwhile is drawn by chance; what happened is kept for the checks, what it used for the bill.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from heapq import heapreplace
from random import Random
from time import process_time
from typing import Any

import msgspec

from budget_alert.errors import BudgetAlertError
from budget_alert.identity import TOGETHER
from lab.costs.model import AT_ONCE, Invocation, timed, work_of
from lab.costs.prices import Amounts
from lab.scale.accounts import INTERVAL, Member, members
from lab.scale.deployment import HIDDEN, Deployment, Letter, StandardQueue
from lab.scale.expected import Events, Tick, Told
from standins.dynamodb import error
from standins.loopback import Asked, Reply
from standins.memory_aws import Interrupt, Killed, Reported, Used, listening
from standins.poe_faults import Fault, status
from standins.slack_receiver import rate_limited
from standins.ticking import SimulatedClock


class Chances(msgspec.Struct, frozen=True, kw_only=True):
    """How often things go wrong, each as a share.

    Of an account's rounds, `leaves` take it out of the secret, and `renamed` give it another name; of the
    rounds of one that is out, `joins` put it back.

    Of accounts: `refused` have their key refused for some rounds, `refused_always` in all of them; `broken`
    are throttled by the table whenever they write, for nearly all rounds. Of an account's rounds, `away` find
    Poe answering 502 to all they ask. Of requests to Poe, `stumbles` are answered 502 once. Of messages,
    `repeats` come back though they were dealt with, and `unsent` are not taken at first. Of invocations,
    `killed` end at some call, `failing` meet one failure of the table, and `beside` have another invocation
    work on one of their accounts at the same time. Of messages told, `cut_off` are told by an invocation that
    is killed right then; of those to Slack, `busy` are answered 429.
    """

    leaves: float = 0.0
    joins: float = 0.0
    renamed: float = 0.0
    refused: float = 0.01
    refused_always: float = 0.0
    broken: float = 0.002
    away: float = 0.005
    stumbles: float = 0.01
    repeats: float = 0.01
    unsent: float = 0.01
    killed: float = 0.02
    failing: float = 0.02
    beside: float = 0.05
    cut_off: float = 0.02
    busy: float = 0.02


NONE = Chances(
    refused=0,
    broken=0,
    away=0,
    stumbles=0,
    repeats=0,
    unsent=0,
    killed=0,
    failing=0,
    beside=0,
    cut_off=0,
    busy=0,
)


class Faults:
    """Draws what goes wrong; `happened` counts it. Once `calm`, nothing does."""

    def __init__(self, chances: Chances, chance: Random) -> None:
        self._chances = chances
        self._chance = chance
        self.calm = False
        self.happened: Counter[str] = Counter()

    def __call__(self, name: str) -> bool:
        """Draw whether something of this name happens now, and count it if so."""
        happens = not self.calm and self._chance.random() < getattr(self._chances, name)
        self.happened[name] += happens
        return happens

    def below(self, most: int) -> int:
        """Draw a number from 0 to one less than `most`."""
        return self._chance.randrange(most)


ONCE_AN_INVOCATION = ("secretsmanager", "ssm")
ACCOUNT, ALL, INVOCATION, DISPATCH, CUT_OFF = "account", "all", "invocation", "dispatch", "cut off"
"""What work is done for: a tick of an account or of all together, a batch's secret and config, putting
accounts into the queue, and ticks that came to no end."""


class Recorder:
    """What happened; `used` is by kind of work, `done` how often each kind was done, `seconds` what it took.

    `cut_off` says of the present invocation that something ended it, or one of its ticks, half-way.
    """

    def __init__(self) -> None:
        self.events = Events()
        self.used: dict[str, Used] = {}
        self.done: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.failed: Counter[str] = Counter()
        self.last = Used()
        self.cut_off = False
        self.steady = False
        self._kind = INVOCATION
        self._began: list[Tick] = []
        self._taken: list[tuple[str, str]] = []
        self._since = process_time()

    def watch(self, deployment: Deployment, is_refused: Callable[[str], bool]) -> None:
        """Record what happens in a deployment; Poe refuses the keys of some accounts."""
        self._deployment = deployment
        self._is_refused = is_refused

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the function's output for as long as the context lasts."""
        with listening(self._deployment.edge, self._reported, self._tick_over):
            yield

    @contextmanager
    def invocation(self, kind: str, accounts: Iterable[str] = ()) -> Iterator[None]:
        """Record an invocation, of which `accounts` may be counted; `last` is what it used."""
        self._kind, self.last, self.cut_off = kind, Used(), False
        self._taken, self._since = [], process_time()
        begun = self._begin(accounts)
        try:
            yield
        finally:
            self._over(DISPATCH if kind == DISPATCH else CUT_OFF)
            self.done[self._named(kind)] += 1
            self._forget(begun)
            if self.cut_off:
                self._excuse()

    @contextmanager
    def beside(self, account: str) -> Iterator[None]:
        """Record another invocation in the midst of this one; what this one has used so far stays its own."""
        kept, since = self._deployment.edge.take(), self._since
        begun = self._begin([account])
        self._since = process_time()
        try:
            yield
        finally:
            self._over(CUT_OFF)
            self._forget(begun)
            self._deployment.edge.used.add(kept)
            self._since = since

    def published(self, record: Mapping[str, Any]) -> None:
        """Keep what the topic took."""
        self.events.told += [Told(record["account"], alert) for alert in record["alerts"]]
        self._taken.append(("sns", record["account"]))

    def heard(self, account: str, alerts: int) -> None:
        """Keep what Slack took."""
        self.events.slack.append((account, alerts))
        self._taken.append(("slack", account))

    def _begin(self, accounts: Iterable[str]) -> list[Tick]:
        now = self._deployment.clock.now
        named = frozenset(self._deployment.present)
        begun = [
            Tick(account, now, ended=False, named=named if account == TOGETHER else frozenset())
            for account in accounts
        ]
        self.events.ticks += begun
        return begun

    def _forget(self, begun: list[Tick]) -> None:
        """Forget that ticks began which then came to their end."""
        if not begun:
            return
        first = self.events.ticks.index(begun[0])
        later = self.events.ticks[first:]
        ended = {tick.account for tick in later if tick.ended and (tick.whole or tick.refused)}
        over = {id(tick) for tick in begun if tick.account in ended}
        self.events.ticks[first:] = [tick for tick in later if id(tick) not in over]

    def _reported(self, report: Reported) -> None:
        whole = report.complete or report.account == TOGETHER
        refused = not whole and self._is_refused(report.account)
        now = self._deployment.clock.now
        named = frozenset(self._deployment.present if report.account == TOGETHER else ())
        self.events.ticks.append(
            Tick(
                account=report.account,
                at=now,
                ended=True,
                whole=whole,
                complete=report.complete,
                refused=refused,
                named=named,
            )
        )

    def _tick_over(self, account: str) -> None:
        kind = ALL if account == TOGETHER else ACCOUNT
        self._over(kind)
        self.done[self._named(kind)] += 1

    def _over(self, kind: str) -> None:
        used, now = self._deployment.edge.take(), process_time()
        self.last.add(used)
        self.seconds[self._named(kind)] += now - self._since
        self._since = now
        once = Counter({name: n for name, n in used.calls.items() if name.startswith(ONCE_AN_INVOCATION)})
        own = DISPATCH if self._kind == DISPATCH else INVOCATION
        self._kept(own).calls.update(once)
        kept = self._kept(kind)
        kept.calls.update(used.calls - once)
        kept.units.update(used.units)

    def _kept(self, kind: str) -> Used:
        return self.used.setdefault(self._named(kind), Used())

    def _named(self, kind: str) -> str:
        return kind if self.steady else f"first {kind}"

    def _excuse(self) -> None:
        """Excuse what was taken and is not remembered so, as an invocation was cut off before that."""
        for channel, account in set(self._taken):
            for item in self._deployment.aws.table.items_of(account, "alert#"):
                if channel not in item.get("accepted", {}).get("SS", ()):
                    self.events.excused.append((channel, account, item["sk"]["S"].rpartition("#")[2]))


BAD_GATEWAY = status(502)
CALLS = 250
"""An invocation of ten accounts passes about so many instants before and after a call."""
BUSY_SECONDS = 30


class Mishaps:
    """Draws what goes wrong, and does it."""

    def __init__(self, deployment: Deployment, faults: Faults, recorder: Recorder, rounds: int) -> None:
        self._deployment = deployment
        self._faults = faults
        self._recorder = recorder
        names = list(deployment.members)
        # The first round goes well for all, but for those whose key was never good.
        self._refused = {name: self._span(rounds) for name in names if faults("refused")}
        self._refused |= {name: range(rounds + 1_000) for name in names if faults("refused_always")}
        # So long that what its messages bring ends among the dead letters.
        self._broken = {name: range(1, rounds) for name in names if faults("broken")}
        self._away: set[str] = set()
        self._out: dict[str, Member] = {}
        self._number = 0
        for poe in deployment.poes.values():
            poe.faults.rule(self._stumble)

    def begin(self, number: int) -> None:
        """Put into place what goes wrong with accounts in a round."""
        self._number = number
        deployment = self._deployment
        if number:
            deployment.name_accounts(self._named(number))
        deployment.aws.broken = {name for name, span in self._broken.items() if number in span}
        able = [name for name in deployment.present if number and not self.is_refused(name)]
        self._away = {name for name in able if self._faults("away")}
        for name, member in deployment.present.items():
            poe = deployment.poes[name]
            poe.keys = set() if self.is_refused(name) else {member.key}
            poe.faults.rule(self._failing if name in self._away else self._stumble)

    def _named(self, number: int) -> Iterator[Member]:
        """Draw whom the secret names from now on; who is out may come back under the name that it had."""
        staying = {name: one for name, one in self._deployment.present.items() if not self._faults("leaves")}
        left = {name: one for name, one in self._deployment.present.items() if name not in staying}
        joining = {name: one for name, one in self._out.items() if self._faults("joins")}
        self._out = {name: one for name, one in {**self._out, **left}.items() if name not in joining}
        for member in (*staying.values(), *joining.values()):
            name = f"{member.name.partition('_')[0]}_{number}"
            yield member.called(name) if self._faults("renamed") else member

    @property
    def ever_refused(self) -> frozenset[str]:
        """The accounts whose key Poe refuses at any time."""
        return frozenset(self._refused)

    def is_refused(self, account: str) -> bool:
        """Tell whether Poe refuses an account's key now."""
        return self._number in self._refused.get(account, ())

    def may_count(self, account: str) -> bool:
        """Tell whether a tick of an account can count anything now."""
        hindered = account in self._away or account in self._deployment.aws.broken
        return not (hindered or self.is_refused(account))

    @contextmanager
    def around(self) -> Iterator[None]:
        """Draw what cuts an invocation off, or meets it, for as long as the context lasts."""
        interrupts = self._deployment.edge.interrupts
        if self._faults("killed"):
            interrupts.append(Interrupt("", self._faults.below(CALLS), self._kill))
        if self._faults("failing"):
            interrupts.append(Interrupt("dynamodb", self._faults.below(CALLS), self._fail))
        if self._faults("beside"):
            interrupts.append(Interrupt("dynamodb", self._faults.below(CALLS), self._beside))
        try:
            yield
        finally:
            interrupts.clear()

    def told(self) -> None:
        """Perhaps kill an invocation right after a channel took what it told."""
        if self._faults("cut_off"):
            self._kill("")

    def slack(self) -> Reply | None:
        """Perhaps give an answer of Slack's that takes nothing."""
        return rate_limited(BUSY_SECONDS) if self._faults("busy") else None

    def _span(self, rounds: int) -> range:
        first = 1 + self._faults.below(max(rounds // 2, 1))
        return range(first, first + 1 + self._faults.below(max(rounds // 2, 1)))

    def _stumble(self, _: Asked) -> Fault | None:
        return BAD_GATEWAY if self._faults("stumbles") else None

    def _failing(self, _: Asked) -> Fault | None:
        return BAD_GATEWAY

    def _kill(self, _account: str) -> None:
        self._recorder.cut_off = True
        raise Killed

    def _fail(self, _account: str) -> None:
        self._recorder.cut_off = True
        raise error("any", "InternalServerError")

    def _beside(self, account: str) -> None:
        if not account:
            return
        now = self._deployment.clock.now
        body = f'{{"account":"{account}"}}'
        with self._recorder.beside(account):
            self._deployment.work([Letter(-1, body, now - timedelta(seconds=1), now, received=1)])


START = datetime(2026, 11, 3, 22, 45, tzinfo=UTC)
"""The rounds pass midnight and full hours, so that windows end and begin."""
BEFORE = timedelta(hours=36)
CALM_ROUNDS = 2
"""At the end nothing goes wrong any more, so that all that waits can be told."""


def billed_ms(work: Amounts, ticks: float, more_ms: float = 0) -> int:
    """Say for how many milliseconds an invocation is billed that finds a warm function.

    It has so many ticks, and takes `more_ms` of a whole vCPU besides; its memory is the template's.
    """
    return Invocation(timed=timed(), work=work, ticks=ticks, cold=False, more_ms=more_ms).billed_ms()


class Plan(msgspec.Struct, frozen=True):
    """What is simulated: so many accounts over so many rounds."""

    accounts: int = 1000
    rounds: int = 24
    seed: int = 1
    chances: Chances = Chances()


class Simulation:
    """One run; `recorder` holds what happened in it, `faults` what went wrong.

    `spread` are the seconds that each round took, from the schedule to the end of the last batch in which an
    account had its turn for the first time.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        chance = Random(plan.seed)  # noqa: S311 - made-up mishaps guard nothing
        self.faults = Faults(plan.chances, chance)
        self.queue = StandardQueue(chance, HIDDEN)
        self.recorder = Recorder()
        end = START + (plan.rounds + CALM_ROUNDS) * INTERVAL
        self.members = members(plan.accounts, plan.seed, START - BEFORE, end)
        clock = SimulatedClock(START)
        self.deployment = Deployment(
            self.members, clock, published=self._published, sent=self._sent, heard=self._heard
        )
        self.mishaps = Mishaps(self.deployment, self.faults, self.recorder, plan.rounds)
        self.recorder.watch(self.deployment, self.mishaps.is_refused)
        self.spread: list[float] = []
        self._free = [START] * AT_ONCE

    def run(self) -> "Simulation":
        """Run all rounds, then once more the sum of all accounts, when all of them are done."""
        with self.deployment.running(), self.recorder.listening():
            for number in range(self.plan.rounds + CALM_ROUNDS):
                self.faults.calm = number >= self.plan.rounds
                self.recorder.steady = number > 0
                self._round(number)
            self._work_off(None)
            self.deployment.clock.now = max(self._free)
            self._sent(f'{{"account":"{TOGETHER}"}}', timedelta(0))
            self._work_off(None)
        return self

    def _round(self, number: int) -> None:
        at = START + number * INTERVAL
        self.deployment.clock.now = at
        self.mishaps.begin(number)
        with self.recorder.invocation(DISPATCH), self.mishaps.around():
            try:
                self.deployment.dispatch()
            except (BudgetAlertError, Killed) as error:
                self.recorder.failed[type(error).__name__] += 1
        self.spread.append(0.0)
        self._work_off(at + INTERVAL)

    def _work_off(self, until: datetime | None) -> None:
        """Work on what can be received, in batches, until an instant or until nothing waits."""
        while (ready := self.queue.next_at()) is not None:
            at = max(self._free[0], ready)
            if until is not None and at >= until:
                break
            self._batch(at)

    def _batch(self, at: datetime) -> None:
        self.deployment.clock.now = at
        letters = self.queue.receive(at)
        accounts = [letter.account for letter in letters if self.mishaps.may_count(letter.account)]
        if not letters:
            return
        again: set[str] | None = None
        with self.recorder.invocation(INVOCATION, accounts), self.mishaps.around():
            try:
                again = self.deployment.work(letters)
            except Killed:
                self.recorder.failed["Killed"] += 1
        if again is not None:
            self.queue.delete([letter for letter in letters if self._is_done(letter, again)])
        over = at + timedelta(milliseconds=billed_ms(work_of(self.recorder.last), len(letters)))
        heapreplace(self._free, over)
        for letter in letters:
            if letter.received == 1 and letter.account != TOGETHER:
                self.spread[-1] = max(self.spread[-1], (over - letter.sent_at).total_seconds())

    def _is_done(self, letter: Letter, again: set[str]) -> bool:
        if str(letter.number) in again:
            self.recorder.failed["message"] += 1
            return False
        return not self.faults("repeats")

    def _sent(self, body: str, delay: timedelta) -> bool:
        if self.faults("unsent"):
            return False
        self.queue.send(body, self.deployment.clock.now, delay)
        return True

    def _published(self, record: Mapping[str, Any]) -> None:
        self.recorder.published(record)
        self.mishaps.told()

    def _heard(self, account: str, alerts: int) -> Reply | None:
        if (busy := self.mishaps.slack()) is None:
            self.recorder.heard(account, alerts)
            self.mishaps.told()
        return busy

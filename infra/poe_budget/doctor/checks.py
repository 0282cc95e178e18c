"""Each check is a function of what was seen: it says in a line what is well, or what to do."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

from budget_alert.messages.times import moment
from budget_alert.messages.wording import clean, counted, listed, quoted
from budget_alert.secret import Keyring
from poe_budget.doctor.seen import (
    Alarm,
    Asked,
    Building,
    Clocks,
    Config,
    Listeners,
    Local,
    Menus,
    OfStack,
    Release,
    Schedule,
    Seen,
    SignedIn,
    Ticks,
    Unseen,
    Webhook,
)
from poe_budget.errors import OpsError
from poe_budget.health import LATE_MINUTES, MINUTE, Health, Trouble
from poe_budget.keyring import contents_of, mistakes_of
from poe_budget.versions import OWN, difference

T = TypeVar("T")
OFF = timedelta(minutes=1)
"""AWS takes no request whose time is five minutes off."""
LATE_INTERVALS = 3
SLACKS = "hooks.slack.com"
ALARMS = ("no-successful-tick", "ticks-fail", "alerts-pending", "ticks-undelivered", "counting-lags")
NEW_KEY = "make a new key at https://poe.com/api_key"
_PAGES = "infra/docs"
_ROTATION = f"{_PAGES}/deploy.md#rotate-the-key-or-the-webhook"
# CloudFormation writes what has changed: an alarm that somebody has deleted is no change to it.
_ANEW = "deploy with another `IntervalMinutes` and then with yours again, which writes every alarm anew"
_OF_SLACK = re.compile(r"/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]+")


class Found(StrEnum):
    """What a check has found."""

    WELL = "well"
    FINDING = "finding"
    UNSEEN = "unseen"
    """It could not be looked at."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check says of its subject; `todo` is what to do about a finding, null where it is well."""

    subject: str
    found: Found
    words: str
    todo: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What is so, and, where that is not well, what to do."""

    words: str
    todo: str | None = None


def of_stack(seen: OfStack) -> tuple[Check, ...]:
    """Check all there is of a stack."""
    stack = seen.name
    secret = f"put it into the secret ({_ROTATION})"
    return (
        _checked("AWS", seen.signed_in, signed_in),
        _checked("Versions", seen.release, versions),
        _checked("Clock", seen.clocks, clock),
        _checked("Secret", seen.secret, secret_of),
        _checked("Poe API key", seen.keys, lambda asked: keys(asked, secret)),
        _checked("Webhook", seen.webhooks, lambda each: webhooks(each, stack)),
        _checked("Menus", seen.menus, menus),
        _checked("Subscriptions", seen.listeners, listeners),
        _checked("Config", seen.config, lambda config: config_of(config, stack)),
        _checked("Schedule", seen.schedule, schedule),
        _checked("Last tick", seen.ticks, lambda each: ticks(each, stack)),
        _checked("Alarms", seen.alarms, lambda found: alarms(found, stack)),
        _checked("Monitor", seen.health, lambda health: monitor(health, stack)),
    )


def of_local(seen: Local) -> tuple[Check, ...]:
    """Check what there is without a stack."""
    return (
        _checked("Poe API key", seen.keys, lambda asked: keys(asked, "set POE_API_KEY to it")),
        _checked("AWS", seen.signed_in, signed_in),
        _checked("Clock", seen.clocks, clock),
        _checked("SAM CLI", seen.building, building),
    )


def _checked(subject: str, seen: Seen[T], check: Callable[[T], Verdict]) -> Check:
    if isinstance(seen, Unseen):
        return Check(subject=subject, found=Found.UNSEEN, words=f"could not be looked at: {seen.why}")
    verdict = check(seen)
    found = Found.WELL if verdict.todo is None else Found.FINDING
    return Check(subject=subject, found=found, words=verdict.words, todo=verdict.todo)


def signed_in(seen: SignedIn) -> Verdict:
    """Say whose AWS it is."""
    if seen.problem:
        words, _, todo = seen.problem.partition(": ")
        return Verdict(words, todo or words)
    return Verdict(f"you are signed in to the account {seen.account}, in the region {seen.region}")


def versions(seen: Release) -> Verdict:
    """Compare the versions of the stack and of this program."""
    try:
        words = difference(seen.version)
    except OpsError as error:
        words = str(error)
    if words is None:
        return Verdict(f"the stack and this program are of {OWN}")
    found, _, todo = words.partition(": ")
    return Verdict(found, todo)


def clock(seen: Clocks) -> Verdict:
    """Compare this machine's clock with those that have said their time."""
    known = [
        (whose, ahead) for whose, ahead in (("AWS's", seen.aws), ("Poe's", seen.poe)) if ahead is not None
    ]
    wrong = [(whose, ahead) for whose, ahead in known if abs(ahead) >= OFF]
    if not wrong:
        return Verdict(f"it agrees with {listed([whose for whose, _ in known])}")
    whose, ahead = wrong[0]
    side = "ahead of" if ahead > timedelta(0) else "behind"
    minutes = counted(abs(ahead) // MINUTE, "minute")
    return Verdict(f"it is {minutes} {side} {whose}", "let this machine set its clock by the network")


def secret_of(seen: Keyring) -> Verdict:
    """Say what the secret holds."""
    mistakes = mistakes_of(seen)
    if not mistakes:
        return Verdict(contents_of(seen))
    return Verdict(
        clean("; ".join(mistakes)), f"correct it, as {_PAGES}/deploy.md#rotate-the-key-or-the-webhook says"
    )


def keys(seen: Iterable[Asked], place: str) -> Verdict:
    """Say what Poe made of each key; a new one is to be put in this place."""
    asked = tuple(seen)
    failed = [each for each in asked if each.problem]
    if not failed:
        return Verdict("Poe takes it" if len(asked) == 1 else f"Poe takes all {len(asked):,}")
    first = failed[0]
    whose = "" if len(asked) == 1 else f", {_accounts(failed)}"
    todo = f"{NEW_KEY} and {place}" if first.refused else first.remedy
    return Verdict(f"{clean(first.problem)}{whose}", todo or "run the same command again later")


def _accounts(failed: list[Asked]) -> str:
    more = f" and {counted(len(failed) - 1, 'account')} more" if len(failed) > 1 else ""
    return f"for the account {quoted(failed[0].account)}{more}"


def webhooks(seen: Sequence[Webhook], stack: str) -> Verdict:
    """Say whether webhooks look like Slack's, and whether their hosts are reached: nothing is posted."""
    if not seen:
        return Verdict("alerts do not go to Slack")
    wrong = [verdict for each in seen if (verdict := _webhook(each)).todo]
    if wrong:
        return wrong[0]
    hosts = sorted({clean(each.host) for each in seen})
    answer = f"{listed(hosts)} {'answers' if len(hosts) == 1 else 'answer'}"
    return Verdict(f"{answer}; nothing was posted, `poe-budget test-alert --stack {stack}` posts")


def _webhook(one: Webhook) -> Verdict:
    whose = f"of the channel {quoted(one.name)}" if one.name else "of slack_webhook_url"
    if one.problem:
        way = "check your connection, and HTTPS_PROXY where there is a proxy"
        return Verdict(f"{clean(one.host)}, {whose}, cannot be reached from here: {one.problem}", way)
    if one.host == SLACKS and not _OF_SLACK.fullmatch(one.path):
        todo = f"copy it again, as {_PAGES}/slack.md#make-a-webhook says"
        return Verdict(f"the address {whose} is not whole", todo)
    return Verdict("")


def menus(seen: Menus) -> Verdict:
    """Say whether a click on an alert in Slack can be taken."""
    page = f"{_PAGES}/slack.md#snooze-alerts-in-slack"
    if not seen.wanted:
        return Verdict("alerts in Slack carry none")
    if not seen.signing:
        todo = f"put the app's signing secret there as slack_signing_secret, as {page} says"
        return Verdict("the secret has nothing to check clicks by, so all are refused", todo)
    if not seen.address:
        return Verdict("there is no address that takes clicks", "`poe-budget deploy` makes it")
    return Verdict(f"clicks go to {clean(seen.address)}, which must stand in the Slack app ({page})")


def listeners(seen: Listeners) -> Verdict:
    """Say who listens on the topic; the alarms go there alone."""
    if seen.pending:
        waiting = f"{len(seen.pending):,} not ({listed(sorted(set(seen.pending)))})"
        todo = "open the link in the mail that AWS has sent there; look into the spam too"
        return Verdict(f"{counted(seen.confirmed, 'subscription')} confirmed, {waiting}", todo)
    if not seen.confirmed:
        todo = (
            f"`aws sns subscribe --topic-arn {seen.topic} --protocol email --notification-endpoint "
            "YOUR_ADDRESS`, then open the link that AWS sends"
        )
        return Verdict("nobody listens on the topic, so nobody hears the alarms", todo)
    return Verdict(f"{counted(seen.confirmed, 'subscription')} confirmed")


def config_of(seen: Config, stack: str) -> Verdict:
    """Say which config is in force."""
    if not seen.mistakes:
        return Verdict(f"{seen.source} is in force")
    first, *others = seen.mistakes
    more = f"; and {counted(len(others), 'mistake')} more" if others else ""
    todo = f"`poe-budget push FILE --stack {stack}` with a config that `poe-budget check FILE` finds in order"
    return Verdict(f"{seen.source} cannot be used: {clean(first)}{more}", todo)


def schedule(seen: Schedule) -> Verdict:
    """Say whether the function is woken, and as often as it takes it to be."""
    minutes = seen.interval // MINUTE
    if not seen.enabled:
        return Verdict("it is disabled, so nothing wakes the function", f"enable it at {seen.page}")
    if seen.expression != f"rate({counted(minutes, 'minute')})":
        words = f"it is {clean(seen.expression)}, and the function takes it for {counted(minutes, 'minute')}"
        return Verdict(words, f"set it right at {seen.page}")
    return Verdict(f"it is enabled, every {'minute' if minutes == 1 else counted(minutes, 'minute')}")


def ticks(seen: Ticks, stack: str) -> Verdict:
    """Say whether the function ticks, and gets through."""
    logs = f"`poe-budget logs --stack {stack}` says why"
    if seen.ticked_at is None:
        return Verdict("the function has not ticked yet", f"`poe-budget tick --stack {stack}` lets it tick")
    ago = f"{counted(max(seen.now - seen.ticked_at, timedelta(0)) // MINUTE, 'minute')} ago"
    if seen.now - seen.ticked_at > LATE_INTERVALS * seen.interval + MINUTE:
        return Verdict(f"it was {ago}, which is late", logs)
    if seen.completed_at is None:
        return Verdict(f"it was {ago}; the first reading goes on")
    lag = (seen.now - seen.completed_at) // MINUTE
    if lag > LATE_MINUTES:
        return Verdict(f"it was {ago}, and {counted(lag, 'minute')} ago everything was read last", logs)
    return Verdict(f"it was {ago}, and everything is read")


def alarms(seen: Iterable[Alarm], stack: str) -> Verdict:
    """Say which alarms are on, or could not be heard."""
    found = {each.name: each for each in seen}
    on = [each.name for each in found.values() if each.state == "ALARM"]
    missing = [each for each in ALARMS if each not in found]
    silent = [each.name for each in found.values() if not each.sends]
    if on:
        pages = listed([f"{_PAGES}/runbook.md#{each}" for each in on])
        return Verdict(f"on: {listed(on)}", f"see {pages}")
    if missing:
        return Verdict(f"missing: {listed(missing)}", _ANEW)
    if silent:
        names = " ".join(f"{stack}/{each}" for each in silent)
        return Verdict(
            f"switched off: {listed(silent)}", f"`aws cloudwatch enable-alarm-actions --alarm-names {names}`"
        )
    return Verdict(f"none of {len(found)} is on")


def monitor(seen: Health, stack: str) -> Verdict:
    """Say what the function itself says of how it is."""
    if seen.troubles:
        said = [_trouble(each) for each in seen.troubles]
        status = f"`poe-budget status --stack {stack}` says what to do about each"
        return Verdict("; ".join(said), status if said[1:] else clean(seen.troubles[0].advice) or status)
    if seen.waiting and seen.waiting_since:
        verb = "waits" if seen.waiting == 1 else "wait"
        since = moment(seen.waiting_since, "UTC")
        words = f"{counted(seen.waiting, 'alert')} {verb} for a channel, since {since}"
        return Verdict(words, f"`poe-budget test-alert --stack {stack}` says what each channel answers")
    return Verdict("it knows of no trouble, and no alert waits")


def _trouble(one: Trouble) -> str:
    whose = f"{quoted(one.account)}: " if one.account else ""
    return f"{whose}{clean(one.words)}, since {moment(one.since, 'UTC')}"


def building(seen: Building) -> Verdict:
    """Say whether a stack can be deployed from here."""
    if not seen.problem:
        return Verdict(f"the function can be built here, by `{seen.by}`")
    words, _, todo = seen.problem.partition(": ")
    return Verdict(words, todo or words)

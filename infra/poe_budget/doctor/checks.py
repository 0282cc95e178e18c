"""Each check is a function of what was seen: it says in a line what is well, or what to do."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from budget_alert.messages.times import moment
from budget_alert.messages.wording import clean, counted, listed, quoted
from budget_alert.secret import Keyring
from budget_alert.usage.state import State
from poe_budget.errors import OpsError
from poe_budget.health import LATE_MINUTES, MINUTE, Health, Trouble, waiting
from poe_budget.keyring import contents_of, mistakes_of
from poe_budget.stack import is_confirmed
from poe_budget.versions import OWN, difference

OFF = timedelta(minutes=1)
"""AWS takes no request whose time is five minutes off."""
LATE_INTERVALS = 3
SLACKS = "hooks.slack.com"
ALARMS = ("no-successful-tick", "ticks-fail", "alerts-pending", "ticks-undelivered", "counting-lags")
NEW_KEY = "make a new key at https://poe.com/api_key"
_PAGES = "infra/docs"
ROTATION = f"{_PAGES}/deploy.md#rotate-the-key-or-the-webhook"
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


class Asked(msgspec.Struct, frozen=True):
    """What Poe made of the key of an account.

    `problem` says why it gave no usage, "" where it did, and `remedy` what to do; where the key was
    `refused`, that is a new one.
    """

    account: str
    problem: str = ""
    remedy: str = ""
    refused: bool = False


class Webhook(msgspec.Struct, frozen=True):
    """A place in Slack: its name among those that rules notify, "" for where all else goes.

    Host and path are those of its address, which is a secret; `problem` says why its host is not reached.
    """

    name: str
    host: str
    path: str
    problem: str = ""


def versions(stack: str | None) -> Verdict:
    """Compare the version of a stack, None where it names none, with this program's."""
    try:
        words = difference(stack)
    except OpsError as error:
        words = str(error)
    if words is None:
        return Verdict(f"the stack and this program are of {OWN}")
    found, _, todo = words.partition(": ")
    return Verdict(found, todo)


def clock(aws: timedelta | None, poe: timedelta | None) -> Verdict:
    """Say how far this machine's clock is ahead of AWS's and Poe's, None where that is not known.

    Raises OpsError where neither is.
    """
    known = [(whose, ahead) for whose, ahead in (("AWS's", aws), ("Poe's", poe)) if ahead is not None]
    if not known:
        raise OpsError("neither AWS nor Poe has said the time")
    wrong = [(whose, ahead) for whose, ahead in known if abs(ahead) >= OFF]
    if not wrong:
        return Verdict(f"it agrees with {listed([whose for whose, _ in known])}")
    whose, ahead = wrong[0]
    side = "ahead of" if ahead > timedelta(0) else "behind"
    minutes = counted(abs(ahead) // MINUTE, "minute")
    return Verdict(f"it is {minutes} {side} {whose}", "let this machine set its clock by the network")


def secret_of(seen: Keyring) -> Verdict:
    """Say what the secret holds."""
    if mistakes := mistakes_of(seen):
        return Verdict(clean("; ".join(mistakes)), f"correct it, as {ROTATION} says")
    return Verdict(contents_of(seen))


def keys(asked: Sequence[Asked], place: str) -> Verdict:
    """Say what Poe made of each key; a new one is to be put in this place."""
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


def menus(address: str, *, wanted: bool, signing: bool) -> Verdict:
    """Say whether a click on an alert in Slack can be taken.

    `address` is where clicks go, "" for nowhere; `signing` says whether they can be checked.
    """
    page = f"{_PAGES}/slack.md#snooze-alerts-in-slack"
    if not wanted:
        return Verdict("alerts in Slack carry none")
    if not signing:
        todo = f"put the app's signing secret there as slack_signing_secret, as {page} says"
        return Verdict("the secret has nothing to check clicks by, so all are refused", todo)
    if not address:
        return Verdict("there is no address that takes clicks", "`poe-budget deploy` makes it")
    return Verdict(f"clicks go to {clean(address)}, which must stand in the Slack app ({page})")


def listeners(found: Sequence[Mapping[str, Any]], topic: str) -> Verdict:
    """Say who of SNS's subscriptions listens on the topic; the alarms go there alone."""
    pending = [one["Protocol"] for one in found if not is_confirmed(one)]
    confirmed = counted(len(found) - len(pending), "subscription")
    if pending:
        waiting = f"{len(pending):,} not ({listed(sorted(set(pending)))})"
        todo = "open the link in the mail that AWS has sent there; look into the spam too"
        return Verdict(f"{confirmed} confirmed, {waiting}", todo)
    if not found:
        todo = (
            f"`aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint "
            "YOUR_ADDRESS`, then open the link that AWS sends"
        )
        return Verdict("nobody listens on the topic, so nobody hears the alarms", todo)
    return Verdict(f"{confirmed} confirmed")


def config_of(source: str, mistakes: Sequence[str], stack: str) -> Verdict:
    """Say whether the newest config, as it is called in a sentence, is in force."""
    if not mistakes:
        return Verdict(f"{source} is in force")
    first, *others = mistakes
    more = f"; and {counted(len(others), 'mistake')} more" if others else ""
    todo = f"`poe-budget push FILE --stack {stack}` with a config that `poe-budget check FILE` finds in order"
    return Verdict(f"{source} cannot be used: {clean(first)}{more}", todo)


def schedule(found: Mapping[str, Any], page: str, interval: timedelta) -> Verdict:
    """Say whether the scheduler wakes the function, and as often as it takes it to be; `page` shows it."""
    every = counted(interval // MINUTE, "minute")
    if found["State"] != "ENABLED":
        return Verdict("it is disabled, so nothing wakes the function", f"enable it at {page}")
    if found["ScheduleExpression"] != f"rate({every})":
        words = f"it is {clean(found['ScheduleExpression'])}, and the function takes it for {every}"
        return Verdict(words, f"set it right at {page}")
    return Verdict(f"it is enabled, every {every.removeprefix('1 ')}")


def ticks(state: State, interval: timedelta, now: datetime, stack: str) -> Verdict:
    """Say whether the function ticks, and gets through."""
    logs = f"`poe-budget logs --stack {stack}` says why"
    ticked_at = state.ticked_at or state.completed_at
    if ticked_at is None:
        return Verdict("the function has not ticked yet", f"`poe-budget tick --stack {stack}` lets it tick")
    ago = f"{counted(max(now - ticked_at, timedelta(0)) // MINUTE, 'minute')} ago"
    if now - ticked_at > LATE_INTERVALS * interval + MINUTE:
        return Verdict(f"it was {ago}, which is late", logs)
    if state.completed_at is None:
        return Verdict(f"it was {ago}; the first reading goes on")
    lag = (now - state.completed_at) // MINUTE
    if lag > LATE_MINUTES:
        return Verdict(f"it was {ago}, and {counted(lag, 'minute')} ago everything was read last", logs)
    return Verdict(f"it was {ago}, and everything is read")


def alarms(found: Iterable[Mapping[str, Any]], stack: str) -> Verdict:
    """Say which of CloudWatch's alarms are on, or could not be heard."""
    known = {each["AlarmName"].removeprefix(f"{stack}/"): each for each in found}
    on = [name for name, each in known.items() if each["StateValue"] == "ALARM"]
    missing = [each for each in ALARMS if each not in known]
    silent = [name for name, each in known.items() if not each["ActionsEnabled"]]
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
    return Verdict(f"none of {len(known)} is on")


def monitor(seen: Health, stack: str) -> Verdict:
    """Say what the function itself says of how it is."""
    if seen.troubles:
        said = [_trouble(each) for each in seen.troubles]
        status = f"`poe-budget status --stack {stack}` says what to do about each"
        return Verdict("; ".join(said), status if said[1:] else clean(seen.troubles[0].advice) or status)
    if words := next(waiting(seen, "UTC"), None):
        return Verdict(words, f"`poe-budget test-alert --stack {stack}` says what each channel answers")
    return Verdict("it knows of no trouble, and no alert waits")


def _trouble(one: Trouble) -> str:
    whose = f"{quoted(one.account)}: " if one.account else ""
    return f"{whose}{clean(one.words)}, since {moment(one.since, 'UTC')}"

"""Each check by itself, where no transcript of the doctor shows it."""

from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.usage.state import State
from poe_budget.doctor import checks
from poe_budget.doctor.checks import Asked, Verdict, Webhook
from poe_budget.health import Health
from tests.cli.test_doctor import NEEDS
from tests.readme.pages import anchor, entries, page

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SLACK = "hooks.slack.com"
CLICKS = "https://x.on.aws/"


def clock(aws: float | None, poe: float | None) -> Verdict:
    """Check a clock that is ahead by so many minutes."""
    return checks.clock(*(None if ahead is None else ahead * MINUTE for ahead in (aws, poe)))


def ticks(ticked: float | None, completed: float | None, interval: int = 5) -> Verdict:
    """Check a function that has ticked, and got through, so many minutes ago."""
    ticked_at, completed_at = (None if ago is None else AT - ago * MINUTE for ago in (ticked, completed))
    state = State(started_at=AT, ticked_at=ticked_at, completed_at=completed_at)
    return checks.ticks(state, interval * MINUTE, AT, "watch")


def schedule(expression: str, minutes: int) -> Verdict:
    """Check a schedule of a function that takes its interval for so many minutes."""
    found = {"State": "ENABLED", "ScheduleExpression": expression}
    return checks.schedule(found, "https://page", minutes * MINUTE)


def alarms(state: str, *, sends: bool = True) -> Verdict:
    """Check the alarms of a stack, all well but the one for ticks that fail."""
    well = {"StateValue": "OK", "ActionsEnabled": True}
    found = {name: {"AlarmName": f"watch/{name}", **well} for name in checks.ALARMS}
    found["ticks-fail"] |= {"StateValue": state, "ActionsEnabled": sends}
    return checks.alarms(found.values(), "watch")


def webhook(host: str, path: str = "/services/T0/B0/x1", problem: str = "", name: str = "") -> Verdict:
    """Check a webhook beside another that is well."""
    other = Webhook("", "other.example", "/")
    return checks.webhooks((other, Webhook(name, host, path, problem)), "watch")


def keys(*asked: Asked) -> Verdict:
    """Check keys."""
    return checks.keys(asked, "put it there")


REFUSED = Asked("b", "Poe refused the API key", "a remedy", refused=True)
BUSY = Asked("b", "Poe is busy", "wait")
WELL = {
    "a clock within a minute": (clock(0.9, -0.9), "agrees with AWS's and Poe's"),
    "a clock that one has told": (clock(None, 0), "agrees with Poe's"),
    "a tick three intervals ago": (ticks(15, 15), "15 minutes ago, and everything is read"),
    "a first reading": (ticks(1, None), "the first reading goes on"),
    "a tick within an hour": (ticks(100, 40, interval=60), "everything is read"),
    "every minute": (schedule("rate(1 minute)", 1), "every minute"),
    "every hour": (schedule("rate(60 minutes)", 60), "every 60 minutes"),
    "alarms that know nothing yet": (alarms("INSUFFICIENT_DATA"), "none of 5"),
    "a webhook of Slack": (webhook(SLACK), "nothing was posted"),
    "a webhook of something like it": (
        webhook("chat.example", "/hooks/x"),
        "chat.example and other.example answer",
    ),
    "no webhook": (checks.webhooks((), "watch"), "do not go to Slack"),
    "menus": (checks.menus(CLICKS, wanted=True, signing=True), CLICKS),
    "several keys": (keys(Asked("a"), Asked("b")), "takes all 2"),
}
FINDINGS = {
    "a clock ahead": (clock(3, 3), "3 minutes ahead of AWS's", "set its clock"),
    "a clock behind": (clock(0, -1), "1 minute behind Poe's", "set its clock"),
    "no tick for long": (ticks(17, 17), "which is late", "poe-budget logs --stack watch"),
    "ticks that do not get through": (ticks(1, 61), "61 minutes ago everything was read", "poe-budget logs"),
    "another schedule": (schedule("rate(1 hour)", 5), "takes it for 5 minutes", "https://page"),
    "a silent alarm": (
        alarms("OK", sends=False),
        "switched off: ticks-fail",
        "enable-alarm-actions --alarm-names watch/ticks-fail",
    ),
    "half a webhook": (webhook(SLACK, "/services/T0"), "not whole", "slack.md#make-a-webhook"),
    "half a webhook of a channel": (webhook(SLACK, "/", name="ops"), "channel “ops” is not", "slack.md"),
    "menus that nothing checks": (
        checks.menus(CLICKS, wanted=True, signing=False),
        "so all are refused",
        "slack_signing_secret",
    ),
    "menus without an address": (
        checks.menus("", wanted=True, signing=True),
        "no address",
        "poe-budget deploy",
    ),
    "a webhook out of reach": (
        webhook(SLACK, problem="so"),
        "cannot be reached from here: so",
        "HTTPS_PROXY",
    ),
    "a key refused": (keys(Asked("a"), REFUSED, REFUSED), "“b” and 1 account more", "put it there"),
    "a Poe that is busy": (keys(BUSY), "Poe is busy", "wait"),
    "no version": (checks.versions("x"), "as its version", "name a stack"),
    "alerts that wait": (
        checks.monitor(Health(troubles=(), waiting=2, waiting_since=AT, listening=True), "watch"),
        "2 alerts wait for a channel, since 3 Nov 2026 12:00 (UTC)",
        "poe-budget test-alert --stack watch",
    ),
}


@pytest.mark.parametrize(("verdict", "words"), WELL.values(), ids=WELL)
def test_what_is_well(verdict: Verdict, words: str) -> None:
    """There is nothing to do."""
    assert words in verdict.words
    assert verdict.todo is None


@pytest.mark.parametrize(("verdict", "words", "todo"), FINDINGS.values(), ids=FINDINGS)
def test_what_is_not_well(verdict: Verdict, words: str, todo: str) -> None:
    """It is said in words, with what to do."""
    assert words in verdict.words
    assert todo in (verdict.todo or "")


def test_the_alarms_are_those_of_the_runbook() -> None:
    """Each that is on has its section there."""
    assert set(checks.ALARMS) == {anchor(heading) for heading in entries("Alarms", page("runbook"))}


def test_every_right_is_on_the_page() -> None:
    """Who gives somebody the rights for a visit finds all of them named."""
    assert [right for right in (*NEEDS, "dynamodb:Query") if f"`{right}`" not in page("command-line")] == []

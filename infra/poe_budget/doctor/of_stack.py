"""Looking at a deployed stack."""

import msgspec

from budget_alert.config.in_force import in_force
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.places import CONSOLES
from budget_alert.secret import Keyring, parse_secret
from budget_alert.usage.state import State
from poe_budget import stack as stacks
from poe_budget.doctor.looking import (
    Answers,
    NotSeenError,
    ask_poe,
    clocks_of,
    known,
    looked,
    sign_in,
    webhook_at,
)
from poe_budget.doctor.seen import (
    Alarm,
    Config,
    Listeners,
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
from poe_budget.function import Deployed, function_of
from poe_budget.health import Health, health_of, with_members
from poe_budget.past.history import now
from poe_budget.snapshot import Remembered, together_in
from poe_budget.stack import Stack, aws

SCHEDULE = "FunctionTick"
"""What SAM calls the schedule of the event `Tick` of the resource `Function`."""
_CONFIRMED = "arn:"
"""SNS puts a word in place of the ARN of a subscription that is none yet, or none any more."""


class Counted(msgspec.Struct, frozen=True):
    """What the function remembers: how far it has counted, the last good config, and how it is."""

    state: State | None
    config: str | None
    health: Health


def look_at(name: str) -> OfStack:
    """Look at all there is of a stack; raises NoStackError."""
    signed_in, ahead = sign_in()
    here = looked(lambda: _here(name, signed_in))
    stack = looked(lambda: stacks.found(known(here).name), "cloudformation:DescribeStacks")
    deployed = looked(lambda: function_of(known(stack)), "lambda:GetFunctionConfiguration")
    keyring = looked(lambda: _keyring(known(deployed)), "secretsmanager:GetSecretValue")
    asked = looked(lambda: _asked(known(keyring), known(deployed)))
    counted = looked(lambda: _counted(known(deployed), keyring), "dynamodb:GetItem and dynamodb:Query")
    return OfStack(
        name=name,
        signed_in=signed_in,
        release=looked(lambda: Release(known(stack).outputs.get("Version"))),
        clocks=clocks_of(ahead, asked),
        secret=keyring,
        keys=looked(lambda: known(asked)[0]),
        webhooks=looked(lambda: _webhooks(known(keyring))),
        menus=looked(lambda: _menus(known(keyring), known(deployed))),
        listeners=looked(lambda: _listeners(known(stack), known(deployed)), "sns:ListSubscriptionsByTopic"),
        config=looked(lambda: _config(known(deployed), counted), "ssm:GetParameter"),
        schedule=_schedule(stack, deployed),
        ticks=looked(lambda: _ticks(known(counted).state, known(deployed))),
        alarms=looked(lambda: _alarms(known(here)), "cloudwatch:DescribeAlarms"),
        health=looked(lambda: known(counted).health),
    )


def _here(name: str, signed_in: SignedIn) -> Stack:
    if signed_in.problem:
        raise NotSeenError("needs a sign-in to AWS, see above")
    return Stack(name, {}, stacks.begun())


def _asked(keyring: Keyring, deployed: Deployed) -> Answers:
    usable = {account: key for account, key in keyring.keys.items() if key}
    if not usable:
        raise NotSeenError("the secret holds no usable key")
    return ask_poe(usable, deployed.settings.poe_api_url)


def _keyring(deployed: Deployed) -> Keyring:
    return parse_secret(deployed.secret(), takes_clicks=deployed.settings.slack_actions)


def _webhooks(keyring: Keyring) -> tuple[Webhook, ...]:
    if not keyring.slack_url and not keyring.slack_known:
        raise NotSeenError("the secret does not say where it is")
    main = {"": keyring.slack_url} if keyring.slack_url else {}
    return tuple(webhook_at(name, url.reveal()) for name, url in {**main, **keyring.webhooks}.items())


def _menus(keyring: Keyring, deployed: Deployed) -> Menus:
    return Menus(deployed.settings.slack_actions, deployed.clicks, keyring.slack_signing is not None)


def _counted(deployed: Deployed, keyring: Seen[Keyring]) -> Counted:
    with deployed.reading():
        account = together_in(deployed) or ALONE
        members = keyring.accounts if account == TOGETHER and isinstance(keyring, Keyring) else ()
        health = with_members(_health(deployed, account), (_health(deployed, each) for each in members))
        ledger = deployed.ledger(account)
        return Counted(ledger.state(), ledger.memory().config, health)


def _health(deployed: Deployed, account: str) -> Health:
    ledger = deployed.ledger(account)
    remembered = Remembered(ledger.state() or State(started_at=now()), ledger.memory())
    return health_of(remembered, deployed.outbox(account), None if account in (ALONE, TOGETHER) else account)


def _listeners(stack: Stack, deployed: Deployed) -> Listeners:
    topic = deployed.settings.topic_arn
    pages = stack.client("sns").get_paginator("list_subscriptions_by_topic")
    with aws("list the subscriptions"):
        found = [one for page in pages.paginate(TopicArn=topic) for one in page["Subscriptions"]]
    pending = [one["Protocol"] for one in found if not one["SubscriptionArn"].startswith(_CONFIRMED)]
    return Listeners(topic, len(found) - len(pending), tuple(sorted(pending)))


def _config(deployed: Deployed, counted: Seen[Counted]) -> Config:
    newest = deployed.newest()
    last_good = None if isinstance(counted, Unseen) else counted.config
    mistakes = in_force(lambda: newest.text, last_good).mistakes
    return Config(deployed.words(newest.number), mistakes)


def _schedule(stack: Seen[Stack], deployed: Seen[Deployed]) -> Seen[Schedule]:
    name = looked(lambda: _name_of_schedule(known(stack)), "cloudformation:DescribeStackResources")
    return looked(lambda: _schedule_of(known(stack), known(name), known(deployed)), "scheduler:GetSchedule")


def _name_of_schedule(stack: Stack) -> str:
    with aws("describe the schedule"):
        (one,) = stack.client("cloudformation").describe_stack_resources(
            StackName=stack.name, LogicalResourceId=SCHEDULE
        )["StackResources"]
    return str(one["PhysicalResourceId"])


def _schedule_of(stack: Stack, name: str, deployed: Deployed) -> Schedule:
    with aws("describe the schedule"):
        one = stack.client("scheduler").get_schedule(Name=name)
    _, partition, _, region, *_ = deployed.settings.topic_arn.split(":")
    console = f"https://{region}.{CONSOLES.get(partition, CONSOLES['aws'])}"
    return Schedule(
        page=f"{console}/scheduler/home?region={region}#schedules/default/{name}",
        enabled=one["State"] == "ENABLED",
        expression=one["ScheduleExpression"],
        interval=deployed.settings.interval,
    )


def _ticks(state: State | None, deployed: Deployed) -> Ticks:
    return Ticks(
        ticked_at=state.ticked_at or state.completed_at if state else None,
        completed_at=state.completed_at if state else None,
        interval=deployed.settings.interval,
        now=now(),
    )


def _alarms(stack: Stack) -> tuple[Alarm, ...]:
    prefix = f"{stack.name}/"
    with aws("describe the alarms"):
        found = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
    return tuple(
        Alarm(one["AlarmName"].removeprefix(prefix), one["StateValue"], sends=one["ActionsEnabled"])
        for one in found
    )

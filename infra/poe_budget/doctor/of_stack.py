"""Looking at a deployed stack."""

from typing import TypeAlias

from budget_alert.config.reading import in_force
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.places import CONSOLES
from budget_alert.secret import Keyring
from budget_alert.usage.state import State
from poe_budget import stack as stacks
from poe_budget.doctor import checks
from poe_budget.doctor.checks import Check, Verdict, Webhook
from poe_budget.doctor.looking import (
    Answers,
    Seen,
    Unseen,
    ahead_of_poe,
    ask_poe,
    check,
    known,
    looked,
    sign_in,
    webhook_at,
)
from poe_budget.errors import OpsError
from poe_budget.function import Deployed, function_of
from poe_budget.health import Health, health_of, with_members
from poe_budget.past.history import now
from poe_budget.snapshot import Remembered, together_in
from poe_budget.stack import Stack, aws

SCHEDULE = "FunctionTick"
"""What SAM calls the schedule of the event `Tick` of the resource `Function`."""


Counted: TypeAlias = tuple[Remembered, Health]
"""What the function remembers, and how it is."""


def of_stack(name: str) -> tuple[Check, ...]:
    """Check all there is of a stack; raises NoStackError."""
    signed_in, ahead = sign_in()
    here = looked(lambda: _here(name, signed_in))
    stack = looked(lambda: stacks.found(known(here).name), "cloudformation:DescribeStacks")
    deployed = looked(lambda: function_of(known(stack)), "lambda:GetFunctionConfiguration")
    keyring = looked(lambda: known(deployed).keyring(), "secretsmanager:GetSecretValue")
    asked = looked(lambda: _asked(known(keyring), known(deployed)))
    counted = looked(lambda: _counted(known(deployed), keyring), "dynamodb:GetItem and dynamodb:Query")
    schedule = looked(lambda: _name_of_schedule(known(stack)), "cloudformation:DescribeStackResources")
    new_key = f"put it into the secret ({checks.ROTATION})"
    return (
        check("AWS", lambda: signed_in),
        check("Versions", lambda: checks.versions(known(stack).outputs.get("Version"))),
        check("Clock", lambda: checks.clock(ahead, ahead_of_poe(asked))),
        check("Secret", lambda: checks.secret_of(known(keyring))),
        check("Poe API key", lambda: checks.keys(known(asked)[0], new_key)),
        check("Webhook", lambda: checks.webhooks(_webhooks(known(keyring)), name)),
        check("Menus", lambda: _menus(known(keyring), known(deployed))),
        check(
            "Subscriptions", lambda: _listeners(known(stack), known(deployed)), "sns:ListSubscriptionsByTopic"
        ),
        check("Config", lambda: _config(known(deployed), counted), "ssm:GetParameter"),
        check(
            "Schedule",
            lambda: _schedule(known(stack), known(schedule), known(deployed)),
            "scheduler:GetSchedule",
        ),
        check("Last tick", lambda: _ticks(known(counted)[0].state, known(deployed))),
        check("Alarms", lambda: _alarms(known(here)), "cloudwatch:DescribeAlarms"),
        check("Monitor", lambda: checks.monitor(known(counted)[1], name)),
    )


def _here(name: str, signed_in: Verdict) -> Stack:
    if signed_in.todo:
        raise OpsError("needs a sign-in to AWS, see above")
    return Stack(name, {}, stacks.begun())


def _asked(keyring: Keyring, deployed: Deployed) -> Answers:
    usable = {account: key for account, key in keyring.keys.items() if key}
    if not usable:
        raise OpsError("the secret holds no usable key")
    return ask_poe(usable, deployed.settings.poe_api_url)


def _webhooks(keyring: Keyring) -> tuple[Webhook, ...]:
    if not keyring.slack_url and not keyring.slack_known:
        raise OpsError("the secret does not say where it is")
    main = {"": keyring.slack_url} if keyring.slack_url else {}
    return tuple(webhook_at(name, url.reveal()) for name, url in {**main, **keyring.webhooks}.items())


def _menus(keyring: Keyring, deployed: Deployed) -> Verdict:
    wanted, signing = deployed.settings.slack_actions, keyring.slack_signing is not None
    return checks.menus(deployed.clicks, wanted=wanted, signing=signing)


def _counted(deployed: Deployed, keyring: Seen[Keyring]) -> Counted:
    with deployed.reading():
        account = together_in(deployed) or ALONE
        members = keyring.accounts if account == TOGETHER and isinstance(keyring, Keyring) else ()
        remembered = _remembered(deployed, account)
        own = health_of(remembered, deployed.outbox(account))
        each = (health_of(_remembered(deployed, one), deployed.outbox(one), one) for one in members)
        return remembered, with_members(own, each)


def _remembered(deployed: Deployed, account: str) -> Remembered:
    ledger = deployed.ledger(account)
    return Remembered(ledger.state() or State(started_at=now()), ledger.memory())


def _listeners(stack: Stack, deployed: Deployed) -> Verdict:
    topic = deployed.settings.topic_arn
    return checks.listeners(stack.subscriptions(topic), topic)


def _config(deployed: Deployed, counted: Seen[Counted]) -> Verdict:
    newest = deployed.newest()
    last_good = None if isinstance(counted, Unseen) else counted[0].memory.config
    mistakes = in_force(lambda: newest.text, last_good).mistakes
    return checks.config_of(deployed.words(newest.number), mistakes, deployed.name)


def _name_of_schedule(stack: Stack) -> str:
    with aws("describe the schedule"):
        (one,) = stack.client("cloudformation").describe_stack_resources(
            StackName=stack.name, LogicalResourceId=SCHEDULE
        )["StackResources"]
    return str(one["PhysicalResourceId"])


def _schedule(stack: Stack, name: str, deployed: Deployed) -> Verdict:
    with aws("describe the schedule"):
        found = stack.client("scheduler").get_schedule(Name=name)
    _, partition, _, region, *_ = deployed.settings.topic_arn.split(":")
    console = f"https://{region}.{CONSOLES.get(partition, CONSOLES['aws'])}"
    page = f"{console}/scheduler/home?region={region}#schedules/default/{name}"
    return checks.schedule(found, page, deployed.settings.interval)


def _ticks(state: State, deployed: Deployed) -> Verdict:
    return checks.ticks(state, deployed.settings.interval, now(), deployed.name)


def _alarms(stack: Stack) -> Verdict:
    with aws("describe the alarms"):
        found = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack.name}/")
    return checks.alarms(found["MetricAlarms"], stack.name)

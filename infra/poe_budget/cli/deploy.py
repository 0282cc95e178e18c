"""`poe-budget deploy`: the stack made or upgraded, tried out, and what is left for the person to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from budget_alert.alerts import Severity
from budget_alert.identity import ALONE
from budget_alert.messages.wording import name
from poe_budget import function, stack as stacks
from poe_budget.cli.answers import Answers, first_answers, remember, with_signing
from poe_budget.cli.check import candidate
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ
from poe_budget.cli.options import FINDING, stack_option, to_aws, zone_option
from poe_budget.cli.test_alert import lines as of_the_test, tried
from poe_budget.cli.tick import words_of
from poe_budget.deployment import parameters as of, sam
from poe_budget.deployment.sam import Sam
from poe_budget.deployment.site import FAILED_FIRST, GONE, REVIEWED, STUCK, WELL, Site, in_words
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.function import Deployed
from poe_budget.output import is_answered, note, notes, progress, say, say_wrapped
from poe_budget.snapshot import seen
from poe_budget.stack import Stack, is_confirmed, outputs_of
from poe_budget.standing import budgets_of
from poe_budget.versions import OWN, refuse_downgrade

_NAME = re.compile(r"(?!aws|ssm)[a-z][a-z0-9-]{0,127}", re.IGNORECASE)


@click.command(cls=Command, example="poe-budget deploy --mail you@example.com")
@stack_option(default="poe-budget", show_default=True, help="The name of the stack to make or to upgrade.")
@to_aws
@click.option("--mail", metavar="ADDRESS", help="Where alerts are mailed.")
@zone_option(help="Where days and months begin at midnight.")
@click.option(
    "--budgets", type=READ, metavar="FILE", help="A config to put in force, in place of suggested limits."
)
@click.option(
    "--parameter",
    "pairs",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter of the template; any number.",
)
@click.option(
    "--parameter-file",
    type=READ,
    metavar="FILE",
    help="The same from a file, `Name: value` a line, in YAML or JSON; also PoeApiKey and other secrets.",
)
@click.option("--yes", is_flag=True, help="Ask nothing; what is needed and not given is named in an error.")
def command(  # noqa: PLR0913 - one for each option
    *,
    stack: str,
    mail: str | None,
    zone: str | None,
    budgets: Path | None,
    pairs: tuple[str, ...],
    parameter_file: Path | None,
    yes: bool,
) -> int:
    """Deploy the monitor to AWS, or upgrade it.

    A first time it asks for the key, and who is to hear of alerts, unless POE_API_KEY, SLACK_WEBHOOK_URL and
    the options say so. It suggests limits from your last 30 days, builds, shows what AWS would change, asks,
    deploys, lets the function run once and sends a test. Another time what you leave out stays as it is.
    """
    if not _NAME.fullmatch(stack):
        kept = "a letter first, and not aws or ssm, which AWS keeps for itself"
        raise WrongUseError(f"no stack can be called {stack!r}: take letters, digits and hyphens, {kept}")
    if not yes and not is_answered():
        raise WrongUseError(
            "there is nobody to ask: add --yes, and give what is needed as options (see --help)"
        )
    file = of.from_file(parameter_file) if parameter_file else {}
    options = {of.MAIL: mail, of.ZONE: zone}
    given = {**file, **of.from_options(pairs), **{key: value for key, value in options.items() if value}}
    config = candidate(budgets, as_json=False).text if budgets else None
    return _deploy(Site(Stack(stack, {}, stacks.begun())), of.checked(given), config, yes=yes)


def _deploy(site: Site, given: of.Values, config: str | None, *, yes: bool) -> int:
    cli = sam.find()
    with _if_stopped("Nothing is changed."):
        values, config = _answers(site, with_signing(given, yes=yes), config, yes=yes)
        with TemporaryDirectory(prefix="poe-budget-") as folder, site.proposing():
            change_set = _proposed(cli, site, Path(folder), values)
            if change_set and not _agreed(site, change_set, yes=yes):
                note("Nothing is changed.")
                return FINDING
            if change_set:
                site.execute(change_set)
    again = f"`poe-budget deploy --stack {site.name}`"
    with _if_stopped(
        f"AWS goes on with it. {again} waits for its end and goes on from there; "
        f"`poe-budget destroy --stack {site.name}` takes it away again."
    ):
        _put(site, config)
        if change_set:
            _finish(site)
        else:
            say(f"Nothing changes in the stack {site.name}.")
    with _if_stopped(f"The stack is deployed. {again} goes on with the first tick and the test."):
        return _try_out(function.deployed(site.name), site)


@contextmanager
def _if_stopped(words: str) -> Iterator[None]:
    """Say how things stand where the person stops the command."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        note(f"\n{words}")
        raise


def _answers(site: Site, given: of.Values, config: str | None, *, yes: bool) -> Answers:
    """Give what to deploy with: of a stack that is there, what is not given stays as it is."""
    if _is_new(site):
        kept = function.config_in(site.stack, site.parameter)
        if kept and config is None:
            notes([f"the config in {site.parameter} stays in force, for an earlier stack has left it"])
        return first_answers(given, config, limited=bool(config or kept), yes=yes)
    outputs = outputs_of(site.stack.described())
    if "FunctionName" not in outputs:
        raise WrongUseError(f"the stack {site.name} is not of this project: name another with --stack")
    refuse_downgrade(outputs.get("Version"), OWN)
    remember(given)
    return _with_the_rest(site, given), config


def _with_the_rest(site: Site, given: of.Values) -> of.Values:
    """Give beside a new part of the stack's own secret what else is there: a deployment writes all of it.

    Who rotated a key by hand would have the old one back. Raises WrongUseError where the secret holds more
    than the template writes.
    """
    if not any(given.get(name) for name in of.IN_SECRET):
        return given
    if {**site.parameters(), **given}.get(of.SECRET):
        return given
    keyring = function.deployed(site.name).keyring()
    if keyring.several or keyring.webhooks:
        raise WrongUseError(
            "the stack's secret holds accounts or slack_webhooks, which a deployment with a new key, webhook "
            f"or signing secret would write over: put it in there by hand, and name it as {of.SECRET}"
        )
    parts = (keyring.keys.get(ALONE), keyring.slack_url, keyring.slack_signing)
    there = {name: part.reveal() for name, part in zip(of.IN_SECRET, parts, strict=True) if part}
    remember(there)
    return {**there, **given}


def _is_new(site: Site) -> bool:
    """Tell whether there is no stack to upgrade, once AWS is through with it.

    The rest of a creation that failed is deleted. Raises OpsError where AWS takes no more orders.
    """
    status = site.status()
    if status.endswith("_IN_PROGRESS") and status != REVIEWED:
        note(f"AWS is at work on {site.name} ({status}); waiting for it.")
        status = site.settled()
    if status in FAILED_FIRST:
        note(f"An earlier try has failed ({status}: {site.reasons()}); its rest is deleted first.")
        site.delete()
        status = site.settled()
    if status == STUCK or status in FAILED_FIRST:
        advice = (
            f"see `aws cloudformation describe-stack-events --stack-name {site.name}`, and mend that first"
        )
        raise OpsError(
            f"AWS can neither change nor delete {site.name} ({status}: {site.reasons()}): {advice}"
        )
    return status in (GONE, REVIEWED)


def _put(site: Site, config: str | None) -> None:
    """Put a config in force before the function runs first: so that its first message goes by it."""
    if config is None:
        return
    kept = function.config_in(site.stack, site.parameter)
    if kept is None or kept.text != config:
        version = function.put_config(site.stack, site.parameter, config)
        say(f"Version {version} of {site.parameter} holds your limits.")


def _proposed(cli: Sam, site: Site, folder: Path, values: of.Values) -> str | None:
    with progress("Building"):
        sam.lay_out(folder)
        cli.build(folder)
    with progress("Asking AWS what would change"):
        return cli.propose(folder, site.name, site.region, values)


def _agreed(site: Site, change_set: str, *, yes: bool) -> bool:
    account = change_set.split(":")[4]
    say_wrapped(f"\nThe stack {site.name} in the AWS account {account}, region {site.region}:")
    for line in in_words(site.changes(change_set)):
        say_wrapped(f"- {line}")
    return yes or click.confirm("Deploy it?", default=True, err=True)


def _finish(site: Site) -> None:
    """Wait until AWS is through; raises OpsError where it has failed."""
    with progress("Deploying, which takes some minutes the first time"):
        status = site.settled()
    if status not in WELL:
        again = "AWS has put back what was before; mend that, then run the same command again"
        raise OpsError(f"the stack {site.name} could not be deployed ({status}): {site.reasons()}; {again}")
    say(f"The stack {site.name} is deployed.")


def _try_out(deployed: Deployed, site: Site) -> int:
    """Let the function tick, send a test, and say what is left to do."""
    with progress("The first tick"):
        done = deployed.invoke({})
    for line in words_of(done.tick) if done.tick else [f"The tick failed with {done.error}"]:
        say_wrapped(line)
    for line in _standing(deployed):
        say_wrapped(line)
    heard = _test(deployed)
    say("\nLeft for you:")
    for line in _left(deployed, site):
        say_wrapped(f"- {line}")
    return 0 if done.tick and heard else FINDING


def _test(deployed: Deployed) -> bool:
    """Send a test, say what each channel answered, and tell whether that is well."""
    try:
        test = tried(deployed, Severity.INFO)
    except OpsError as error:
        say_wrapped(f"No test was sent: {error}.")
        return False
    for line in of_the_test(test):
        say_wrapped(line)
    return test.well


def _standing(deployed: Deployed) -> Iterator[str]:
    """Say where every budget stands, as far as something is counted."""
    found = seen(deployed.name)
    if found.known.state.version and found.in_force.config:
        for budget in budgets_of(found.evaluation(found.in_force.config, ask_poe=None)):
            yield f"{name(budget.name)}: {budget.words[0]}."


def _left(deployed: Deployed, site: Site) -> Iterator[str]:
    for one in site.stack.subscriptions(deployed.settings.topic_arn):
        if one["Protocol"] == "email" and not is_confirmed(one):
            address = name(one["Endpoint"], 254)
            yield f"Confirm the mail that AWS has sent to {address}: until then no alert is mailed there."
    yield "See the test message where your alerts go."
    if deployed.clicks:
        yield (
            f"For the menus on alerts, make {deployed.clicks} the Request URL of your Slack app, under "
            "Interactivity & Shortcuts, if it is not yet."
        )
    parameter, stack = deployed.settings.budgets_parameter, deployed.name
    push = f"poe-budget push budgets.toml --stack {stack}"
    if deployed.newest().number is None:
        yield f"Set limits of your own: `poe-budget suggest > budgets.toml`, then `{push}`."
    else:
        read = f"aws ssm get-parameter --name {parameter} --query Parameter.Value --output text"
        yield f"To change a limit: `{read} > budgets.toml`, edit it, `{push}`."
    yield f"Later, `poe-budget status --stack {stack}` shows where everything stands."

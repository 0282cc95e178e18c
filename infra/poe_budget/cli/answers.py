"""What a first deployment has to know: given, guessed and confirmed, or asked for."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import click

from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError
from poe_budget.cli.backtest import ticking
from poe_budget.cli.options import Source, zone
from poe_budget.cli.suggest import comment
from poe_budget.deployment import parameters as of
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.output import notes, say
from poe_budget.suggest.search import Suggestion, suggest

WANTED = 2.0
"""Alerts a month, as `poe-budget suggest` has it."""
_LEAST_POINTS = 100
"""The template's."""
_ENVIRONMENT = {
    of.KEY: "POE_API_KEY",
    of.SLACK: "SLACK_WEBHOOK_URL",
    of.SIGNING: "SLACK_SIGNING_SECRET",
    of.POE_URL: "POE_API_URL",
}
_PAGE = "https://poe.com/api_key"


Answers: TypeAlias = tuple[of.Values, str | None]
"""The parameters to deploy with, and the text of the config to put in force, if there is one."""
_LINK, _FILE = Path("/etc/localtime"), Path("/etc/timezone")
"""Where a machine says its time zone."""


def first_answers(given: of.Values, config: str | None, *, limited: bool, yes: bool) -> Answers:
    """Find out what a first deployment needs; with `yes` nobody is asked.

    There may be a `config` to put in force; `limited` says that limits are not to be asked for.

    Raises WrongUseError where something is missing, and what reading the history raises.
    """
    values = {**_of_environment(given), **given}
    if not values.get(of.KEY) and not values.get(of.SECRET):
        values[of.KEY] = _key(yes=yes)
    if not values.get(of.SECRET):
        values |= _channels(values, yes=yes)
    if of.ZONE not in values:
        values[of.ZONE] = _zone(yes=yes)
    of.checked(values)
    remember(values)
    if limited or of.POINTS in values:
        return values, config
    points, config = _limits(values[of.ZONE], yes=yes)
    return {**values, of.POINTS: str(points)}, config


def with_signing(values: of.Values, *, yes: bool) -> of.Values:
    """Add by what clicks are known to be Slack's, where they are wanted and no own secret is named."""
    if values.get(of.CLICKS) != "true" or values.get(of.SIGNING) or values.get(of.SECRET):
        return values
    found = os.environ.get(_ENVIRONMENT[of.SIGNING], "").strip()
    if not found and not yes:
        words = "Signing secret of the Slack app (nothing is shown; empty if the stack has it already)"
        found = _asked(of.SIGNING, words, "", hidden=True)
    return {**values, of.SIGNING: found} if found else values


def remember(values: of.Values) -> None:
    """Let the environment hold what it could have held: what is said of a failure holds no secret of it."""
    os.environ.update({name: values[key] for key, name in _ENVIRONMENT.items() if values.get(key)})


def _of_environment(given: of.Values) -> of.Values:
    """Give what the environment says; who names a secret has key and webhook in there."""
    names = [] if given.get(of.SECRET) else [of.KEY, of.SLACK]
    found = {key: os.environ.get(_ENVIRONMENT[key], "").strip() for key in names}
    return {key: value for key, value in found.items() if value}


def _key(*, yes: bool) -> str:
    if yes:
        raise WrongUseError(
            f"a first deployment needs a key: set POE_API_KEY to one from {_PAGE}, or name {of.SECRET} with "
            "--parameter"
        )
    return _asked(of.KEY, f"Poe API key, from {_PAGE} (nothing is shown)", hidden=True)


def _channels(values: of.Values, *, yes: bool) -> of.Values:
    """Give who is to hear of alerts, Slack or somebody by mail or both."""
    found = dict(values)
    while not found.get(of.SLACK) and not found.get(of.MAIL):
        if yes:
            raise WrongUseError("nobody would hear of alerts: give --mail, or set SLACK_WEBHOOK_URL, or both")
        hook = "Slack webhook, https://hooks.slack.com/… (nothing is shown; empty for none)"
        found[of.SLACK] = _asked(of.SLACK, hook, "", hidden=True)
        mail = "Address to mail alerts to" + (" (empty for none)" if found[of.SLACK] else "")
        found[of.MAIL] = _asked(of.MAIL, mail, "")
    return found


def _zone(*, yes: bool) -> str:
    found = guessed(os.environ)
    if yes:
        notes([f"days and months begin by this machine's zone, {found}; --zone names another"])
        return found
    answer: str = click.prompt("Time zone in which days begin", default=found, value_proc=zone, err=True)
    return answer


def guessed(environ: Mapping[str, str], link: Path = _LINK, file: Path = _FILE) -> str:
    """Give the IANA name of the machine's zone, UTC where it has none that the function knows."""
    return next(filter(_is_known, _candidates(environ, link, file)), "UTC")


def _candidates(environ: Mapping[str, str], link: Path, file: Path) -> Iterator[str]:
    yield environ.get("TZ", "").removeprefix(":")
    yield str(link.resolve()).rpartition("zoneinfo/")[2]
    if file.is_file():
        yield file.read_text("utf-8", errors="replace").strip()


def _is_known(name: str) -> bool:
    try:
        return bool(time_zone(name))
    except ConfigError:
        return False


def _limits(zone: str, *, yes: bool) -> tuple[int, str | None]:
    """Give the points of a month, and a config where the last 30 days suggest one."""
    usual, found = int(of.declared()[of.POINTS].default), _suggested(zone)
    if found is None:
        notes(
            [f"nothing to suggest limits by, so the first budget is {usual:,} points a month"] if yes else ()
        )
        return usual if yes else _points(usual), None
    month, text = max(found.proposal.month, _LEAST_POINTS), found.proposal.text(comment(found))
    say(f"\n{text}")
    if yes or click.confirm("Begin with these limits?", default=True, err=True):
        return month, text
    return _points(month), None


def _points(usual: int) -> int:
    return int(_asked(of.POINTS, "Points a month", str(usual)))


def _suggested(zone: str) -> Suggestion | None:
    """Suggest limits from what the account has used; None, with a note, where that cannot be."""
    if not os.environ.get("POE_API_KEY"):
        return None
    history = Source(None, None, None).history()
    try:
        with ticking("Trying limits", history.start, history.end) as ticked:
            found = suggest(history, WANTED, zone, ticked=ticked)
    except OpsError as error:
        notes([str(error)])
        return None
    notes(found.cautions())
    return found


def _asked(name: str, words: str, default: str | None = None, *, hidden: bool = False) -> str:
    """Ask for a parameter until the template takes the answer."""

    def taken(value: str) -> str:
        if fault := of.declared()[name].fault(value.strip()):
            raise click.UsageError(f"It {fault}.")
        return value.strip()

    answer: str = click.prompt(
        words, default=default, hide_input=hidden, show_default=bool(default), value_proc=taken, err=True
    )
    return answer

"""`poe-budget demo`: the real function over a simulated month, or one tick against the real API.

`make -C infra demo` runs it. AWS stays inside this process either way.
"""

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from budget_alert.errors import BudgetAlertError
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ
from poe_budget.drawing import mail_panel, slack_panel
from poe_budget.errors import OpsError
from standins.history import Lateness, month
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import SlackReceiver
from standins.ticking import SimulatedClock, quiet, real_tick, simulated_tick

if TYPE_CHECKING:
    from standins.local_aws import LocalAws

# In a wheel the example lies in the package, in a clone beside it.
BUDGETS = next(filter(Path.exists, (folder / "budgets.toml" for folder in Path(__file__).parents[1:3])))
DAYS, MOST_DAYS = 6, 22
_POE = "https://api.poe.com"
_SECONDS = 55.0
_MONTH = datetime(2026, 10, 1, tzinfo=UTC)
# Nine quiet days are there for the first tick to read; the busiest of the month come right after them.
_FIRST_TICK = _MONTH + timedelta(days=9)
_INTERVAL = timedelta(hours=1)
_LATE = Lateness(rows=0.03, costs=0.05)
_KEY = "simulated-key"


@click.command(cls=Command, example="poe-budget demo --days 2")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True, help="Simulated days."
)
@click.option("--budgets", type=READ, default=BUDGETS, help="The config, in place of the example.")
def command(*, days: int, budgets: Path) -> int:
    """Run the function over some simulated days, or once for real.

    With POE_API_KEY set it ticks once against Poe, and alerts Slack where SLACK_WEBHOOK_URL is set too; AWS
    is a stand-in within this process either way.
    """
    console = Console(highlight=False)
    quiet()
    try:
        text = budgets.read_text(encoding="utf-8")
        if os.environ.get("POE_API_KEY"):
            return ask_poe(console, text, os.environ)
        return replay(console, text, days)
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(f"{budgets} cannot be read: {error}") from error
    except BudgetAlertError as error:
        console.print(f"The tick failed: {error}", style="bold red", markup=False)
        return 1


def ask_poe(console: Console, budgets: str, environ: Mapping[str, str]) -> int:
    """Tick once with the key and the webhook of `environ`, and show the mail that says where budgets stand.

    Return 0 where the alerts were sent, else 1. Raises what a tick raises; nothing shows the key.
    """
    secret = {
        "poe_api_key": environ["POE_API_KEY"],
        "slack_webhook_url": environ.get("SLACK_WEBHOOK_URL", ""),
    }
    url = environ.get("POE_API_URL") or _POE
    with _local_aws(secret, budgets, url) as aws:
        console.print(f"One tick against {url}, with AWS inside this process …")
        try:
            answer = real_tick(_SECONDS)
        finally:
            # A tick that fails has said why.
            _Arrivals(console, aws).show("What the tick sent")
    sent, pending = answer["alerts"]["sent"], answer["alerts"]["pending"]
    console.print(
        f"{answer['points']:,} points in {answer['entries']:,} entries on {answer['pages']:,} pages, "
        f"{'all that Poe keeps' if answer['complete'] else 'at least: there was no time to read the rest'}; "
        f"{sent} alerts sent, {pending} pending."
    )
    return 0 if sent and not pending else 1


def replay(console: Console, budgets: str, days: int) -> int:
    """Tick every hour for so many simulated days, and show what is sent.

    Return 0 where the points counted equal the history's and every alert was sent, else 1. Raises what
    a tick raises.
    """
    history, clock, slack = month(_MONTH, lateness=_LATE), SimulatedClock(_FIRST_TICK), SlackReceiver()
    poe = SimulatedPoe(history.rows, clock=clock, keys=[_KEY])
    ticks, sent, pending = days * 24 + 1, 0, 0
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("ticks")
    with poe.serve() as poe_url, slack.serve() as webhook:
        secret = {"poe_api_key": _KEY, "slack_webhook_url": webhook}
        with (
            _local_aws(secret, budgets, poe_url) as aws,
            Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ):
            console.print(
                f"A month of real LLM usage made into a Poe history, thinned: {history.thinned}. "
                f"{history.late_rows} rows show up late, {history.late_costs} get their cost late. "
                f"The real function ticks every hour for {days} simulated days; Poe, Slack and AWS are "
                "stand-ins on this machine."
            )
            arrivals, task = _Arrivals(console, aws, slack), progress.add_task("", total=ticks)
            for number in range(ticks):
                clock.now = _FIRST_TICK + number * _INTERVAL
                moment = f"{clock.now:%d %b %Y %H:%M} UTC"
                alerts = simulated_tick(clock)["alerts"]
                sent, pending = sent + alerts["sent"], alerts["pending"]
                arrivals.show(moment)
                progress.update(task, advance=1, description=moment)
            counted = aws.counted()
    points, entries = poe.total(), poe.entries()
    equal = counted == (points, entries)
    good = equal and sent > 0 and pending == 0
    same = "as many as" if equal else f"BUT {points:,} in {entries:,} entries are"
    console.print(
        f"{ticks} ticks counted {counted[0]:,} points in {counted[1]:,} entries, {same} in the "
        f"history; {sent} alerts sent, {pending} pending.",
        style="bold green" if good else "bold red",
    )
    return 0 if good else 1


def _local_aws(secret: Mapping[str, str], budgets: str, poe_url: str) -> AbstractContextManager["LocalAws"]:
    """Put AWS inside this process. Raises OpsError where the extra that this takes is not installed."""
    try:
        # Only here: the extra is large, and the rest of the program does without.
        from standins.local_aws import local_aws  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        what = with_extra(distribution("poe-budget-alert").read_text("direct_url.json"))
        raise OpsError(
            f"the demo needs {error.name}, an extra; run uvx --from '{what}' poe-budget demo, or "
            f"install it with pip install '{what}' or pipx install --force '{what}'"
        ) from error
    return local_aws(secret=secret, budgets=budgets, poe_url=poe_url)


def with_extra(origin: str | None) -> str:
    """Name this package with its extra, as pip takes it, from where it was installed.

    `origin` is what pip recorded of an address, None where it came from an index:
    https://packaging.python.org/en/latest/specifications/direct-url/.
    """
    if origin is None:
        return "poe-budget-alert[demo]"
    found = json.loads(origin)
    vcs, url = found.get("vcs_info"), found["url"]
    place = f"{vcs['vcs']}+{url}@{vcs['commit_id']}" if vcs else url
    return f"poe-budget-alert[demo] @ {place}"


class _Arrivals:
    """Shows each message that the Slack receiver took or the topic mailed once, in their order."""

    def __init__(self, console: Console, aws: "LocalAws", slack: SlackReceiver | None = None) -> None:
        self._console = console
        self._aws = aws
        self._slack = slack
        self._messages = 0
        self._mails = 0

    def show(self, moment: str) -> None:
        """Show what has arrived since the last call, under the words that name the moment."""
        payloads = self._slack.payloads[self._messages :] if self._slack else []
        mails = self._aws.mails()[self._mails :]
        panels = [slack_panel(payload) for payload in payloads]
        panels += [mail_panel(mail.subject, mail.text) for mail in mails]
        if panels:
            self._console.rule(moment, align="left")
        for panel in panels:
            self._console.print(panel)
        self._messages += len(payloads)
        self._mails += len(mails)

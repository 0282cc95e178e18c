"""`poe-budget demo`: what `make -C infra demo` runs."""

from pathlib import Path

import click

from poe_budget import demo
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ


@click.command(cls=Command, example="poe-budget demo --days 2")
@click.option(
    "--days",
    type=click.IntRange(1, demo.MOST_DAYS),
    default=demo.DAYS,
    show_default=True,
    help="Simulated days.",
)
@click.option(
    "--budgets",
    type=READ,
    help="The config, in place of the example.",
)
def command(*, days: int, budgets: Path | None) -> int:
    """Run the function over some simulated days, or once for real.

    With POE_API_KEY set it ticks once against Poe, and tells Slack where SLACK_WEBHOOK_URL is set too; AWS is
    a stand-in within this process either way.
    """
    given = {"--days": days, "--budgets": budgets}
    return demo.main([str(word) for option in given.items() if option[1] is not None for word in option])

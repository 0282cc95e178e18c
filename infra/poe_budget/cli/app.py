"""The program `poe-budget`: its commands, and its exit status.

0 for well, 1 for a finding or a failure, 2 for wrong use.
"""

import os
import sys
from collections.abc import Sequence

import click

from poe_budget.cli.command import DEBUG, Program
from poe_budget.errors import line_of, status_of, traceback_of
from poe_budget.output import make_readable

INTERRUPTED = 130
"""128 and SIGINT's number, as shells have it."""
SUMMARIES = {
    "check": "Find every mistake in a config, or say what it means.",
    "backtest": "Show what a config would have sent you.",
    "suggest": "Suggest budgets for as many alerts as you want.",
    "save": "Save the usage history to a file.",
    "export": "Give usage by day, bot, type and key, for a spreadsheet.",
    "preview": "Show every kind of message.",
    "deploy": "Deploy the monitor to AWS, or upgrade it.",
    "status": "Show where every budget stands, and how the monitor is.",
    "explain": "Show why a rule of a deployed stack alerted, or did not.",
    "diff": "Show what another config would change in a deployed stack.",
    "push": "Put a config in force in a deployed stack.",
    "rollback": "Put an earlier config in force again.",
    "snooze": "Silence a rule of a deployed stack for a while.",
    "test-alert": "Send a test message through a deployed stack's own channels.",
    "tick": "Let the function of a deployed stack run now.",
    "logs": "Show the last ticks of a deployed stack.",
    "doctor": "Say in a line each what is well, and what to do about the rest.",
    "destroy": "Take a deployed stack away again.",
    "demo": "Run the function over some simulated days, or once for real.",
}
HELP = """Look after the budget alert for Poe points.

History comes from Poe (with POE_API_KEY set), from a deployed stack's table (--stack, or POE_BUDGET_STACK),
or from a file saved earlier (--file).
"""
EPILOG = """\b
Completion in the shell, for bash (or zsh, or fish):
  eval "$(_POE_BUDGET_COMPLETE=bash_source poe-budget)"
"""

program = Program("poe-budget", "poe_budget.cli", SUMMARIES, help=HELP, epilog=EPILOG)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; what failed is one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    make_readable()
    try:
        return program.main(given, prog_name="poe-budget", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever failed, its reader gets a line and no traceback
        if DEBUG in given:
            click.echo(traceback_of(error, os.environ), file=sys.stderr)
        click.echo(line_of(error, os.environ), file=sys.stderr)
        return status_of(error)


if __name__ == "__main__":
    sys.exit(main())

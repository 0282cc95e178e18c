"""One tick against the real API: where the budgets stand."""

from collections.abc import Mapping

from rich.console import Console

from poe_budget.arrivals import Arrivals
from standins.local_aws import local_aws
from standins.ticking import real_tick

_POE = "https://api.poe.com"
_SECONDS = 55.0


def ask_poe(console: Console, budgets: str, environ: Mapping[str, str]) -> int:
    """Tick once with the key and the webhook of `environ`, and show the mail that says where budgets stand.

    Return 0 where the alerts were told, else 1. Raises what a tick raises; nothing shows the key.
    """
    secret = {
        "poe_api_key": environ["POE_API_KEY"],
        "slack_webhook_url": environ.get("SLACK_WEBHOOK_URL", ""),
    }
    url = environ.get("POE_API_URL") or _POE
    with local_aws(secret=secret, budgets=budgets, poe_url=url) as aws:
        console.print(f"One tick against {url}, with AWS inside this process …")
        try:
            answer = real_tick(_SECONDS)
        finally:
            # A tick that fails has told why.
            Arrivals(console, aws).show("What the tick told")
    told, pending = answer["alerts"]["sent"], answer["alerts"]["pending"]
    console.print(
        f"{answer['points']:,} points in {answer['entries']:,} entries on {answer['pages']:,} pages, "
        f"{'all that Poe keeps' if answer['complete'] else 'at least: there was no time to read the rest'}; "
        f"{told} alerts told, {pending} pending."
    )
    return 0 if told and not pending else 1

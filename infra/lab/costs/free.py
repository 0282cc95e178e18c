"""What AWS gives every account, every month, for ever; its offers for new accounts are not among it.

The same pages say so that name the prices, and https://aws.amazon.com/free/ lists them ("Always free").
"""

from lab.costs.prices import MILLION
from lab.costs.use import Use

NOTHING = Use()
MONITORING = Use(metrics=10, alarms=10, dashboards=3)
ALWAYS = MONITORING + Use(
    invocations=MILLION,
    gb_seconds=400_000,
    scheduled=14 * MILLION,
    sent_gb=100,
    stored_gb=25,
    key_calls=20_000,
    published=MILLION,
    mails=1000,
    queued=MILLION,
    logged_gb=5,
)

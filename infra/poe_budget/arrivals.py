"""Alerts shown as they arrive: what the Slack receiver took and what the topic mailed."""

from rich.console import Console

from poe_budget.drawing import mail_panel, slack_panel
from standins.local_aws import LocalAws
from standins.slack_receiver import SlackReceiver


class Arrivals:
    """Shows each message once, in the order in which they came."""

    def __init__(self, console: Console, aws: LocalAws, slack: SlackReceiver | None = None) -> None:
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

"""Every kind of message, drawn in a terminal."""

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from budget_alert.messages.parts import Message
from poe_budget.drawing import mail_panel, slack_panel
from poe_budget.preview.document import HEADINGS, messages

_SMS_WIDTH = 48


def show(console: Console) -> None:
    """Print each kind of message as in Slack, as a mail and as an SMS, below its heading."""
    for kind, message in messages().items():
        console.rule(HEADINGS[kind], align="left")
        for panel in panels(message):
            console.print(panel)


def panels(message: Message) -> tuple[Panel, ...]:
    """Draw a message as in Slack, as a mail and as an SMS."""
    text = sms(message)
    return (
        slack_panel(payload(message)),
        mail_panel(subject(message), body(message)),
        Panel(Text(text), title="SMS", title_align="left", border_style="green", width=_SMS_WIDTH),
    )

"""A message, drawn in a terminal."""

from rich.panel import Panel
from rich.text import Text

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from budget_alert.messages.parts import Message
from poe_budget.drawing import mail_panel, slack_panel

_SMS_WIDTH = 48


def panels(message: Message) -> tuple[Panel, ...]:
    """Draw a message as in Slack, as a mail and as an SMS."""
    text = Text(sms(message))
    return (
        slack_panel(payload(message)),
        mail_panel(subject(message), body(message)),
        Panel(text, title="SMS", title_align="left", border_style="green", width=_SMS_WIDTH),
    )

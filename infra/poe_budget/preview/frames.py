"""A mail and an SMS -> HTML, in frames like those of a mail program and of a phone."""

import re
from html import escape

from budget_alert.channels.mail import LONGEST_SMS, septets
from poe_budget.preview.mrkdwn import link

SENDER = "AWS Notifications"
ADDRESS = "no-reply@sns.amazonaws.com"
_LINK = re.compile(r"(https?://[^\s<>\"”]+)")


def mail(subject: str, text: str, clock: str) -> str:
    """Render a mail of plain text, received at a time such as "10:15"; addresses in it are links."""
    pieces = enumerate(_LINK.split(text))
    shown = "".join(link(piece, piece) if place % 2 else escape(piece) for place, piece in pieces)
    return (
        f'<article class="mail"><header><div class="subject">{escape(subject)}</div>'
        f'<div class="from"><span><b>{SENDER}</b> &lt;{ADDRESS}&gt;</span><time>{escape(clock)}</time></div>'
        f'</header><div class="plain">{shown}</div></article>'
    )


def sms(text: str) -> str:
    """Render an SMS, and say how many of its characters of GSM-7 it takes."""
    return (
        f'<article class="sms"><div class="bubble">{escape(text)}</div>'
        f'<div class="count">{septets(text)} of {LONGEST_SMS} characters</div></article>'
    )

"""Message -> a custom notification of Amazon Q Developer in chat applications (Slack, Teams).

The schema: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html.
"""

from collections.abc import Iterator

import msgspec

from budget_alert.alerts import Alert
from budget_alert.channels.markup import ENTITIES, SIGNS, bounded, fitting, items, mrkdwn, shown, units
from budget_alert.identity import identity
from budget_alert.messages.parts import MOST_LINKS, Link, Message
from budget_alert.messages.wording import name

LONGEST_DESCRIPTION = 7000
"""In UTF-16 units; the schema allows 8,000 characters."""
LONGEST_TITLE, LONGEST_STEP = 250, 350
MOST_STEPS = 10
CUT = "This message is cut here; the rest would not fit."


def notification(message: Message) -> str:
    """Give the JSON text; later messages about the same rule join the thread of the first."""
    links = list(map(_link, message.links))
    room = LONGEST_DESCRIPTION - units("\n".join(links))
    keywords = [name(message.account), message.severity, *message.kinds]
    title = fitting(f"{SIGNS[message.severity]} {message.title}", LONGEST_TITLE, client_markdown)
    return msgspec.json.encode(
        {
            "version": "1.0",
            "source": "custom",
            "content": {
                "textType": "client-markdown",
                "title": title,
                "description": "\n".join([*bounded(_lines(message), room, units, CUT), *links]),
                "nextSteps": _steps(message),
                "keywords": [client_markdown(word) for word in keywords],
            },
            "metadata": {"threadId": thread_id(message.account, message.alerts[0]), "summary": title},
        }
    ).decode()


def thread_id(account: str, alert: Alert) -> str:
    """Give the thread of an alert's rule: the same for every alert of the rule, whatever its name holds."""
    return f"poe-budget-{identity(account, alert.about)}"


def client_markdown(line: str) -> str:
    """Give a line that neither Slack's mrkdwn nor the Markdown of Teams marks up or links."""
    return mrkdwn(line).replace("](", "] (").replace("\\", "\N{FULLWIDTH REVERSE SOLIDUS}")


def _lines(message: Message) -> Iterator[str]:
    for section in message.sections:
        if message.sections[1:]:
            yield f"*{client_markdown(section.headline)}*"
        yield from shown(section, client_markdown)
        if section.also:
            yield from items(section.also_heading, section.also, client_markdown)
        if section.note:
            yield client_markdown(section.note)
        yield ""
    if message.more:
        yield message.more
        yield ""


def _steps(message: Message) -> list[str]:
    """Give what to do, and then where; a page whose address is too long for a step is left out."""
    advice = dict.fromkeys(step for section in message.sections for step in section.advice)
    links = dict.fromkeys(_link(link) for section in message.sections for link in section.links)
    where = [link for link in links if units(link) <= LONGEST_STEP][:MOST_LINKS]
    steps = [fitting(step, LONGEST_STEP, client_markdown) for step in advice]
    return [*steps[: MOST_STEPS - len(where)], *where]


def _link(link: Link) -> str:
    return f"{client_markdown(link.label)}: {link.url.translate(ENTITIES)}"

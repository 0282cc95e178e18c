"""What each channel makes of a few messages.

Written anew by `python -m tests.unit.channels.test_looks`, with `handler` and `infra` on the path.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import ascii_only, sms, subject
from budget_alert.channels.qdeveloper import notification
from budget_alert.channels.sns import attributes
from budget_alert.messages.compose import compose
from tests.support.made_messages import PLACES
from tests.unit.messages.cases import WHOLE

GOLDEN = Path(__file__).with_name("golden.json")
LOOKED_AT = (
    "a budget of which all is known",
    "a forecast",
    "what a new rule has passed already",
    "a digest",
    "a trouble",
    "four rules of one burst",
    "alerts of several causes",
    "twelve troubles",
)


def looks(name: str) -> dict[str, Any]:
    """Give what the channels make of a message; its mail is golden already."""
    places = msgspec.structs.replace(PLACES, dashboard="https://x.example/?a=1&b=2")
    message = compose(WHOLE[name], "default", places)
    return {
        "subject": subject(message),
        "ascii subject": ascii_only(subject(message)),
        "sms": sms(message),
        "attributes": attributes(message),
        "chat": json.loads(notification(message)),
        "slack": payload(message),
    }


@pytest.mark.parametrize("name", LOOKED_AT)
def test_channels_show_what_was_looked_at(name: str) -> None:
    """Slack's blocks, the chat, the SMS, the subject and the attributes are those of the golden file."""
    assert looks(name) == json.loads(GOLDEN.read_text())[name]


if __name__ == "__main__":
    GOLDEN.write_text(
        json.dumps({name: looks(name) for name in LOOKED_AT}, indent=1, ensure_ascii=False) + "\n"
    )
